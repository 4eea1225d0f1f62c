/** `env.AI.run`, the binding of Cloudflare's Workers: with the key in the binding, and none in the program. */

import type { ChatRequest } from '@moonbase/protocol'
import { TYPESCRIPT_STYLE, printEntries, printValue } from './print-value.ts'
import { saidRequest } from './said-request.ts'
import { KEY_VARIABLE, type Spelling, type SpellingNote } from './spelling.ts'

export const workersAi: Spelling = {
  id: 'workers-ai',
  name: 'env.AI.run',
  language: 'javascript',
  tested: { client: 'workerd', version: '1.20261117.1' },
  spell(request, options) {
    const { request: said, notes } = saidRequest(request, options)
    const fields = Object.entries(fitted(said))
    const headers =
      options.headers === undefined
        ? ''
        : `, ${printValue({ extraHeaders: options.headers }, TYPESCRIPT_STYLE, '    ')}`
    const call = `await env.AI.run(${TYPESCRIPT_STYLE.text(`moonshotai/${said.model}`)}, {
${printEntries(fields, TYPESCRIPT_STYLE, '      ')}    }${headers})`
    const streamed = said.stream === true
    // Line breaks in an address would end the comment.
    const address = `${options.baseUrl.replaceAll(/\s/g, '')}/workers-ai/$${KEY_VARIABLE}`
    const source = `// AI is bound to ${address}, by remoteProxyConnectionString of Miniflare.
export default {
  async fetch(request, env) {
    const answer = ${call}
    return ${streamed ? `new Response(answer, { headers: { 'content-type': 'text/event-stream' } })` : 'Response.json(answer)'}
  },
}
`
    return { source, notes: [...notes, ...optionsLeftOut(said)] }
  },
}

/** The published schema asks for a content in every message, and takes `null`; of `stream_options` it takes one field. */
function fitted(said: ChatRequest): Readonly<Record<string, unknown>> {
  const include = said.stream_options?.include_usage
  const inputs = Object.entries(said).filter(([name]) => name !== 'model' && name !== 'stream_options')
  return {
    ...Object.fromEntries(inputs),
    messages: said.messages.map((message) => (message.content === undefined ? { ...message, content: null } : message)),
    ...(typeof include === 'boolean' ? { stream_options: { include_usage: include } } : {}),
  }
}

function optionsLeftOut({ stream_options: options }: ChatRequest): SpellingNote[] {
  return Object.keys(options ?? {})
    .filter((name) => name !== 'include_usage')
    .map((name) => ({
      kind: 'left out',
      field: `stream_options.${name}`,
      words: {
        en: `Workers AI takes no stream_options.${name}: its schema allows include_usage alone.`,
        zh: `Workers AI 不接受 stream_options.${name}：它的 schema 只允许 include_usage。`,
      },
    }))
}
