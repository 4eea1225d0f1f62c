/** What requests asked and were answered, of projects that have it kept: read with a scope of its own, and forgotten. */

import type { RequestContent } from '../../contents/request-content.ts'
import { notFound } from './admin-errors.ts'
import { id } from './field-shapes.ts'
import { timeText } from './formats.ts'
import { type Operation, type AdminReply, operation } from './operation.ts'
import { SCHEMAS } from './reply-schemas.ts'

const request = id('the request')

export const contentOperations: readonly Operation[] = [
  operation({
    method: 'GET',
    path: '/admin/v1/requests/:request/content',
    id: 'showContent',
    summary: 'Show what a request asked and was answered',
    description: 'Where its project had contents kept, until they expire.',
    scope: 'contents:read',
    operatorOnly: false,
    organisation: null,
    parameters: { request },
    reply: SCHEMAS.RequestContent,
    async run({ admin, parameters, services }) {
      const content = await services.contents.read(parameters.request, admin.organisation)
      if (content === undefined) throw notFound('content', parameters.request)
      return contentView(content)
    },
  }),
  operation({
    method: 'DELETE',
    path: '/admin/v1/requests/:request/content',
    id: 'forgetContent',
    summary: 'Delete what a request asked and was answered',
    description: 'Its line in the request log stays.',
    scope: 'accounts:write',
    operatorOnly: false,
    organisation: null,
    parameters: { request },
    reply: SCHEMAS.Forgotten,
    async run({ admin, parameters, services }) {
      const isForgotten = await services.contents.forget(parameters.request, admin.organisation)
      if (!isForgotten) throw notFound('content', parameters.request)
      return { forgotten: 1 }
    },
  }),
  operation({
    method: 'DELETE',
    path: '/admin/v1/organisations/:organisation/projects/:project/contents',
    id: 'forgetContents',
    summary: 'Delete what all requests of a project asked and were answered',
    description: 'Those that have ended. Lines of the request log stay.',
    scope: 'accounts:write',
    operatorOnly: false,
    organisation: 'organisation',
    parameters: { organisation: id('the organisation'), project: id('the project') },
    reply: SCHEMAS.Forgotten,
    async run({ parameters: { organisation, project }, services }) {
      const isThere = services.accounts.projects(organisation).some((one) => one.id === project)
      if (!isThere) throw notFound('project', project)
      return { forgotten: await services.contents.forgetProject(organisation, project) }
    },
  }),
]

function contentView(content: RequestContent): AdminReply {
  return {
    id: content.request,
    at: timeText(content.at),
    organisation: content.organisation,
    project: content.project,
    expires_at: timeText(content.expiresAt),
    error: content.error,
    cut: content.cut,
    asked: jsonOrNull(content.asked),
    asked_shortened: content.askedShortened,
    answered: jsonOrNull(content.answered),
    answered_shortened: content.answeredShortened,
  }
}

function jsonOrNull(text: string | null): unknown {
  return text === null ? null : JSON.parse(text)
}
