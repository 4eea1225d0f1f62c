/**
 * Chat completions as gateways pass them on, under whichever name a provider has for a model: OpenAI's wire, lenient, as the
 * examples of these providers send what Kimi's own platform refuses.
 */

import type { Dialect } from '@moonbase/core/dialects'
import { moonshot } from '@moonbase/core/dialects/moonshot'
import { mediaFromUrl } from '@moonbase/core/generation'
import { type LenientSwitch, apiError, isFields } from '@moonbase/protocol'

const LENIENT: ReadonlySet<LenientSwitch> = new Set([
  'drop-fixed-sampling',
  'ignore-unknown-fields',
  'accept-empty-reasoning',
  'relax-schema',
  'developer-as-system',
  'repair-tools',
])

/** Replies repeat the model as it was asked for. */
export function chatDialect(): Dialect {
  const inner = moonshot(mediaFromUrl)
  return {
    ...inner,
    name: 'ai-gateway',
    lenient: LENIENT,
    decode(wire, lenient) {
      const body = wire.body()
      const asked = modelOf(body)
      const id = servedModel(asked)
      if (!isFields(body) || id === asked) return inner.decode(wire, lenient)
      const decoded = inner.decode({ ...wire, body: () => ({ ...body, model: id }) }, lenient)
      return {
        ...decoded,
        whole: (head, reply) => decoded.whole({ ...head, model: asked }, reply),
        events: (head) => decoded.events({ ...head, model: asked }),
      }
    },
  }
}

/** As a body names it; '' where it does not. */
export function modelOf(body: unknown): string {
  const model = isFields(body) ? body['model'] : undefined
  return typeof model === 'string' ? model : ''
}

/**
 * Ours, of a name such as `workers-ai/@cf/moonshotai/kimi-k2.5`, `moonshotai/kimi-k2.5` or `moonshot/kimi-k2.5`: what stands
 * behind the last slash.
 *
 * @throws ApiError for a dynamic route, of which there are none here
 */
function servedModel(name: string): string {
  if (name.startsWith('dynamic/')) {
    const instead = 'name a model, or the steps of the universal endpoint'
    throw apiError('not_built', { what: `the dynamic route ${name}`, instead })
  }
  return name.slice(name.lastIndexOf('/') + 1)
}
