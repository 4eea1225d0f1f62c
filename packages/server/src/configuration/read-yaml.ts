/**
 * A YAML file as plain values that still know where they stand.
 *
 * Every value is addressed by its JSON pointer (`/engines/cluster/url`), as schema errors are, and the reader answers
 * on which line and column that is. Values that hold `${NAME}` are filled in from the environment on the way.
 */

import type { Document, LineCounter, Node, Scalar, YAMLMap } from 'yaml'
import { type Place, Problems } from './problems.ts'
import { pointerTo, subjectOf } from './pointer.ts'
import { FILE_BYTES } from './read-text-file.ts'
import { findUnmaskable, maskReferences, resolveReferences, unmask } from './references.ts'

export class YamlFile {
  readonly name: string
  readonly problems: Problems
  /** Plain values: objects without prototype, arrays, scalars. An empty file is an empty object. */
  value: unknown = Object.create(null)
  /** Whether the text was YAML at all. If not, the value is empty and says nothing. */
  readable = false
  /** Names that `${…}` asked for. */
  readonly variables = new Set<string>()
  /** By pointer. `key` is where the field's name stands, `value` where its value does. */
  readonly #places = new Map<string, { readonly key: Place; readonly value: Place }>()
  /** By pointer: what the file says, for a value that holds `${…}`. `plain`: without quotes, so it may be a number. */
  readonly #expressions = new Map<string, { readonly source: string; readonly plain: boolean }>()
  /** Pointers whose value could not be found out. Nothing more is said about them. */
  readonly #unknown = new Set<string>()

  constructor(name: string, problems: Problems) {
    this.name = name
    this.problems = problems
  }

