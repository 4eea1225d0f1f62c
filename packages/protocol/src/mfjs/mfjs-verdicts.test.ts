/** What Moonshot's validator says of 500 schemas at two levels, read from the folder that `MOONBASE_SHARED` names. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, test } from 'node:test'
import { seededRandom } from '../../../../test/support/every-split.ts'
import { isJsonObject } from './json.ts'
import { describeProblem } from './mfjs-problem.ts'
import { validateMfjsText } from './validate-mfjs-text.ts'
import { shuffled } from './testing/shuffled.ts'

const LEVELS = ['strict', 'ultra'] as const
const shared = process.env['MOONBASE_SHARED']
const file = shared === undefined ? undefined : path.join(shared, 'data', 'mfjs-verdicts.jsonl')
const skip = file === undefined && 'MOONBASE_SHARED is not set, so the verdicts are not at hand'

/** A dict's keywords were looked at in an order of chance, so where there is a choice one of these many orders is theirs. */
const ORDERS = 60

describe("verdicts of Moonshot's validator", { skip }, () => {
  const verdicts = file === undefined ? [] : readVerdicts(file)

  test('there are 500', () => assert.equal(verdicts.length, 500))

  for (const level of LEVELS) {
    test(`${level}: all are alike, and the words too, but for a parser's`, () => {
      for (const verdict of verdicts) {
        const theirs = verdict[level]
        const ours = said(verdict.schema, level)
        assert.equal(ours === '', theirs === '', `${ours} | ${theirs} | ${verdict.schema}`)
        if (ours === theirs || theirs.startsWith('JSON schema parsing error')) continue
        assert.ok(isAmongOrders(verdict.schema, level, theirs), `${ours} | ${theirs} | ${verdict.schema}`)
      }
    })
  }
})

function isAmongOrders(text: string, level: (typeof LEVELS)[number], theirs: string): boolean {
  const random = seededRandom(500)
  const schema: unknown = JSON.parse(text)
  return Array.from({ length: ORDERS }).some(() => said(JSON.stringify(shuffled(schema, random)), level) === theirs)
}

function said(text: string, level: (typeof LEVELS)[number]): string {
  const problem = validateMfjsText(text, { level })
  return problem === undefined ? '' : describeProblem(problem)
}

interface Verdict {
  readonly schema: string
  readonly strict: string
  readonly ultra: string
}

function readVerdicts(from: string): readonly Verdict[] {
  const lines = readFileSync(from, 'utf8').split('\n')
  return lines
    .filter((line) => line !== '')
    .map((line) => {
      const read: unknown = JSON.parse(line)
      assert.ok(isJsonObject(read))
      const { schema, strict, ultra } = read
      assert.ok(typeof schema === 'string' && typeof strict === 'string' && typeof ultra === 'string')
      return { schema, strict, ultra }
    })
}
