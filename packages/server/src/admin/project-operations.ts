/** Projects: parts of an organisation, with limits and budgets of their own. */

import { projectView } from './account-views.ts'
import { budget, id, limits, name, paging } from './field-shapes.ts'
import { type Operation, operation } from './operation.ts'
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
    body: record({ name, limits: optional(limits), budget: optional(budget) }),
    reply: SCHEMAS.Project,
    made: 'project',
    async run({ parameters, body, services }) {
      const asked = { limits: null, budget: null, ...body }
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
    }),
    reply: SCHEMAS.Project,
    async run({ parameters, body, services }) {
      return projectView(await services.accounts.changeProject(parameters.organisation, parameters.project, body))
    },
  }),
]
