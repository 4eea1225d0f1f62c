/** Python, with OpenAI's client. */

import { holdsLoneSurrogate } from './lone-surrogate.ts'
import { PYTHON_STYLE, printValue } from './print-value.ts'
import { saidRequest } from './said-request.ts'
import { KEY_VARIABLE, type Spelling, type SpellingNote } from './spelling.ts'

/** The arguments that the client's `create` has by name; it refuses others, which `extra_body` takes. */
const KEYWORDS: ReadonlySet<string> = new Set([
  'model',
  'messages',
  'audio',
  'frequency_penalty',
  'function_call',
  'functions',
  'logit_bias',
  'logprobs',
  'max_completion_tokens',
  'max_tokens',
  'metadata',
  'modalities',
  'n',
  'parallel_tool_calls',
  'prediction',
  'presence_penalty',
  'prompt_cache_key',
  'reasoning_effort',
  'response_format',
  'safety_identifier',
  'seed',
  'service_tier',
  'stop',
  'store',
  'stream',
  'stream_options',
  'temperature',
  'tool_choice',
  'tools',
  'top_logprobs',
  'top_p',
  'user',
  'verbosity',
  'web_search_options',
])

export const python: Spelling = {
  id: 'python',
  name: 'Python',
  language: 'python',
  tested: {
    client: 'openai',
    remark: {
      en: 'A stand-in of forty lines that sends its arguments as the client does, and the client itself where it is installed.',
      zh: '用四十行的替身测试，它发送参数的方式与该客户端相同；装有该客户端的机器上也用它本身测试。',
    },
  },
  spell(request, options) {
    const { request: said, notes } = saidRequest(request, options)
    const entries = Object.entries(said)
    const extra = entries.filter(([name]) => !KEYWORDS.has(name))
    const named = [
      ...entries.filter(([name]) => KEYWORDS.has(name)),
      ...(extra.length === 0 ? [] : [['extra_body', Object.fromEntries(extra)] as const]),
      ...(options.headers === undefined ? [] : [['extra_headers', options.headers] as const]),
    ]
    const lines = named.map(([name, value]) => `    ${name}=${printValue(value, PYTHON_STYLE, '    ')},\n`).join('')
    const address = PYTHON_STYLE.text(`${options.baseUrl}/v1`)
    const stream = said.stream === true
    const source = `import os

from openai import OpenAI

client = OpenAI(base_url=${address}, api_key=os.environ["${KEY_VARIABLE}"])
${stream ? 'stream' : 'completion'} = client.chat.completions.create(
${lines})
${stream ? PRINT_STREAM : printWhole((said.tools ?? []).length > 0)}`
    return { source, notes: holdsLoneSurrogate(said) ? [...notes, HALF_CHARACTER] : notes }
  },
}

/** The chunk with the usage alone has no choices. */
const PRINT_STREAM = `for chunk in stream:
    if chunk.choices:
        print(chunk.choices[0].delta.content or "", end="", flush=True)
`

function printWhole(hasTools: boolean): string {
  const message = 'completion.choices[0].message'
  return `print(${hasTools ? `${message}.tool_calls or ${message}.content` : `${message}.content`})\n`
}

const HALF_CHARACTER: SpellingNote = {
  kind: 'hint',
  field: '',
  words: {
    en: 'Half of a surrogate pair stands in it, which Python’s client cannot write as UTF-8: it raises UnicodeEncodeError.',
    zh: '其中有半个代理对，Python 客户端无法写成 UTF-8，会抛出 UnicodeEncodeError。',
  },
}
