import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { answerTo, askedFor, assistant, textFor, user } from '../../../../../../test/support/ask-offline.ts'
import { seededRandom } from '../../../../../../test/support/every-split.ts'
import { answerSum } from './arithmetic.ts'

const OWN_WORDS = /offline engine/

function says(cases: readonly (readonly [message: string, answer: string | RegExp])[]): void {
  for (const [message, answer] of cases) {
    test(`“${message}” → ${String(answer)}`, async () => {
      const text = await textFor(message)
      if (typeof answer === 'string') assert.equal(text, answer)
      else assert.match(text, answer)
    })
  }
}

describe('repeating words', () => {
  says([
    ['Say hello.', 'hello'],
    ['Reply with exactly: OK', 'OK'],
    ['Please just say "hi there" and nothing else', 'hi there'],
    ['Repeat after me: I love moonbase.', 'I love moonbase.'],
    ['Respond with the word banana', 'banana'],
    ['Only answer with: 42', '42'],
    ['This is a test. Reply with OK.', 'OK'],
    ['Print the following: a\nb', 'a\nb'],
    ['Say something nice', OWN_WORDS],
    ['Reply with a JSON object', OWN_WORDS],
    ['Say hello in French', OWN_WORDS],
  ])
})

describe('sums', () => {
  says([
    ['What is 12*(3+4)?', '12*(3+4) = 84'],
    ['2+2', '2+2 = 4'],
    ['what is two plus two?', '2 + 2 = 4'],
    ['0.1 + 0.2 =', '0.1 + 0.2 = 0.3'],
    ['What is 15% of 80?', '15% * 80 = 12'],
    ['10/4', '10/4 = 2.5'],
    ['10/3', '10/3 is about 3.3333333333'],
    ['How much is 1,200 × 3?', '1200 × 3 = 3600'],
    ['subtract 3 from 10', '10 - 3 = 7'],
    ['calculate 7 divided by 0', '7 / 0 has no value: it divides by zero.'],
    ['-(3)*-2 =', '-(3)*-2 = 6'],
    ['What is 6*7, Alice?', '6*7 = 42'],
    ['What happened on 2024-05-01?', OWN_WORDS],
    ['Is a 10-12 people table enough, and what is the price?', OWN_WORDS],
    ['What is 2^10?', OWN_WORDS],
    ['What is GPT-4 minus 3?', OWN_WORDS],
  ])

  test('agree with whole numbers added, subtracted and multiplied at random', () => {
    const seed = 4711
    const random = seededRandom(seed)
    for (let round = 0; round < 300; round += 1) {
      // Sums of products, worked out as they are written.
      let expected = 0
      let product = Math.floor(random() * 100)
      let sign = 1
      let expression = String(product)
      for (let terms = Math.floor(random() * 4) + 1; terms > 0; terms -= 1) {
        const operator = '+-*'.charAt(Math.floor(random() * 3))
        const term = Math.floor(random() * 100)
        expression += ` ${operator} ${term}`
        if (operator === '*') product *= term
        else {
          expected += sign * product
          product = term
          sign = operator === '+' ? 1 : -1
        }
      }
      expected += sign * product
      assert.equal(answerSum(`what is ${expression}?`)?.result, String(expected), `seed ${seed}: ${expression}`)
    }
  })

  test('deep and long expressions end', () => {
    assert.equal(answerSum(`what is ${'('.repeat(200)}1+1${')'.repeat(200)}`), undefined)
    assert.equal(answerSum(`what is ${'1+'.repeat(5_000)}1`), undefined)
  })
})

describe('counting', () => {
  says([
    ['count to 5', '1, 2, 3, 4, 5'],
    ['Count from 3 to six, one per line', '3\n4\n5\n6'],
    ['count down from 3', '3, 2, 1'],
    ['Print the numbers 1 to 4', '1, 2, 3, 4'],
    ['Give me 3 bullet points', '- Item 1 of 3.\n- Item 2 of 3.\n- Item 3 of 3.'],
  ])

  test('writes exactly so many words, lines, sentences and paragraphs', async () => {
    for (const many of [1, 7, 250]) {
      assert.equal((await textFor(`Write ${many} words about cats`)).split(/\s+/).length, many)
      assert.equal((await textFor(`Write ${many} lines`)).split('\n').length, many)
      assert.equal((await textFor(`Write ${many} sentences`)).split(/(?<=\.) /).length, many)
      assert.equal((await textFor(`Write ${many} paragraphs`)).split('\n\n').length, many)
    }
  })

  test('says where it stops', async () => {
    assert.match(await textFor('count to 1000000'), /, 2000\nI stop here: 2000 numbers are my limit\.$/)
    const words = await textFor('write 999999 words', { maxCompletionTokens: 1_000_000 })
    assert.equal(words.split(' ').length, 20_000)
  })
})

describe('texts', () => {
  says([
    ['reverse the word hello', 'olleh'],
    ['Uppercase: good morning', 'GOOD MORNING'],
    ["How many r's are in strawberry?", 'The letter “r” stands 3 times in “strawberry”.'],
    ['How many words are in "one two three"?', '“one two three” has 3 words.'],
  ])
})

describe('courtesy', () => {
  says([
    ['Hello', OWN_WORDS],
    ['Who are you?', /a stand-in and not a language model/],
    ['你好', /离线引擎/],
    ['ping', 'pong'],
    ['What time is it?', /^I cannot tell/],
    ['Explain quantum gravity', /You asked: “Explain quantum gravity”.*MOONBASE_UPSTREAM/],
    ['', /There was no question/],
  ])
})

describe('remembering', () => {
  test('knows what the user said about themselves', async () => {
    assert.match(
      await after('What is my name?', 'Hi, my name is Ada Lovelace and I like sums.', 'Hello!'),
      /^Your name is Ada Lovelace,/,
    )
    assert.match(
      await after("what's my favourite colour?", 'My favourite colour is blue.', 'Nice.', 'Hm', 'Yes?'),
      /^Your favourite colour is blue,/,
    )
    assert.match(await after('What is my name?', 'Hello', 'Hi'), /^You have not told me your name/)
  })

  test('quotes what was said', async () => {
    assert.equal(
      await after('What did I ask you first?', 'Tell me a joke', 'No.'),
      'Your first message was: “Tell me a joke”',
    )
    assert.equal(await after('What was your last answer?', 'Tell me a joke', 'No.'), 'My last message was: “No.”')
    assert.equal(
      await after('Summarize our conversation', 'Tell me a joke', 'No.'),
      'So far in this conversation:\n- You: “Tell me a joke”\n- I: “No.”',
    )
    assert.match(await after('Summarize our conversation'), /^This conversation starts with your message/)
  })
})

test('the same request brings the same answer, and a seed another', async () => {
  const answers = await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map((seed) => textFor('Hello', { extra: { seed } })))
  assert.ok(new Set(answers).size > 1)
  assert.equal(await textFor('Hello', { extra: { seed: 1 } }), answers[0])
})

async function after(question: string, ...said: readonly string[]): Promise<string> {
  const messages = said.map((text, index) => (index % 2 === 0 ? user(text) : assistant(text)))
  return (await answerTo(askedFor('', { messages: [...messages, user(question)] }))).text
}