  /** Adds a problem at a value, or with `at: 'key'` at the name of its field. */
  add(pointer: string, words: string, at: 'key' | 'value' = 'value'): void {
    if (this.#unknown.has(pointer)) return
    this.problems.add(subjectOf(pointer), words, this.#placeOf(pointer, at))
  }

  isUnknown(pointer: string): boolean {
    return this.#unknown.has(pointer)
  }

  /** What the file says where a value came from the environment: shown instead of that value. */
  expressionAt(pointer: string): { readonly source: string; readonly plain: boolean } | undefined {
    return this.#expressions.get(pointer)
  }

  /** The place of a pointer, or of the nearest thing around it that has one. */
  #placeOf(pointer: string, at: 'key' | 'value'): Place {
    for (let around = pointer; ; around = around.slice(0, around.lastIndexOf('/'))) {
      const places = this.#places.get(around)
      if (places !== undefined) return places[around === pointer ? at : 'key']
      if (around === '') return { file: this.name, line: 1, column: 1 }
    }
  }

  /** For the reader below, as it comes to each value. What an alias repeats stays where the alias is. */
  note(pointer: string, key: Place, value: Place): void {
    if (!this.#places.has(pointer)) this.#places.set(pointer, { key, value })
  }

  noteExpression(pointer: string, source: string, plain: boolean): void {
    this.#expressions.set(pointer, { source, plain })
  }

  /** A value that could not be found out, with the reasons. */
  noteUnknown(pointer: string, ...reasons: readonly string[]): void {
    for (const words of reasons) this.add(pointer, words)
    this.#unknown.add(pointer)
  }
}

/** Where `${…}` gets its values; `literal`: it means nothing and stays as it is. */
export type References = Readonly<Record<string, string | undefined>> | 'literal'

/**
 * Reads the text of a file named `name`. Mistakes of the YAML go to `problems`; when there is one, the value is empty,
 * because nothing that was read after it can be trusted.
 */
export async function readYaml(
  text: string,
  name: string,
  environment: References,
  problems: Problems,
): Promise<YamlFile> {
  const file = new YamlFile(name, problems)
  const source = text.startsWith('\uFEFF') ? text.slice(1) : text
  if (Buffer.byteLength(source) > FILE_BYTES) {
    problems.add(name, 'is larger than 1 MiB, which is the most that is read')
    return file
  }
  const yaml = await import('yaml')
  const lines = new yaml.LineCounter()
  const before = problems.count
  const literal = environment === 'literal'
  const unmaskable = literal ? -1 : findUnmaskable(source)
  const document = yaml.parseDocument(literal ? source : maskReferences(source), {
    lineCounter: lines,
    // Own words, and no excerpt of the file: the line in question may hold a secret.
    prettyErrors: false,
    // Looks through all keys before it for each key; the walk below does the same with a set.
    uniqueKeys: false,
  })
  for (const mistake of [...document.errors, ...document.warnings]) {
    problems.add('', wordsFor(mistake.code, mistake.message), placeAt(mistake.pos[0], name, lines))
  }
  if (unmaskable >= 0) {
    problems.add('', 'the character here is for private use and cannot be read', placeAt(unmaskable, name, lines))
  }
  if (problems.count > before) return file
  file.readable = true

  const walk = new Walk(yaml, document, lines, environment, file)
  const value = walk.valueOf(document.contents, '', 0)
  if (value !== null && value !== undefined) file.value = value
  return file
}

function placeAt(offset: number, file: string, lines: LineCounter): Place {
  const { line, col } = lines.linePos(offset)
  return { file, line, column: col }
}

/** The parser's words are kept where they quote nothing of the file. */
function wordsFor(code: string, message: string): string {
  switch (code) {
    case 'TAG_RESOLVE_FAILED':
      return 'YAML tags ("!" and a word) have no meaning here; put quotes around text that begins with "!"'
    case 'BAD_SCALAR_START':
      return `${message.slice(0, 1).toLowerCase()}${message.slice(1)}; put quotes around it`
    case 'BAD_DQ_ESCAPE':
      return 'YAML knows no such escape in double quotes; use single quotes, or double the backslash'
    case 'BAD_DIRECTIVE':
      return 'a line that begins with "%" means nothing here; put quotes around such text'
    case 'RESOURCE_EXHAUSTION':
      return 'nested too deeply'
    case 'MULTIPLE_DOCS':
      return 'a second document begins; the file may hold only one'
    case 'BLOCK_AS_IMPLICIT_KEY':
      return 'a second ": " on one line; put quotes around text that holds one'
    default: {
      const words = unmask(message).replace(/: .*$/s, '')
      return words.slice(0, 1).toLowerCase() + words.slice(1)
    }
  }
}

/** More values than any real file has; what aliases repeat counts again, so they cannot multiply past it. */
const MOST_VALUES = 20_000
const DEEPEST = 32

/** From YAML nodes to plain values, once over the document. */
class Walk {
  readonly #yaml: typeof import('yaml')
  readonly #document: Document
  readonly #lines: LineCounter
  readonly #environment: References
  readonly #file: YamlFile
  #values = 0

  constructor(
    yaml: typeof import('yaml'),
    document: Document,
    lines: LineCounter,
    environment: References,
    file: YamlFile,
  ) {
    this.#yaml = yaml
    this.#document = document
    this.#lines = lines
    this.#environment = environment
    this.#file = file
  }

  valueOf(node: unknown, pointer: string, depth: number, key?: Place): unknown {
    const yaml = this.#yaml
    if (!yaml.isNode(node)) return this.#empty(pointer, key)
    const place = this.#placeOf(node)
    this.#file.note(pointer, key ?? place, place)
    if (++this.#values > MOST_VALUES) {
      if (this.#values === MOST_VALUES + 1) this.#file.noteUnknown(pointer, `more than ${MOST_VALUES} values`)
      return undefined
    }
    if (depth > DEEPEST) {
      this.#file.noteUnknown(pointer, 'nested too deeply')
      return undefined
    }
    if (yaml.isAlias(node)) {
      const target = node.resolve(this.#document)
      if (target !== undefined) return this.valueOf(target, pointer, depth + 1, key ?? place)
      this.#file.noteUnknown(pointer, 'an alias ("*" and a name) without its anchor; put quotes around such text')
      return undefined
    }
    if (yaml.isMap(node)) return this.#mapOf(node, pointer, depth)
    if (yaml.isSeq(node)) {
      return node.items.map((item, index) => this.valueOf(item, pointerTo(pointer, index), depth + 1))
    }
    return yaml.isScalar(node) ? this.#scalarOf(node, pointer) : undefined
  }

  /** `name:` with nothing behind it. */
  #empty(pointer: string, key: Place | undefined): null {
    if (key !== undefined) this.#file.note(pointer, key, key)
    return null
  }

  #mapOf(map: YAMLMap, pointer: string, depth: number): Record<string, unknown> {
    const fields: Record<string, unknown> = Object.create(null)
    for (const pair of map.items) {
      if (this.#values > MOST_VALUES) break
      const name = this.#nameOf(pair.key, pointer)
      if (name === undefined) continue
      const child = pointerTo(pointer, name)
      const place = this.#yaml.isNode(pair.key) ? this.#placeOf(pair.key) : undefined
      if (Object.hasOwn(fields, name)) {
        this.#file.problems.add(subjectOf(child), 'is given twice', place)
        continue
      }
      fields[name] = this.valueOf(pair.value, child, depth + 1, place)
    }
    return fields
  }

  #nameOf(key: unknown, pointer: string): string | undefined {
    if (this.#yaml.isScalar(key) && this.#environment === 'literal') return String(key.value)
    if (this.#yaml.isScalar(key)) return unmask(typeof key.value === 'string' ? key.value : String(key.value))
    this.#file.add(pointer, 'holds a field whose name is not a word')
    return undefined
  }

  #scalarOf(scalar: Scalar, pointer: string): unknown {
    if (typeof scalar.value !== 'string' || this.#environment === 'literal') return scalar.value
    const resolved = resolveReferences(scalar.value, this.#environment)
    if (resolved === undefined) return unmask(scalar.value)
    for (const name of resolved.names) this.#file.variables.add(name)
    if (resolved.wrong.length > 0) this.#file.noteUnknown(pointer, ...resolved.wrong)
    this.#file.noteExpression(pointer, unmask(scalar.value), scalar.type === 'PLAIN')
    return resolved.text
  }

  #placeOf(node: Node): Place {
    return placeAt(node.range?.[0] ?? 0, this.#file.name, this.#lines)
  }
}
