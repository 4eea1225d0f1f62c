/** TypeScript, with moonbase's own SDK, which is still to come: `test/web/spellings/` fails as soon as it can be run. */

import { TYPESCRIPT_STYLE, printEntries, printValue } from './print-value.ts'
import { saidRequest } from './said-request.ts'
import { KEY_VARIABLE, type Spelling, type SpellingNote } from './spelling.ts'

export const moonbaseSdk: Spelling = {
  id: 'moonbase-sdk',
  name: 'moonbase SDK',
  language: 'typescript',
  tested: { client: '@moonbase/sdk' },
  waiting: {
    en: '@moonbase/sdk is not there yet: nobody can run this today, and it is not tested.',
    zh: '@moonbase/sdk 还没有发布：这段代码现在不能运行，也没有测试过。',
  },
  spell(request, options) {
    const { request: said, notes } = saidRequest(request, options)
    const { stream, ...fields } = said
    const streamed = stream === true
    const host = TYPESCRIPT_STYLE.text(`${options.baseUrl}/v1`)
    const headers =
      options.headers === undefined ? '' : `, ${printValue({ headers: options.headers }, TYPESCRIPT_STYLE)}`
    const source = `import { createKimi } from '@moonbase/sdk'

const kimi = createKimi({ host: ${host}, apiKey: process.env.${KEY_VARIABLE} ?? '' })
const ${streamed ? 'stream = kimi.stream' : 'reply = await kimi.chat'}({
${printEntries(Object.entries(fields), TYPESCRIPT_STYLE, '  ')}}${headers})
${streamed ? 'for await (const text of stream.text) process.stdout.write(text)' : 'console.log(reply.text)'}
`
    return { source, notes: streamed ? notes : [...notes, ALWAYS_STREAMED] }
  },
}

const ALWAYS_STREAMED: SpellingNote = {
  kind: 'instead',
  field: 'stream',
  words: {
    en: 'The SDK always asks for a stream, which can be gone on from, and gives the whole reply at its end.',
    zh: 'SDK 总是请求流式输出（断开后可以续接），结束时给出完整回复。',
  },
}
