/** Organisations: who may call at all. */

import type { AdminKeyRecord } from '../../records/account-records.ts'
import { apiError } from '@moonbase/protocol'
import { organisationView } from './account-views.ts'
import { currency, id, name, paging } from './field-shapes.ts'
import { type AdminServices, type Operation, type AdminReply, operation } from './operation.ts'
import { pageOf } from './pages.ts'
import { SCHEMAS, listOf } from './reply-schemas.ts'
import { choice, described, nullable, optional, record, text } from './shape.ts'

const parameters = { organisation: id('the organisation') }
const tier = described(
  nullable(text({ maxLength: 64 })),
  'The name of a tier; null: it follows from what was recharged.',
)

export const organisationOperations: readonly Operation[] = [
  operation({
    method: 'GET',
    path: '/admin/v1/organisations',
    id: 'listOrganisations',
    summary: 'List organisations',
    scope: 'accounts:read',
    operatorOnly: false,
    organisation: null,
    query: paging,
    reply: listOf(SCHEMAS.Organisation),
    run: ({ admin, query, services }) =>
      pageOf(
        services.accounts.organisations().filter((one) => maySee(admin, one.id)),
        query,
        (one) => one.id,
        (one) => organisationView(one, one.account),
      ),
  }),
  operation({
    method: 'POST',
    path: '/admin/v1/organisations',
    id: 'createOrganisation',
    summary: 'Create an organisation',
    scope: 'accounts:write',
    operatorOnly: true,
    organisation: null,
    body: record({ name, currency, tier: optional(tier) }),
    reply: SCHEMAS.Organisation,
    made: 'organisation',
    async run({ body, services }) {
      const made = await services.accounts.createOrganisation({ ...body, tier: body.tier ?? null })
      return show(services, made.id)
    },
  }),
  operation({
    method: 'GET',
    path: '/admin/v1/organisations/:organisation',
    id: 'showOrganisation',
    summary: 'Show an organisation',
    scope: 'accounts:read',
    operatorOnly: false,
    organisation: 'organisation',
    parameters,
    reply: SCHEMAS.Organisation,
    run: ({ parameters: { organisation }, services }) => show(services, organisation),
  }),
  operation({
    method: 'POST',
    path: '/admin/v1/organisations/:organisation',
    id: 'changeOrganisation',
    summary: 'Rename, suspend or resume an organisation, or give it a tier',
    description: 'A key of the organisation itself may only rename it.',
    scope: 'accounts:write',
    operatorOnly: false,
    organisation: 'organisation',
    parameters,
    body: record({
      name: optional(name),
      status: optional(choice(['active', 'suspended'])),
      tier: optional(tier),
    }),
    reply: SCHEMAS.Organisation,
    async run({ admin, parameters: { organisation }, body, services }) {
      const privileged = body.status !== undefined || body.tier !== undefined
      if (privileged && admin.organisation !== null) throw apiError('api_not_open')
      await services.accounts.changeOrganisation(organisation, body)
      return show(services, organisation)
    },
  }),
]

function maySee(admin: AdminKeyRecord, organisation: string): boolean {
  return admin.organisation === null || admin.organisation === organisation
}

function show({ accounts }: AdminServices, organisation: string): AdminReply {
  const found = accounts.organisation(organisation)
  return organisationView(found, found.account)
}
