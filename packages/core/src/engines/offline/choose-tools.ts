/** Which of the given tools a message asks for, told by its words. */

import type { JsonSchema, Tool } from '../../generation/index.ts'
import { asksForSearch } from './asks-for-search.ts'
import { findValues } from './find-values.ts'
import { type Clause, clausesOf } from './message-clauses.ts'
import { type PropertyKind, describeProperty } from './property-kind.ts'
import { expressionIn } from './small-talk/arithmetic.ts'
import { withoutContradictions } from './consistent-bounds.ts'
import { enumOf, propertiesOf, schemaOf } from './schema-view.ts'
import { placeIn } from './value-clues.ts'
import { isFiller, stemOf, stemsOf, tellingStemsOf, wordsOf, wordsOfName } from './words.ts'

/** A tool as it is compared with messages. Built once for a request, whatever the number of steps in its message. */
export interface KnownTool {
  readonly tool: Tool
  readonly schema: JsonSchema
  /** Stems of the name that say something, and of those the ones that any tool might have, such as "get". */
  readonly name: ReadonlySet<string>
  readonly description: ReadonlySet<string>
  readonly parameters: ReadonlySet<string>
  readonly options: ReadonlySet<string>
  /** What its parameters are about. */
  readonly kinds: ReadonlySet<PropertyKind | undefined>
}

export interface ChosenTool {
  readonly tool: KnownTool
  /** Where in the message it is asked for: the text its arguments are looked up in first. */
  readonly text: string
}

/** Calls that one answer makes at most. */
export const MOST_CALLS = 16
const DESCRIPTION_CHARACTERS = 1_000
const PARAMETERS_READ = 40

/** The score from which on a tool is called without being named. One telling word of its name is enough. */
const ENOUGH = 3

export function knowTools(tools: readonly Tool[]): readonly KnownTool[] {
  return tools.map((tool) => {
    const isSearch = tool.type === 'builtin'
    const schema = isSearch ? BUILTIN_SCHEMA : withoutContradictions(tool.parameters)
    const description = isSearch ? BUILTIN_DESCRIPTION : (tool.description ?? '').slice(0, DESCRIPTION_CHARACTERS)
    const properties = propertiesOf(schema).slice(0, PARAMETERS_READ)
    const name = stemsOf(wordsOfName(tool.name))
    return {
      tool,
      schema,
      name,
      description: without(tellingStemsOf(wordsOf(description)), name),
      parameters: without(tellingStemsOf(properties.flatMap(([property]) => wordsOfName(property))), name),
      kinds: new Set(
        properties.map(
          ([property, { description: about }]) =>
            describeProperty(property, typeof about === 'string' ? about : '').kind,
        ),
      ),
      options: stemsOf(properties.flatMap(([, property]) => optionWords(property))),
    }
  })
}

/** What a built-in tool is called with here. The hosted platform ran `$web_search` itself; its arguments were its own. */
const BUILTIN_SCHEMA: JsonSchema = {
  type: 'object',
  properties: { query: { type: 'string', description: 'What to search for' } },
  required: ['query'],
}
const BUILTIN_DESCRIPTION = 'Search the web, the internet, online, for news.'

/** The tools that `message` asks for, in the order in which it does. */
export function chooseTools(message: string, tools: readonly KnownTool[]): readonly ChosenTool[] {
  if (refusesTools(message)) return []
  const clauses = clausesOf(message)
  const asked = saidWords(message)
  const chosen: { tool: KnownTool; hits: ReadonlySet<string> }[] = []
  const left = new Map(asked)
  while (chosen.length < MOST_CALLS) {
    const best = bestTool(message, left, tools, chosen)
    if (best === undefined) break
    chosen.push(best)
    // What has chosen one tool does not choose a second: "weather" is not both get_weather and get_weather_alerts.
    // And a sum is worked out by one of them.
    for (const word of [...best.hits, ...CALCULATION]) left.delete(word)
  }
  if (chosen.length === 0) chosen.push(...searchFor(message, tools))
  return placed(chosen, clauses, message)
}

/** The platform's search is for whatever has to be looked up, where no other tool is. */
function searchFor(message: string, tools: readonly KnownTool[]): { tool: KnownTool; hits: ReadonlySet<string> }[] {
  const search = tools.find(({ tool }) => tool.type === 'builtin')
  return search !== undefined && asksForSearch(message) ? [{ tool: search, hits: search.name }] : []
}

