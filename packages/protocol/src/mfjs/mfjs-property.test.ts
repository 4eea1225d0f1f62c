/** Random schemas against the table of rules in `testing/`: what is planted is found, said in its words, and nothing else. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '../../../../test/support/every-split.ts'
import { describeProblem } from './mfjs-problem.ts'
import { type Place, type Random, randomMfjs, type RandomMfjs } from './testing/random-mfjs.ts'
import type { Planted, Rule, Verdict } from './testing/rule.ts'
import { shuffled } from './testing/shuffled.ts'
import { ROOT_RULES, STRUCTURE_RULES } from './testing/structure-rules.ts'
import { VALUE_RULES } from './testing/value-rules.ts'
import { validateMfjs } from './validate-mfjs.ts'

const SEED = Number(process.env['MFJS_SEED'] ?? 20261201)
const ROUNDS = Number(process.env['MFJS_ROUNDS'] ?? 40)
const LEVELS = ['strict', 'ultra'] as const
const RULES = [...VALUE_RULES, ...STRUCTURE_RULES]

type Level = (typeof LEVELS)[number]

function said(schema: unknown, level: Level): string {
  const problem = validateMfjs(schema, { level })
  return problem === undefined ? '' : describeProblem(problem)
}

/** The text that a verdict of the table comes to for what stands at `path`. */
function expected(verdict: Verdict | undefined, path: readonly string[]): string {
  if (verdict === undefined) return ''
  const at = verdict.fromRoot === true ? verdict.at : [...path, ...verdict.at]
  const says = verdict.says.replace('<path>', at.slice(0, -1).join('.'))
  return `At path '${at.length === 0 ? 'root' : at.join('.')}': ${says}`
}

function placesFor(rule: Rule, { places }: RandomMfjs): readonly Place[] {
  return places.filter(
    (place) => !(rule.outsideDefs === true && place.insideDefs) && !(rule.untyped === true && !place.isOptional),
  )
}

/** Plants one rule in a random schema that has room for it. */
function planting(rule: Rule, random: Random, tries = 50): { schema: unknown; planted: Planted; place: Place } {
  const mfjs = randomMfjs(random)
  const place = chosen(placesFor(rule, mfjs), random)
  if (place === undefined) {
    assert.ok(tries > 0, `no place for: ${rule.name}`)
    return planting(rule, random, tries - 1)
  }
  const planted = rule.plant(random)
  place.put(planted.schema)
  return { schema: mfjs.root, planted, place }
}

function chosen<Value>(values: readonly Value[], random: Random): Value | undefined {
  return values[Math.floor(random() * values.length)]
}

test('of MFJS nothing is said, at either level, in any order of its members', () => {
  const random = seededRandom(SEED)
  for (let round = 0; round < ROUNDS * 20; round += 1) {
    const { root } = randomMfjs(random)
    for (const level of LEVELS) {
      const about = `seed ${SEED}, round ${round}: ${JSON.stringify(root)}`
      assert.equal(said(root, level), '', about)
      assert.equal(said(shuffled(root, random), level), '', about)
    }
  }
})

for (const rule of RULES) {
  test(`${rule.name}: wherever it stands, that is said at the levels of the table`, () => {
    const random = seededRandom(SEED)
    for (let round = 0; round < ROUNDS; round += 1) {
      const { schema, planted, place } = planting(rule, random)
      const other = shuffled(schema, random)
      for (const level of LEVELS) {
        const about = `seed ${SEED}, round ${round}, ${level}: ${JSON.stringify(schema)}`
        const text = expected(planted[level], place.path)
        assert.equal(said(schema, level), text, about)
        assert.equal(said(other, level) === '', text === '', about)
      }
    }
  })
}

for (const { name, plant } of ROOT_RULES) {
  test(`${name}, whatever else the schema says`, () => {
    const random = seededRandom(SEED)
    for (let round = 0; round < ROUNDS; round += 1) {
      const planted = plant(randomMfjs(random).root, random)
      for (const level of LEVELS) {
        const about = `seed ${SEED}, round ${round}, ${level}: ${JSON.stringify(planted.schema)}`
        assert.equal(said(planted.schema, level), expected(planted[level], []), about)
      }
    }
  })
}

test('of two rules that are broken in one schema one is said, and it is refused where either is', () => {
  const random = seededRandom(SEED)
  let pairs = 0
  for (let round = 0; round < ROUNDS * 20; round += 1) {
    const mfjs = randomMfjs(random)
    const found = pair(mfjs, random)
    if (found === undefined) continue
    pairs += 1
    for (const level of LEVELS) {
      const texts = found
        .map(({ planted, place }) => expected(planted[level], place.path))
        .filter((text) => text !== '')
      const about = `seed ${SEED}, round ${round}, ${level}: ${JSON.stringify(mfjs.root)}`
      const ours = said(mfjs.root, level)
      assert.ok(texts.length === 0 ? ours === '' : texts.includes(ours), `${ours} | ${texts.join(' | ')} | ${about}`)
    }
  }
  assert.ok(pairs > ROUNDS * 5, `${pairs} pairs`)
})

/** Two rules planted in two places of which neither is inside the other. */
function pair(mfjs: RandomMfjs, random: Random): readonly { planted: Planted; place: Place }[] | undefined {
  const planted: { planted: Planted; place: Place }[] = []
  for (const rule of [chosen(RULES, random), chosen(RULES, random)]) {
    assert.ok(rule !== undefined)
    const place = chosen(placesFor(rule, mfjs), random)
    if (place === undefined || planted.some((before) => overlap(before.place.path, place.path))) return undefined
    planted.push({ planted: rule.plant(random), place })
  }
  for (const { planted: what, place } of planted) place.put(what.schema)
  return planted
}

function overlap(one: readonly string[], other: readonly string[]): boolean {
  return one.every((step, index) => index >= other.length || other[index] === step)
}
