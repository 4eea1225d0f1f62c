/** Admin keys: what operators come with. None can give what it does not have. */

import { apiError } from '@moonbase/protocol'
import { adminKeyView } from './account-views.ts'
import { notFound } from './admin-errors.ts'
import { id, name, paging, scopes, time } from './field-shapes.ts'
import { type Operation, operation } from './operation.ts'
import { pageOf } from './pages.ts'
import { SCHEMAS, listOf } from './reply-schemas.ts'
import { described, nullable, optional, record, text } from './shape.ts'

export const adminKeyOperations: readonly Operation[] = [
  operation({
    method: 'GET',
    path: '/admin/v1/me',
    id: 'showMe',
    summary: 'Show the admin key that asks',
    scope: null,
    operatorOnly: false,
    organisation: null,
    reply: SCHEMAS.AdminKey,
    run: ({ admin }) => adminKeyView(admin),
  }),
  operation({
    method: 'GET',
    path: '/admin/v1/admin-keys',
    id: 'listAdminKeys',
    summary: 'List admin keys',
    scope: 'accounts:read',
    operatorOnly: false,
    organisation: null,
    query: paging,
    reply: listOf(SCHEMAS.AdminKey),
    run({ admin, query, services }) {
      const keys = services.accounts.adminKeys()
      const own = admin.organisation
      const seen = own === null ? keys : keys.filter((one) => one.organisation === own)
      return pageOf(seen, query, (one) => one.id, adminKeyView)
    },
  }),
  operation({
    method: 'POST',
    path: '/admin/v1/admin-keys',
    id: 'createAdminKey',
    summary: 'Create an admin key, which is shown this once',
    description: 'Nobody can give a scope that their own key does not have.',
    scope: 'accounts:write',
    operatorOnly: true,
    organisation: null,
    body: record({
      name,
      scopes,
      organisation: optional(described(nullable(text()), 'Only for this one; null: for all of them.')),
      expires_at: optional(nullable(time)),
    }),
    reply: SCHEMAS.NewAdminKey,
    made: 'admin_key',
    async run({ admin, body, services }) {
      const { organisation = null, expiresAt = null } = body
      if (!body.scopes.every((scope) => admin.scopes.includes(scope))) throw apiError('api_not_open')
      const known = services.accounts.organisations()
      if (organisation !== null && !known.some((one) => one.id === organisation)) {
        throw notFound('organisation', organisation)
      }
      const made = await services.accounts.createAdminKey({ ...body, organisation, expiresAt })
      return { key: made.key, ...adminKeyView(made.record) }
    },
  }),
  operation({
    method: 'POST',
    path: '/admin/v1/admin-keys/:admin_key/revoke',
    id: 'revokeAdminKey',
    summary: 'Revoke an admin key at once and for good',
    description: 'A key cannot revoke itself: so the last one stays.',
    scope: 'accounts:write',
    operatorOnly: true,
    organisation: null,
    parameters: { admin_key: id('the admin key, `adm-…`') },
    reply: SCHEMAS.AdminKey,
    async run({ admin, parameters: { adminKey }, services }) {
      if (admin.id === adminKey) throw apiError('account_conflict', { details: 'an admin key cannot revoke itself' })
      return adminKeyView(await services.accounts.revokeAdminKey(adminKey))
    },
  }),
]