/** The nearest tool, for a message that has to call one. */
export function nearestTool(message: string, tools: readonly KnownTool[]): ChosenTool | undefined {
  const [chosen] = chooseTools(message, tools)
  if (chosen !== undefined) return chosen
  const asked = saidWords(message)
  const scored = tools.map((tool) => ({ tool, score: scoreOf(tool, asked, tools).score }))
  const [best] = scored.toSorted((one, other) => other.score - one.score)
  return best === undefined ? undefined : { tool: best.tool, text: message }
}

function bestTool(
  message: string,
  asked: SaidWords,
  tools: readonly KnownTool[],
  chosen: readonly { readonly tool: KnownTool }[],
): { tool: KnownTool; hits: ReadonlySet<string> } | undefined {
  let best: { tool: KnownTool; hits: ReadonlySet<string>; rank: number } | undefined
  for (const tool of tools) {
    if (chosen.some((other) => other.tool === tool)) continue
    const { score, hits } = isNamed(message, tool) ? { score: NAMED, hits: tool.name } : scoreOf(tool, asked, tools)
    // A name that only half fits loses to one that fits whole.
    const rank = score - 0.1 * Math.min(3, without(tool.name, new Set([...asked.keys(), ...GENERAL])).size)
    if (score >= ENOUGH && rank > (best?.rank ?? 0)) best = { tool, hits, rank }
  }
  return best
}

const NAMED = 1000

