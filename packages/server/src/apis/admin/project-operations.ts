/** Projects: parts of an organisation, with limits and budgets of their own. */

import { apiError } from '@moonbase/protocol'
import { projectView } from './account-views.ts'
import { budget, contentRetentionDays, id, limits, name, paging } from './field-shapes.ts'
import { type AdminServices, type Operation, operation } from './operation.ts'
import { pageOf } from './pages.ts'
import { SCHEMAS, listOf } from './reply-schemas.ts'
import { choice, optional, record } from './shape.ts'

const organisation = id('the organisation')

export const projectOperations: readonly Operation[] = [
  operation({
    method: 'GET',
    path: '/admin/v1/organisations/:organisation/projects',
    id: 'listProjects',
    summary: 'List the projects of an organisation',
    scope: 'accounts:read',
    operatorOnly: false,
    organisation: 'organisation',
    parameters: { organisation },
    query: paging,
    reply: listOf(SCHEMAS.Project),
    run: ({ parameters, query, services }) =>
      pageOf(services.accounts.projects(parameters.organisation), query, (one) => one.id, projectView),
  }),
  operation({
    method: 'POST',
    path: '/admin/v1/organisations/:organisation/projects',
    id: 'createProject',
    summary: 'Create a project',
    scope: 'accounts:write',
    operatorOnly: false,
    organisation: 'organisation',
    parameters: { organisation },
    body: record({
      name,
      limits: optional(limits),
      budget: optional(budget),
      content_retention_days: optional(contentRetentionDays),
    }),
    reply: SCHEMAS.Project,
    made: 'project',
    async run({ parameters, body, services }) {
      assertKeeps(body, services)
      const asked = { limits: null, budget: null, contentRetentionDays: null, ...body }
      return projectView(await services.accounts.createProject(parameters.organisation, asked))
    },
  }),
  operation({
    method: 'POST',
    path: '/admin/v1/organisations/:organisation/projects/:project',
    id: 'changeProject',
    summary: 'Change a project, archive it, or take it up again',
    description: 'The keys of an archived project open nothing.',
    scope: 'accounts:write',
    operatorOnly: false,
    organisation: 'organisation',
    parameters: { organisation, project: id('the project') },
    body: record({
      name: optional(name),
      status: optional(choice(['active', 'archived'])),
      limits: optional(limits),
      budget: optional(budget),
      content_retention_days: optional(contentRetentionDays),
    }),
    reply: SCHEMAS.Project,
    async run({ parameters, body, services }) {
      assertKeeps(body, services)
      return projectView(await services.accounts.changeProject(parameters.organisation, parameters.project, body))
    },
  }),
]

/** Nobody is to believe that something is kept where nothing is. */
function assertKeeps(
  { contentRetentionDays: days = null }: { readonly contentRetentionDays?: number | null },
  { contents }: AdminServices,
): void {
  if (days !== null && contents.refusal !== undefined) throw apiError('invalid_request', { details: contents.refusal })
}
