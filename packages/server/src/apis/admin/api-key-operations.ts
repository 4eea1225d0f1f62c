/** API keys: what clients come with. */

import { apiKeyView } from './account-views.ts'
import { notFound } from './admin-errors.ts'
import { addresses, budget, id, lenient, limits, models, name, paging, time } from './field-shapes.ts'
import { type Operation, operation } from './operation.ts'
import { pageOf } from './pages.ts'
import { SCHEMAS, listOf } from './reply-schemas.ts'
import { described, nullable, optional, record, wholeNumber } from './shape.ts'

const organisation = id('the organisation')
const key = id('the API key, `ak-…`')

/** Ten minutes: longer than any client waits. */
const LONGEST_QUEUE_MS = 600_000

const settings = {
  expires_at: optional(nullable(time)),
  models: optional(models),
  addresses: optional(addresses),
  limits: optional(limits),
  budget: optional(budget),
  lenient: optional(lenient),
  queue_ms: optional(
    described(
      wholeNumber(0, LONGEST_QUEUE_MS),
      'How long its requests may wait for a limit when they ask for it with `x-moonbase-queue`.',
    ),
  ),
}

export const apiKeyOperations: readonly Operation[] = [
  operation({
    method: 'GET',
    path: '/admin/v1/organisations/:organisation/api-keys',
    id: 'listApiKeys',
    summary: 'List the API keys of an organisation',
    scope: 'accounts:read',
    operatorOnly: false,
    organisation: 'organisation',
    parameters: { organisation },
    query: { ...paging, project: optional(id('a project: its keys alone')) },
    reply: listOf(SCHEMAS.ApiKey),
    run({ parameters, query: { project, ...page }, services }) {
      const keys = services.accounts.apiKeys(parameters.organisation)
      const wanted = project === undefined ? keys : keys.filter((one) => one.project === project)
      return pageOf(wanted, page, (one) => one.id, apiKeyView)
    },
  }),
  operation({
    method: 'POST',
    path: '/admin/v1/organisations/:organisation/api-keys',
    id: 'createApiKey',
    summary: 'Create an API key, which is shown this once',
    scope: 'accounts:write',
    operatorOnly: false,
    organisation: 'organisation',
    parameters: { organisation },
    body: record({ project: id('its project'), name, ...settings }),
    reply: SCHEMAS.NewApiKey,
    made: 'key',
    async run({ parameters, body: { project, ...asked }, services }) {
      const { accounts } = services
      if (!accounts.projects(parameters.organisation).some((one) => one.id === project)) {
        throw notFound('project', project)
      }
      const made = await accounts.createApiKey(parameters.organisation, project, asked)
      return { key: made.key, ...apiKeyView(made.record) }
    },
  }),
  operation({
    method: 'POST',
    path: '/admin/v1/organisations/:organisation/api-keys/:key',
    id: 'changeApiKey',
    summary: 'Change what an API key may do',
    scope: 'accounts:write',
    operatorOnly: false,
    organisation: 'organisation',
    parameters: { organisation, key },
    body: record({ name: optional(name), ...settings }),
    reply: SCHEMAS.ApiKey,
    async run({ parameters, body, services }) {
      return apiKeyView(await services.accounts.changeApiKey(parameters.organisation, parameters.key, body))
    },
  }),
  operation({
    method: 'POST',
    path: '/admin/v1/organisations/:organisation/api-keys/:key/revoke',
    id: 'revokeApiKey',
    summary: 'Revoke an API key at once and for good',
    scope: 'accounts:write',
    operatorOnly: false,
    organisation: 'organisation',
    parameters: { organisation, key },
    reply: SCHEMAS.ApiKey,
    async run({ parameters, services }) {
      return apiKeyView(await services.accounts.revokeApiKey(parameters.organisation, parameters.key))
    },
  }),
]