/** The tool's own name in the message: as it stands for a name like `get_weather`, with a word beside it for `search`. */
function isNamed(message: string, { tool }: KnownTool): boolean {
  const at = message.toLowerCase().indexOf(tool.name.toLowerCase())
  if (at === -1) return false
  const before = message.slice(Math.max(0, at - 24), at)
  const behind = message.slice(at + tool.name.length, at + tool.name.length + 12)
  if (/[\p{L}\p{N}_]$/u.test(before) || /^[\p{L}\p{N}_]/u.test(behind)) return false
  if (/[_$-]|\p{Ll}\p{Lu}|\d/u.test(tool.name)) return true
  return (
    /\b(?:use|call|run|invoke|using|with)\s+(?:the\s+)?["'`]?$/i.test(before) ||
    /^["'`]?\s+(?:tool|function)\b/i.test(behind)
  )
}

function scoreOf(
  tool: KnownTool,
  asked: SaidWords,
  tools: readonly KnownTool[],
): { score: number; hits: ReadonlySet<string> } {
  const hits = new Set<string>()
  let byName = 0
  for (const word of tool.name) {
    const weight = asked.get(word)
    if (weight === undefined) continue
    hits.add(word)
    byName += weight * (GENERAL.has(word) ? 0.4 : VERBS.has(word) ? 2 : 3)
  }
  // The whole name, in the words of the message itself.
  if (hits.size > 0 && [...tool.name].every((word) => asked.get(word) === 1)) byName += 4
  const telling = tools.length < 4 ? () => true : (word: string) => isTelling(word, tools)
  const byDescription = hitsOf(tool.description, asked, hits, telling, 1.5, 3)
  const byParameters = hitsOf(tool.parameters, asked, hits, telling, 1, 1)
  const byOptions = hitsOf(tool.options, asked, hits, () => true, 1.5, 1.5)
  const byValues = hits.size > 0 && [...tool.kinds].some((kind) => asked.has(keyOfKind(kind))) ? 0.7 : 0
  return { score: byName + byDescription + byParameters + byOptions + byValues, hits }
}

function hitsOf(
  words: ReadonlySet<string>,
  asked: SaidWords,
  hits: Set<string>,
  telling: (word: string) => boolean,
  weight: number,
  most: number,
): number {
  let score = 0
  for (const word of words) {
    const said = asked.get(word)
    if (said === undefined || GENERAL.has(word) || hits.has(word) || !telling(word)) continue
    score += said * (VERBS.has(word) ? weight / 3 : weight)
    hits.add(word)
  }
  return Math.min(score, most)
}

/** A word that most tools share tells none of them from the others. */
function isTelling(word: string, tools: readonly KnownTool[]): boolean {
  return tools.filter((tool) => tool.name.has(word) || tool.description.has(word)).length * 2 <= tools.length
}

function refusesTools(message: string): boolean {
  return /\b(?:do not|don['’]t|without|never|no need to)\b(?: \w+){0,2} (?:any |the |a )?(?:tools?|functions?|calls?|calling)\b/i.test(
    message,
  )
}

/** Stems, each with its weight: 1 for a word of the message, less for what it only means in the usual names of tools. */
type SaidWords = ReadonlyMap<string, number>

const MEANT = 0.8

function saidWords(message: string): SaidWords {
  const words = new Map<string, number>()
  if (expressionIn(message) !== undefined) for (const meaning of CALCULATION) words.set(meaning, MEANT)
  for (const [meaning, pattern] of MEANINGS) if (pattern.test(message)) words.set(stemOf(meaning), MEANT)
  for (const word of stemsOf(wordsOf(message))) words.set(word, 1)
  for (const kind of kindsIn(message)) words.set(keyOfKind(kind), 1)
  return words
}

/** No word has a colon in it. */
function keyOfKind(kind: PropertyKind | undefined): string {
  return `:${kind ?? ''}`
}

/** What the values of a message could be arguments for. */
function kindsIn(message: string): PropertyKind[] {
  const kinds: PropertyKind[] = placeIn(message) === undefined ? [] : ['place']
  for (const { kind } of findValues(message)) {
    if (kind === 'email' || kind === 'url' || kind === 'path' || kind === 'code') kinds.push(kind)
    else if (kind === 'proper') kinds.push('place')
  }
  return kinds
}

const stemmed = (words: string): ReadonlySet<string> => new Set(words.split(' ').map(stemOf))

const MEANINGS: readonly (readonly [meaning: string, pattern: RegExp])[] = [
  [
    'weather',
    /\b(?:temperature|forecast|rain(?:ing|y)?|snow(?:ing)?|sunny|(?:hot|cold|warm) (?:is it|will it)|how (?:hot|cold|warm))\b|天气|气温/i,
  ],
  ['email', /\be-?mail\b|邮件/i],
  ['search', /\b(?:look(?:ing)? up|google|browse|latest news|find out)\b|搜索|查一下/i],
  ['web', /\b(?:internet|online|google)\b/i],
  ['time', /\bwhat time\b|\bo['’]clock\b|几点/i],
  ['price', /\b(?:how much (?:is|does|are|do)\b.*\b(?:cost|stock|share)|stock price|cost of)\b|价格/i],
  ['translate', /\bhow do you say\b|翻译/i],
  ['directions', /\bhow do i get (?:to|from)\b|\broute\b/i],
]

const CALCULATION = stemmed('calculate calculator math expression')
/** Words of names that any tool may have. */
const GENERAL = stemmed(
  'get set do make fetch handle perform execute process data info information api my item name text',
)
/** Words that tell what to do, but not with what. */
const VERBS = stemmed(
  'create send book order add remove delete update change check list find read write open close start stop play run look ' +
    'save load show view edit query lookup search submit cancel schedule generate convert answer ask plan select',
)

/** Gives every tool the clauses that speak of it; a clause that speaks of none goes on from the one before it. */
function placed(
  chosen: readonly { readonly tool: KnownTool; readonly hits: ReadonlySet<string> }[],
  clauses: readonly Clause[],
  message: string,
): readonly ChosenTool[] {
  if (chosen.length < 2) return chosen.map(({ tool }) => ({ tool, text: message }))
  const owners = clauses.map(([start, end]) => {
    const clause = message.slice(start, end)
    const words = saidWords(clause)
    const scored = chosen.map(({ tool, hits }) =>
      isNamed(clause, tool) ? NAMED : [...hits].filter((word) => words.has(word)).length,
    )
    const most = Math.max(...scored)
    return most === 0 ? -1 : scored.indexOf(most)
  })
  const parts = chosen.map((): [number, number][] => [])
  let owner = owners.find((index) => index !== -1) ?? 0
  for (const [index, clause] of clauses.entries()) {
    const own = owners[index] ?? -1
    if (own !== -1) owner = own
    const before = parts[owner]?.at(-1)
    // Neighbours stay one stretch of text, so that lists like "Paris and London" stay whole.
    if (before !== undefined && before[1] === (clauses[index - 1]?.[1] ?? -1)) before[1] = clause[1]
    else parts[owner]?.push([clause[0], clause[1]])
  }
  return chosen
    .map(({ tool }, index) => ({
      tool,
      start: parts[index]?.[0]?.[0] ?? message.length,
      text: textIn(parts[index] ?? [], message),
    }))
    .toSorted((one, other) => one.start - other.start)
}

function textIn(parts: readonly Clause[], message: string): string {
  return parts.map(([start, end]) => message.slice(start, end)).join('. ')
}

function optionWords(schema: JsonSchema): string[] {
  const options = enumOf(schema) ?? enumOf(schemaOf(schema['items'])) ?? []
  return options.slice(0, 50).flatMap((option) => (typeof option === 'string' ? wordsOf(option) : []))
}

function without(words: ReadonlySet<string>, others: ReadonlySet<string>): ReadonlySet<string> {
  return new Set([...words].filter((word) => !others.has(word) && !isFiller(word)))
}
