import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  answerTo,
  askedFor,
  eventsFor,
  getWeather,
  instantClock,
  offlineWith,
  user,
} from '../../../../../test/support/ask-offline.ts'
import { joinEvents } from '../../../../../test/support/collect-events.ts'
import { tinyCounter } from '../../../../../test/support/tiny-counter.ts'
import { fitBudget } from './fit-budget.ts'
import { piecesAsScripted, piecesOfSize, tokenPieces } from './pieces.ts'

const counter = tinyCounter()

describe('pieces', () => {
  test('are small, joined the text again, and never cut a character', () => {
    const texts = [
      '',
      ' ',
      'Hello, world!',
      'a  b\r\n\r\n\tc',
      '{"city":"Paris","list":[1,2,3]}',
      '你好，世界',
      '👩‍👩‍👧‍👦👍🏽é🇫🇷',
      'x'.repeat(100),
      'Grüße – naïve',
    ]
    for (const text of texts) {
      const pieces = [...tokenPieces(text)]
      assert.equal(pieces.join(''), text)
      for (const piece of pieces) {
        assert.ok(piece.length <= 14 || /\p{Emoji}/u.test(piece), piece)
        assert.ok(piece.isWellFormed())
        assert.doesNotMatch(piece, /^[\u200d\p{M}]|\u200d$/u)
      }
    }
    assert.deepEqual([...tokenPieces('Hello there, you')], ['Hello', ' there,', ' you'])
  })

  test('of a size are counted in code points', () => {
    assert.deepEqual([...piecesOfSize(2)('a😀bcd')], ['a😀', 'bc', 'd'])
  })

  test('of a script keep their places when the front or the back is missing', () => {
    const cut = piecesAsScripted(['one ', 'two ', 'three'])
    assert.deepEqual([...cut('one two three')], ['one ', 'two ', 'three'])
    assert.deepEqual([...cut('o two three'.slice(1))], [' ', 'two ', 'three'])
    assert.deepEqual([...cut('one tw')], ['one ', 'tw'])
  })
})

describe('budgets', () => {
  const answer = {
    reasoning: 'I think about this for a while.',
    text: 'Here is what I found out.',
    calls: [{ name: 'get_weather', arguments: '{"city":"Paris"}' }],
    finish: 'tool_calls',
  } as const

  test('end an answer in its reasoning, its text or its arguments, and never cost more', () => {
    const whole = counter.countText(answer.reasoning) + counter.countText(`${answer.text}get_weather{"city":"Paris"}`)
    const seen = new Set<string>()
    for (let maximum = 1; maximum <= whole + 1; maximum += 1) {
      const cut = fitBudget(answer, maximum, counter)
      const said = cut.text + cut.calls.map((call) => call.name + call.arguments).join('')
      assert.ok(counter.countText(cut.reasoning) + counter.countText(said) <= maximum)
      assert.ok(answer.reasoning.startsWith(cut.reasoning) && answer.text.startsWith(cut.text))
      assert.equal(cut.finish, maximum >= whole ? 'tool_calls' : 'length')
      if (cut.reasoning !== answer.reasoning) assert.equal(said, '')
      seen.add(cut.calls.length > 0 ? 'arguments' : cut.text === '' ? 'reasoning' : 'text')
    }
    assert.deepEqual([...seen], ['reasoning', 'text', 'arguments'])
  })

  test('a budget that the reasoning uses up leaves an empty text', async () => {
    const cut = await answerTo(askedFor('Explain this', { thinking: true, maxCompletionTokens: 5 }))
    assert.equal(cut.text, '')
    assert.notEqual(cut.reasoning, '')
    assert.equal(cut.finish, 'length')
  })

  test('never leave half a character', () => {
    for (let maximum = 1; maximum < 12; maximum += 1) {
      const { text } = fitBudget(
        { reasoning: '', text: '😀😀😀😀😀😀😀😀', calls: [], finish: 'stop' },
        maximum,
        counter,
      )
      assert.ok(text.isWellFormed())
    }
  })
})

