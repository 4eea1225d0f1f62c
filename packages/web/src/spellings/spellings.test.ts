/** What stands in a program and below it: what differs, media, the key, and a line for all that a dialect cannot say. */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import type { ChatRequest } from '@moonbase/protocol'
import { KEY_VARIABLE, SPELLINGS, SpellingError, type SpellingOptions } from './index.ts'

const BASE = { baseUrl: 'http://127.0.0.1:2500' }
const PNG = 'data:image/png;base64,iVBORw0KGgo='
const hello: ChatRequest = { model: 'kimi-k2.5', messages: [{ role: 'user', content: 'Hi' }] }

function spell(id: string, request: ChatRequest, options: Partial<SpellingOptions> = {}) {
  const spelling = SPELLINGS.find((one) => one.id === id) ?? assert.fail(id)
  return spelling.spell(request, { ...BASE, ...options })
}

describe('the spellings', () => {
  it('are those of the design, each with an id and a name of its own', () => {
    const names = ['cURL', 'Python', 'TypeScript', 'moonbase SDK', 'env.AI.run', 'Oxen', 'Anthropic']
    assert.deepEqual(
      SPELLINGS.map(({ name }) => name),
      names,
    )
    assert.equal(new Set(SPELLINGS.map(({ id }) => id)).size, names.length)
  })

  it('name the server, take the key from the environment, and are the same each time', () => {
    for (const { spell: write, name } of SPELLINGS) {
      const { source } = write(hello, BASE)
      assert.ok(source.includes(BASE.baseUrl), name)
      assert.ok(source.includes(KEY_VARIABLE), name)
      assert.equal(write(hello, BASE).source, source)
      assert.ok(source.endsWith('\n') && !/[^\S\n]\n|\n\n\n/.test(source), source)
    }
  })

  it('say the versions of the clients that they are run with', () => {
    const page = JSON.parse(
      readFileSync(new URL('../../../../test/clients/package.json', import.meta.url), 'utf8'),
    ) as { dependencies: Record<string, string> }
    for (const { tested, name } of SPELLINGS) {
      if (tested.version !== undefined) assert.equal(page.dependencies[tested.client], tested.version, name)
    }
  })

  it('that cannot be run yet say so themselves', () => {
    const waiting = SPELLINGS.flatMap((one) => (one.waiting === undefined ? [] : [one.id, one.waiting.en]))
    assert.deepEqual(waiting, [
      'moonbase-sdk',
      '@moonbase/sdk is not there yet: nobody can run this today, and it is not tested.',
    ])
  })

  it('say every note in both languages', () => {
    for (const { spell: write, waiting, tested } of SPELLINGS) {
      const words = write(AWKWARD, BASE).notes.map((note) => note.words)
      for (const { en, zh } of [...words, waiting, tested.remark].filter((one) => one !== undefined)) {
        assert.match(en, /\.$/)
        assert.match(zh, /\p{Script=Han}.*。$/u)
      }
    }
  })

  it('refuse what is no JSON', () => {
    for (const { spell: write } of SPELLINGS) {
      assert.throws(() => write({ ...hello, seed: Number.NaN, max_tokens: Number.NaN }, BASE), SpellingError)
    }
  })
})

