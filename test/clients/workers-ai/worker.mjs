/** The Worker under test: it calls its binding as it is told to, and says what came back and what the binding has noted. */

export default {
  async fetch(request, env) {
    const { what, args = [] } = await request.json()
    let outcome
    try {
      outcome = await told(await CALLS[what](env.AI, ...args))
    } catch (error) {
      outcome = { kind: 'error', name: error.name, message: error.message }
    }
    const { lastRequestId, lastRequestHttpStatusCode, lastRequestInternalStatusCode, aiGatewayLogId } = env.AI
    const noted = { lastRequestId, lastRequestHttpStatusCode, lastRequestInternalStatusCode, aiGatewayLogId }
    return Response.json({ ...outcome, ...noted })
  },
}

/** What Workers write. */
const CALLS = {
  run: (ai, model, inputs, options) => ai.run(model, inputs, options),
  runWithoutOptions: (ai, model, inputs) => ai.run(model, inputs),
  runAborted: (ai, model, inputs) => ai.run(model, inputs, { signal: AbortSignal.abort() }),
  async runAndAbort(ai, model, inputs, afterMs) {
    const abort = new AbortController()
    setTimeout(() => abort.abort(), afterMs)
    return ai.run(model, inputs, { signal: abort.signal })
  },
  runBytes: (ai, model, options) => ai.run(model, { audio: { body: bytes(), contentType: 'audio/wav' }, ...options }),
  runUntypedBytes: (ai, model) => ai.run(model, { audio: { body: bytes() } }),
  runTwoBytes: (ai, model) => {
    const audio = () => ({ body: bytes(), contentType: 'audio/wav' })
    return ai.run(model, { a: audio(), b: audio() })
  },
  runForm: (ai, model) => {
    const form = new FormData()
    form.append('prompt', 'x')
    const { body, headers } = new Response(form)
    return ai.run(model, { multipart: { body, contentType: headers.get('content-type') } })
  },
  /** Until the words are there, and no further. */
  async readUntil(ai, words, model, inputs) {
    const reader = (await ai.run(model, inputs)).getReader()
    const decoder = new TextDecoder()
    let text = ''
    while (!text.includes(words)) {
      const { done, value } = await reader.read()
      if (done) break
      text += decoder.decode(value, { stream: true })
    }
    await reader.cancel()
    return text
  },
  models: (ai, params) => ai.models(params),
  toMarkdown: (ai, files, options) => ai.toMarkdown(files.map(fileOf), options),
  toMarkdownOfOne: (ai, file, options) => ai.toMarkdown(fileOf(file), options),
  supported: (ai) => ai.toMarkdown().supported(),
  fetch: (ai, url, init) => ai.fetch(url, init),
  getUrl: (ai, gateway, provider) => ai.gateway(gateway).getUrl(provider),
  async getLog(ai, gateway, id) {
    const log = await ai.gateway(gateway).getLog(id)
    return { ...log, isDate: log.created_at instanceof Date }
  },
  patchLog: (ai, gateway, id, data) => ai.gateway(gateway).patchLog(id, data),
  universal: (ai, gateway, steps, options) => ai.gateway(gateway).run(steps, options),
}

const fileOf = ({ name, type, text }) => ({ name, blob: new Blob([text], { type }) })
const bytes = () => new Blob(['RIFF']).stream()

async function told(value) {
  if (value instanceof ReadableStream) return { kind: 'stream', text: await new Response(value).text() }
  if (value instanceof Response) {
    const { status, headers } = value
    return { kind: 'response', status, headers: Object.fromEntries(headers), text: await value.text() }
  }
  return { kind: 'object', value: value ?? null }
}
