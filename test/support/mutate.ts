/** Seeded mutations of valid requests: values of other kinds, fields that are gone or odd, parts of others, and broken text. */

const ODD_VALUES: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  0.5,
  1e308,
  1e-320,
  2 ** 53,
  '',
  ' ',
  'x',
  '\u0000',
  '\ud800',
  '<|im_end|>',
  '__proto__',
  '你好'.repeat(50),
  'a'.repeat(5000),
  [],
  {},
  [[]],
  [null],
  { type: 'object' },
  { $ref: '#' },
  { anyOf: [] },
  { type: 'string', enum: [] },
  { role: 'user', content: 'x' },
  { url: 'http://x' },
  'enabled',
  'json_object',
  'required',
  '$web_search',
]
const ODD_NAMES = [
  '__proto__',
  'constructor',
  'toString',
  'length',
  '',
  'partial',
  'tool_calls',
  '$ref',
  'enum',
  'anyOf',
  'type',
]

/** From 0 on, below 1. */
type Random = () => number
const pick = <T>(random: Random, list: readonly T[]): T => list[Math.floor(random() * list.length)] as T

/** Every place in a document: its holder and its key. */
function placesOf(value: unknown, places: { holder: Record<string, unknown>; key: string }[] = []) {
  if (typeof value !== 'object' || value === null) return places
  const holder = value as Record<string, unknown>
  for (const key of Object.keys(holder)) {
    places.push({ holder, key })
    placesOf(holder[key], places)
  }
  return places
}

/** As a field of its own, whatever its name: an assignment to `__proto__` would not be one. */
function addOwn(holder: object, name: string, value: unknown): void {
  Object.defineProperty(holder, name, {
    value: structuredClone(value),
    enumerable: true,
    configurable: true,
    writable: true,
  })
}

/** One seed with one to four changes; sometimes broken as text too. */
export function mutate(seeds: readonly unknown[], random: Random): string {
  const body = structuredClone(pick(random, seeds)) as Record<string, unknown>
  const changes = 1 + Math.floor(random() * 4)
  for (let change = 0; change < changes; change += 1) {
    const places = placesOf(body)
    if (places.length === 0) break
    const { holder, key } = pick(random, places)
    const kind = random()
    if (kind < 0.4) holder[key] = structuredClone(pick(random, ODD_VALUES))
    else if (kind < 0.55) delete holder[key]
    else if (kind < 0.7)
      holder[key] = structuredClone(
        pick(
          random,
          placesOf(pick(random, seeds)).map((place) => place.holder[place.key]),
        ),
      )
    else if (kind < 0.8 && !Array.isArray(holder)) addOwn(holder, pick(random, ODD_NAMES), pick(random, ODD_VALUES))
    else if (Array.isArray(holder[key]) && holder[key].length < 200) holder[key].push(...structuredClone(holder[key]))
    else holder[key] = [holder[key]]
  }
  const text = JSON.stringify(body)
  if (random() > 0.1) return text
  const at = Math.floor(random() * text.length)
  return random() < 0.5
    ? text.slice(0, at)
    : text.slice(0, at) + pick(random, ['"', '{', '[', ',', '\\', '\u0001', '}']) + text.slice(at)
}