describe('usage', () => {
  test('is counted over what was given, reasoning apart', async () => {
    const request = askedFor('weather in Paris', { thinking: true, tools: [getWeather] })
    const events = await eventsFor(request)
    const [answer] = joinEvents(events)
    const last = events.at(-1)
    assert.ok(answer !== undefined && last?.type === 'usage')
    const reasoning = counter.countText(answer.reasoning)
    assert.deepEqual(last.usage, {
      prompt: counter.countPrompt(request),
      completion: reasoning + counter.countText('get_weather{"city":"Paris"}'),
      cached: 0,
      reasoning,
    })
  })

  test('of an answer that a stop string ended covers what came before it', async () => {
    const events = await eventsFor(askedFor('say one two three four', { stop: [' three'] }))
    assert.deepEqual(joinEvents(events), [{ reasoning: '', text: 'one two', calls: [], finish: 'stop' }])
    const last = events.at(-1)
    assert.equal(last?.type === 'usage' && last.usage.completion, counter.countText('one two'))
  })

  test('of several choices is the sum, with one prompt', async () => {
    const one = askedFor('say hello')
    const three = { ...one, sampling: { ...one.sampling, n: 3 } }
    const last = (await eventsFor(three)).at(-1)
    assert.ok(last?.type === 'usage')
    assert.equal(last.usage.completion, 3 * counter.countText('hello'))
    assert.equal(last.usage.prompt, counter.countPrompt(one))
  })
})

describe('pace', () => {
  test('is kept in tokens a second, by the clock that was handed in', async () => {
    const clock = instantClock()
    const engine = offlineWith({ clock, pace: { tokensPerSecond: 10 } })
    const { text } = await answerTo(askedFor('count to 20'), engine)
    const tokens = counter.countText(text)
    const slept = clock.slept.reduce((sum, ms) => sum + ms, 0)
    assert.ok(Math.abs(slept - tokens * 100) <= tokens * 10, `${slept} ms for ${tokens} tokens`)
  })

  test('is as fast as the reader without one', async () => {
    const clock = instantClock()
    await answerTo(askedFor('count to 20'), offlineWith({ clock }))
    assert.deepEqual(clock.slept, [])
  })
})

describe('pictures', () => {
  const image = { type: 'image', mime: 'image/png', base64: 'iVBORw0KGgo=', measured: { width: 1, height: 1 } } as const
  const video = { type: 'video', mime: 'video/mp4', base64: 'AAAAGGZ0eXA=' } as const
  const asked = (...parts: (typeof image | typeof video)[]) =>
    askedFor('', { messages: [{ role: 'user', content: [{ type: 'text', text: 'What is this?' }, ...parts] }] })

  test('are measured by what was handed in', async () => {
    const engine = offlineWith({
      describeImage: () => Promise.resolve({ width: 640, height: 480, colours: ['blue', 'white'] }),
    })
    assert.match(
      (await answerTo(asked(image), engine)).text,
      /^An image, PNG, 640×480 pixels \(wider than high\), 8 bytes\. Its main colours: blue, white\.\n/,
    )
  })

  test('are known by kind and size without it, and when they cannot be read', async () => {
    assert.match((await answerTo(asked(image))).text, /^An image, PNG, 8 bytes\.\n/)
    const failing = offlineWith({ describeImage: () => Promise.reject(new Error('broken')) })
    assert.match((await answerTo(asked(image), failing)).text, /^An image, PNG, 8 bytes\.\n/)
    assert.match((await answerTo(asked(video))).text, /^A video, MP4, 8 bytes\.\n/)
    assert.match(
      (await answerTo(asked(image, video))).text,
      /^I was given 2 pictures:\n1\. An image, .*\n2\. A video, /,
    )
  })

  test('that are elsewhere are asked for only when somebody measures them', async () => {
    const { base64, ...seen } = image
    const stored = (load: () => Promise<string>) => ({ ...seen, size: 8, key: 'k', load })
    const asking = (load: () => Promise<string>) =>
      askedFor('', { messages: [{ role: 'user', content: [stored(load)] }] })
    assert.match((await answerTo(asking(() => assert.fail('loaded')))).text, /^An image, PNG, 8 bytes\.\n/)
    const measured: string[] = []
    const engine = offlineWith({
      describeImage: ({ base64: bytes }) => {
        measured.push(bytes)
        return Promise.resolve({ width: 4, height: 4, colours: [] })
      },
    })
    assert.match(
      (
        await answerTo(
          asking(() => Promise.resolve(base64)),
          engine,
        )
      ).text,
      /4×4 pixels/,
    )
    assert.deepEqual(measured, [base64])
    const gone = answerTo(
      asking(() => Promise.reject(new Error('gone'))),
      engine,
    )
    await assert.rejects(gone, { name: 'EngineError', kind: 'refused' })
  })

  test('of an earlier turn are not described again', async () => {
    const messages = [...asked(image).messages, user('say thanks')]
    assert.equal((await answerTo(askedFor('', { messages }))).text, 'thanks')
  })
})
