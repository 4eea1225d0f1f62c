import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { array, assert as hold, constantFrom, nat, property, string, stringMatching, tuple } from 'fast-check'
import { Transcript } from './transcript.ts'
import type { GenerationRequest } from './request.ts'
import { QUOTED_CHARACTERS, textsOf, withoutQuotes } from './without-quotes.ts'

const PROMPT =
  'Write to Ms. Ünal at 12 Elm Street:\n"the biopsy" was <malign>, said C:\\new\\files & 王小明今天去医院做了检查结果很好。'

const LETTERS = 'abcdefgXYZ019éß王明天 \n"<&.\\'.split('')

describe('withoutQuotes', () => {
  const quotations: readonly (readonly [how: string, words: string, left: string])[] = [
    ['as it stands', `bad prompt: ${PROMPT.slice(0, 40)}`, 'bad prompt: [quoted]'],
    ['with other spaces', 'got "to   Ms.\tÜnal   at 12 Elm"', 'got "[quoted]"'],
    ['in capitals', 'NOT ALLOWED: TO MS. ÜNAL AT 12 ELM STREET!', 'NOT ALLOWED: [quoted]!'],
    ['as JSON', `at ${JSON.stringify(PROMPT)}.`, 'at "[quoted]".'],
    ['as JSON in JSON', `at ${JSON.stringify(JSON.stringify(PROMPT))}.`, 'at "\\"[quoted]\\"".'],
    [
      'as ASCII',
      'at \\u738b\\u5c0f\\u660e\\u4eca\\u5929\\u53bb\\u533b\\u9662\\u505a\\u4e86\\u68c0\\u67e5.',
      'at [quoted].',
    ],
    ['as HTML', 'in &quot;the biopsy&quot; was &lt;malign&gt;, said', 'in &quot;[quoted]'],
    ['by numbers', 'in &#34;&#x74;he biopsy&#34; was malign', 'in &#34;[quoted]'],
  ]
  for (const [how, words, left] of quotations) {
    it(`leaves out what is quoted ${how}`, () => {
      assert.equal(withoutQuotes(words, [PROMPT]), left)
    })
  }

  it('leaves the words of a host as they are', () => {
    const words = 'CUDA out of memory. Tried to allocate 20.00 MiB (GPU 0; 79.15 GiB total capacity)'
    assert.equal(withoutQuotes(words, [PROMPT, '']), words)
    assert.equal(withoutQuotes('', [PROMPT]), '')
  })

  it('leaves out data of images, which is not looked for', () => {
    assert.equal(
      withoutQuotes(`no image: data:image/png;base64,${'iVBORw0KGgo'.repeat(20)}`, []),
      'no image: data:image/png;base64,[data]'.replace('base64,', 'base64,'),
    )
  })

  it('tells nothing where there is more than it looks through', () => {
    assert.equal(withoutQuotes('out of memory', ['a'.repeat(3_000_000)]), undefined)
    assert.equal(withoutQuotes('out of memory', ['a', undefined]), undefined)
    assert.equal(
      withoutQuotes(
        'out of memory',
        Array.from({ length: 200_000 }, () => ''),
      ),
      undefined,
    )
  })

  it('finds every quotation among words of a host, and leaves nothing of it that is long enough', () => {
    const own = constantFrom('##', '!! ', '%', ' (~) ')
    const escapes = constantFrom<(text: string) => string>(
      (text) => text,
      (text) => JSON.stringify(text),
      (text) => JSON.stringify(JSON.stringify(text)),
      (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;'),
      (text) => text.replaceAll(/[^ -~]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`),
    )
    hold(
      property(
        string({ unit: constantFrom(...LETTERS), minLength: 20, maxLength: 200 }),
        array(tuple(own, nat(), nat(60), escapes), { minLength: 1, maxLength: 4 }),
        (prompt, pieces) => {
          const words = pieces
            .map(([before, from, length, escape]) => {
              const start = from % prompt.length
              return before + escape(prompt.slice(start, start + length))
            })
            .join('')
          const left = withoutQuotes(words, [prompt]) ?? ''
          // Whoever looks for it with nothing but letters finds no run of the prompt.
          const letters = bare(left.replaceAll('[quoted]', '|'))
          const all = bare(prompt)
          for (const part of letters.split('|')) {
            for (let at = 0; at + QUOTED_CHARACTERS <= part.length; at++) {
              assert.ok(!all.includes(part.slice(at, at + QUOTED_CHARACTERS)), JSON.stringify({ prompt, words, left }))
            }
          }
        },
      ),
      { numRuns: 2_000 },
    )
  })

  it('leaves a host its words between two quotations', () => {
    hold(
      property(stringMatching(/^[a-m ]{14,60}$/), stringMatching(/^[n-z]{3,30}$/), (prompt, word) => {
        const left = withoutQuotes(`${prompt}; ${word}; ${prompt}`, [prompt])
        assert.ok(left?.includes(word))
      }),
    )
  })
})

/** Letters and digits in one case, with the simplest of escapes undone: written apart from what is tested. */
function bare(text: string): string {
  return text
    .replaceAll(/\\u([\da-f]{4})|\\[nrtbf]|&(?:amp|lt|quot);/g, (_, digits: string | undefined) =>
      digits === undefined ? '' : String.fromCharCode(Number.parseInt(digits, 16)),
    )
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}|]/gu, '')
}

describe('textsOf', () => {
  it('has all that a client wrote, and what was generated', () => {
    const transcript = new Transcript()
    transcript.see({ type: 'reasoning', choice: 0, text: 'T-reasoning' })
    transcript.see({ type: 'reasoning', choice: 1, text: 'T-other' })
    transcript.see({ type: 'text', choice: 0, text: 'T-text' })
    transcript.see({ type: 'tool-call', choice: 0, call: 0, name: 'T-call', arguments: 'T-given' })
    const request: GenerationRequest = {
      model: 'kimi-k2.5',
      messages: [
        { role: 'system', content: 'R-system', name: 'R-name' },
        { role: 'user', content: [{ type: 'text', text: 'R-part' }] },
        {
          role: 'assistant',
          content: 'R-answer',
          reasoning: 'R-thought',
          toolCalls: [{ id: 'R-id', builtin: false, name: 'R-call', arguments: 'R-given' }],
          partial: false,
        },
        { role: 'tool', content: 'R-result', toolCallId: 'R-called' },
      ],
      tools: [
        { type: 'function', name: 'R-tool', description: 'R-about', parameters: { title: 'R-schema' }, strict: true },
      ],
      toolChoice: 'auto',
      thinking: true,
      maxCompletionTokens: 1,
      stop: ['R-stop'],
      responseFormat: { type: 'json_schema', name: 'R-format', strict: true, schema: { title: 'R-shape' } },
      sampling: { temperature: 1, topP: 0.95, n: 1, presencePenalty: 0, frequencyPenalty: 0 },
      promptCacheKey: 'R-cache',
      sessionAffinity: 'R-session',
      safetyIdentifier: 'R-safety',
      whole: false,
      extra: { other: 'R-extra' },
    }
    const all = [...textsOf(request, transcript)].join('\n')
    assert.ok([...textsOf({ ...request, extra: { long: 'x'.repeat(3_000_000) } }, transcript)].includes(undefined))
    const told =
      'system name part answer thought id call given result called tool about schema stop format shape cache session safety extra'
    for (const word of told.split(' ')) assert.ok(all.includes(`R-${word}`), word)
    for (const word of ['reasoning', 'other', 'text', 'call', 'given']) assert.ok(all.includes(`T-${word}`), word)
  })
})