describe('what is said', () => {
  const defaults: ChatRequest = {
    ...hello,
    stream: false,
    thinking: { type: 'enabled' },
    temperature: 1,
    top_p: 0.95,
    n: 1,
    presence_penalty: 0,
    frequency_penalty: 0,
    max_completion_tokens: 32_768,
    response_format: { type: 'text' },
    tool_choice: 'auto',
    tools: [],
    stop: [],
    seed: null,
  }

  it('is only what differs from what the server fills in', () => {
    for (const { spell: write, name } of SPELLINGS) {
      assert.equal(write(defaults, BASE).source, write(hello, BASE).source, name)
    }
    const cooler = { ...defaults, thinking: { type: 'disabled' }, temperature: 0.6 } as const
    const { source } = spell('curl', cooler)
    assert.ok(source.includes('"thinking"') && !source.includes('"temperature"'), source)
    // With thinking on it would be refused, and is there to be seen.
    assert.ok(spell('curl', { ...hello, temperature: 0.6 }).source.includes('"temperature": 0.6'))
  })

  it('is everything where that is asked for, each in its place', () => {
    const { source } = spell('curl', hello, { everything: true })
    const names = [...source.matchAll(/^ {2}"(\w+)"/gm)].map(([, name]) => name)
    assert.deepEqual(names, [
      'model',
      'messages',
      'thinking',
      'max_completion_tokens',
      'temperature',
      'top_p',
      'n',
      'presence_penalty',
      'frequency_penalty',
      'response_format',
      'stream',
    ])
  })

  it('is no budget where it might not fit beside the prompt, which it does by itself', () => {
    const long = { ...hello, messages: [{ role: 'user', content: 'x'.repeat(100_000) }] } as const
    assert.doesNotMatch(spell('curl', long, { everything: true }).source, /max_completion_tokens/)
  })

  it('is one switch of thinking and not two, whichever it is', () => {
    const { source } = spell('curl', { ...hello, reasoning_effort: 'none' }, { everything: true })
    assert.doesNotMatch(source, /"thinking"/)
  })

  it('is unknown of a model that nobody knows', () => {
    const { source } = spell('curl', { ...hello, model: 'own', temperature: 1 })
    assert.match(source, /"temperature": 1/)
  })

  it('has the headers that are asked for, quoted', () => {
    const headers = { 'x-moonbase-on-disconnect': "it's" }
    assert.ok(spell('curl', hello, { headers }).source.includes(`-H 'x-moonbase-on-disconnect: it'\\''s'`))
    assert.ok(
      spell('python', hello, { headers }).source.includes('extra_headers={"x-moonbase-on-disconnect": "it\'s"}'),
    )
  })
})

describe('media', () => {
  const seen: ChatRequest = {
    ...hello,
    messages: [
      {
        role: 'user',
        content: [
          { type: 'image_url', image_url: { url: PNG } },
          { type: 'text', text: 'x' },
        ],
      },
    ],
  }

  it('are a dot dot dot, and a note, unless they are asked for', () => {
    for (const { spell: write, name } of SPELLINGS) {
      const without = write(seen, BASE)
      assert.ok(!without.source.includes('iVBORw0KGgo') && without.source.includes('…'), name)
      assert.deepEqual(
        without.notes.filter(({ kind }) => kind === 'left out').map(({ field }) => field),
        ['messages.0.content.0'],
      )
      const whole = write(seen, { ...BASE, withMedia: true })
      assert.ok(whole.source.includes('iVBORw0KGgo'), name)
      assert.ok(whole.notes.every(({ kind }) => kind !== 'left out'))
    }
  })

  it('that are files of the server are named as the dialect names them', () => {
    const file = {
      ...hello,
      messages: [{ role: 'user', content: [{ type: 'image_url', image_url: 'ms://f-1' }] }],
    } as const
    assert.ok(spell('curl', file).source.includes('ms://f-1'))
    assert.ok(spell('anthropic', file).source.includes("{ type: 'file', file_id: 'f-1' }"))
  })
})

describe('a long body', () => {
  it('goes in by a here-document, which takes more than an argument does', () => {
    const { source } = spell('curl', { ...hello, messages: [{ role: 'user', content: "it's ".repeat(40_000) }] })
    assert.match(source, /--data-binary @- <<'JSON'\n\{[^]*\}\nJSON\n$/)
    assert.ok(!source.includes(`'\\''`))
  })
})

