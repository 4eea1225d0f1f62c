import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { describe, test } from 'node:test'
import { CASSETTE_LIMITS, type Recording, encodeHeader, encodeRecording } from './cassette.ts'
import { CassetteError } from './cassette-error.ts'
import { readCassette } from './read-cassette.ts'
import { keyOf } from './request-key.ts'

const sha256 = async (text: string): Promise<string> => hash('sha256', text)
const DIGEST = 'a'.repeat(64)

/** A line with every field that there is. */
async function everything(): Promise<Recording> {
  const request: Recording['request'] = {
    model: 'kimi-k2.5',
    messages: [
      {
        role: 'user',
        sha256: DIGEST,
        begins: 'Look at this',
        media: [{ type: 'image', mime: 'image/png', bytes: 70, sha256: DIGEST }],
      },
      { role: 'assistant', sha256: DIGEST, begins: '', calls: ['f'], partial: 'tool-calls' },
    ],
    tools: [{ name: 'f', sha256: DIGEST }],
    tool_choice: { name: 'f' },
    thinking: true,
    max_completion_tokens: 100,
    stop: ['END'],
    response_format: { type: 'json_schema', sha256: DIGEST },
    sampling: { temperature: 1, top_p: 0.95, n: 1, presence_penalty: 0, frequency_penalty: 0 },
    extra: { seed: 1, parallel_tool_calls: true, verbosity: 'low', logit_bias: { '12': -1 } },
  }
  return {
    key: await keyOf(request, 'exact', sha256),
    engine: 'cluster',
    tokens: 'exact',
    request,
    events: [
      { at: 1, event: { type: 'start', engine: 'cluster', model: 'm' } },
      { at: 1, event: { type: 'reasoning', choice: 0, text: 'hm' } },
      { at: 2, event: { type: 'text', choice: 0, text: 'a' } },
      { at: 2, event: { type: 'tool-call', choice: 0, call: 0, name: 'f', id: 'f:0', arguments: '{}' } },
      {
        at: 2,
        event: { type: 'server-tool', choice: 0, name: 's', id: 's1', state: 'done', input: '{}', output: '[]' },
      },
      { at: 3, event: { type: 'finish', choice: 0, reason: 'tool_calls', stop: 'END' } },
      { at: 3, event: { type: 'usage', usage: { prompt: 1, completion: 2, cached: 0, reasoning: 1 } } },
    ],
    end: {
      at: 4,
      as: 'failure',
      kind: 'limit',
      status: 500,
      retry_after_ms: 5,
      public_message: 'no',
      limit: { size: 1, unit: 'bytes' },
    },
  }
}

const header = encodeHeader(0)

async function problemsOf(lines: readonly string[]): Promise<readonly string[]> {
  try {
    await readCassette('tapes/a.jsonl', lines, sha256)
  } catch (error) {
    if (error instanceof CassetteError) return error.problems
    throw error
  }
  return []
}