/** All that the Messages API has no place for. */
const AWKWARD: ChatRequest = {
  model: 'kimi-k2.5',
  messages: [
    {
      role: 'user',
      name: 'Ann',
      content: [
        { type: 'text', text: 'x' },
        { type: 'video_url', video_url: 'data:video/mp4;base64,AAAA' },
      ],
    },
    {
      role: 'assistant',
      reasoning_content: '',
      tool_calls: [
        { id: 's', type: 'builtin_function', function: { name: '$web_search', arguments: '{}' } },
        { id: 't', type: 'function', function: { name: 'look', arguments: '{"at": 1}' } },
      ],
    },
    { role: 'tool', tool_call_id: 's', content: '{}' },
    { role: 'tool', tool_call_id: 't', content: 'x', name: 'look' },
    { role: 'assistant', content: 'It' },
  ],
  tools: [{ type: 'builtin_function', function: { name: '$web_search' } }],
  response_format: { type: 'json_object' },
  n: 2,
  presence_penalty: 1,
  frequency_penalty: 1,
  seed: 7,
  prompt_cache_key: 'k',
  parallel_tool_calls: false,
  stream: true,
  stream_options: { include_usage: true },
}

describe('Anthropic’s', () => {
  it('says a line about all that its API has no place for, or says otherwise', () => {
    const { notes } = spell('anthropic', AWKWARD, { withMedia: true })
    const fields = (kind: string) => notes.filter((note) => note.kind === kind).map(({ field }) => field)
    assert.deepEqual(fields('left out'), [
      'messages.0.name',
      'messages.0.content.1',
      'messages.1.tool_calls.0',
      'messages.2',
      'messages.3.name',
      'tools.0',
      'response_format',
      'n',
      'presence_penalty',
      'frequency_penalty',
      'seed',
      'prompt_cache_key',
    ])
    assert.deepEqual(fields('instead'), [
      'messages.1.tool_calls.1.function.arguments',
      'messages.4',
      'parallel_tool_calls',
      'stream_options',
    ])
  })

  it('asks for thoughts where K2.5 has them by itself, and waits for a long reply', () => {
    const { source } = spell('anthropic', hello)
    assert.match(source, /thinking: \{ type: 'adaptive' \}/)
    assert.match(source, /timeout: 3_600_000/)
    assert.doesNotMatch(spell('anthropic', { ...hello, thinking: { type: 'disabled' } }).source, /thinking/)
    assert.doesNotMatch(spell('anthropic', { ...hello, max_tokens: 100 }).source, /timeout/)
    assert.doesNotMatch(spell('anthropic', { ...hello, stream: true }).source, /timeout/)
  })
})

describe('the other hosts’', () => {
  it('call the model as it is called there', () => {
    assert.match(spell('workers-ai', hello).source, /env\.AI\.run\('moonshotai\/kimi-k2\.5', \{/)
    assert.match(spell('oxen', hello).source, /"model": "moonshotai-kimi-k2-5"/)
  })

  it('say which fields their own documentation does not name', () => {
    const { notes } = spell('oxen', { ...hello, thinking: { type: 'disabled' }, max_completion_tokens: 5 })
    assert.match(notes[0]?.words.en ?? '', /^moonbase reads thinking here too/)
    assert.equal(spell('oxen', { ...hello, max_completion_tokens: 5 }).notes.length, 0)
  })

  it('leave out of the options of a stream what Workers AI refuses', () => {
    const { notes, source } = spell('workers-ai', {
      ...hello,
      stream: true,
      stream_options: { include_usage: true, other: 1 } as { include_usage: boolean },
    })
    assert.deepEqual(
      notes.map(({ kind, field }) => [kind, field]),
      [['left out', 'stream_options.other']],
    )
    assert.doesNotMatch(source, /other/)
  })
})

describe('Python’s', () => {
  it('puts what the client has no argument for into extra_body', () => {
    const { source } = spell('python', {
      ...hello,
      thinking: { type: 'disabled' },
      chat_template_kwargs: { thinking: false },
    })
    assert.match(
      source,
      /extra_body=\{"thinking": \{"type": "disabled"\}, "chat_template_kwargs": \{"thinking": False\}\},/,
    )
  })

  it('warns of half of a character, which it cannot send', () => {
    const { notes } = spell('python', { ...hello, messages: [{ role: 'user', content: '\ud83d' }] })
    assert.deepEqual(
      notes.map(({ kind }) => kind),
      ['hint'],
    )
  })
})