describe('reading a cassette', () => {
  test('gives what was written', async () => {
    const recording = await everything()
    const cassette = await readCassette('a', [header, encodeRecording(recording)], sha256)
    assert.deepEqual(cassette, { name: 'a', recordings: [recording] })
  })

  test('names file, line and place of whatever is missing, stray, or of another kind', async () => {
    const line = encodeRecording(await everything())
    const lineOf = async (value: unknown): Promise<void> => {
      const [problem = 'nothing', ...more] = await problemsOf([header, line, JSON.stringify(value), line])
      assert.match(problem, /^tapes\/a\.jsonl:3: \S/, JSON.stringify(value))
      assert.deepEqual(more, [])
    }
    let tried = 0
    for (const path of pathsIn(JSON.parse(line))) {
      for (const change of CHANGES) {
        const value: unknown = JSON.parse(line)
        if (!change(value, path)) continue
        tried += 1
        await lineOf(value)
      }
    }
    assert.ok(tried > 150, `${tried} changes`)
  })

  test('tells every line that is wrong, but not more than twenty, and nothing of what they say', async () => {
    const problems = await problemsOf([header, '{"secret words', '[]', ...Array.from({ length: 40 }, () => '{"x":1}')])
    assert.equal(problems.length, 20)
    assert.deepEqual(problems.slice(0, 3), [
      'tapes/a.jsonl:2: is no JSON; a recording that was killed may leave half a line at the end, to be removed',
      'tapes/a.jsonl:3: the line: must be an object',
      'tapes/a.jsonl:4: the line: has a field that is not known; the fields here are key, engine, tokens, request, events, end',
    ])
  })

  test('is refused without a header of this version', async () => {
    assert.deepEqual(await problemsOf([]), ['tapes/a.jsonl: is empty; the first line of a cassette is its header'])
    const line = encodeRecording(await everything())
    for (const [first, words] of [
      [line, /^tapes\/a\.jsonl:1: is not the header of a cassette$/],
      ['{"moonbase":"cassette","version":2}', /:1: is of a version that is not known here; this one reads version 1$/],
      ['{"moonbase":"cassette","version":1,"x":1}', /:1: the header: has a field that is not known/],
      ['x', /:1: is no JSON/],
    ] as const) {
      const problems = await problemsOf([first, line, 'x'])
      assert.equal(problems.length, 1)
      assert.match(problems[0] ?? '', words)
    }
  })

  test('is refused with times that run backwards, a request that was edited, and lines that are too long', async () => {
    const whole = await everything()
    const [first, ...others] = whole.events
    assert.ok(first !== undefined)
    const cases: readonly (readonly [line: string, words: RegExp])[] = [
      [encodeRecording({ ...whole, events: [{ ...first, at: 3 }, ...others] }), /events\[1\]\.at: is less than/],
      [encodeRecording({ ...whole, end: { at: 2, as: 'complete' } }), /end\.at: is less than/],
      [encodeRecording({ ...whole, request: { ...whole.request, thinking: false } }), /key: is not the key of this/],
      ['x'.repeat(CASSETTE_LIMITS.lineCharacters + 1), /has more than 16777216 characters/],
    ]
    for (const [line, words] of cases) assert.match((await problemsOf([header, line])).join(), words)
  })
})

type Path = readonly (string | number)[]

/** Of every member and entry, however deep. */
function pathsIn(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return []
  const found: Path[] = []
  for (const [name, member] of Object.entries(value)) {
    const here = path.concat(Array.isArray(value) ? Number(name) : name)
    found.push(here, ...pathsIn(member, here))
  }
  return found
}

/** Without these a line is another, and a good one. */
const MAY_BE_MISSING =
  /^(?:events,3,(?:name|id)|events,4,(?:input|output)|events,5,stop|events,6,usage,reasoning|end,(?:status|retry_after_ms|public_message|limit)|request,messages,\d,(?:calls|media|partial))$/

/** Each changes a line in one place, or says that the place is not for it. */
const CHANGES: readonly ((line: unknown, path: Path) => boolean)[] = [
  // Nothing in a cassette is null.
  (line, path) => put(line, path, null),
  (line, path) => {
    if (typeof path.at(-1) === 'number' || MAY_BE_MISSING.test(String(path))) return false
    return put(line, path, undefined)
  },
  (line, path) => (typeof valueAt(line, path) === 'number' ? put(line, path, 'text') : false),
  (line, path) => {
    const value = valueAt(line, path)
    return typeof value === 'object' && !Array.isArray(value) ? put(line, [...path, 'stray'], 1) : false
  },
]

function put(root: unknown, path: Path, value: unknown): boolean {
  const parent = valueAt(root, path.slice(0, -1))
  if (typeof parent !== 'object' || parent === null) return false
  if (value === undefined) return Reflect.deleteProperty(parent, path.at(-1) ?? '')
  return Reflect.set(parent, path.at(-1) ?? '', value)
}

function valueAt(root: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, step) => (typeof value === 'object' && value !== null ? Reflect.get(value, step) : undefined),
    root,
  )
}
