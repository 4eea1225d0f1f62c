/** What agents read and write: TypeScript, Markdown, JSON and the output of commands, the same on every machine. */

import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A package whose version the lock file holds: sources of this repository would change what is asked with every commit. */
const SOURCE = fileURLToPath(new URL('../../node_modules/openai/', import.meta.url))
const CODE_CHARACTERS = 1_500_000
/** Of a line that is cut. */
const SHORTEST = 20

export class Material {
  readonly #random: () => number

  /** Every conversation has a chance of its own, and so other places of the same texts. */
  constructor(random: () => number) {
    this.#random = random
  }

  /** Whole lines up to about this length, or the beginning of one that is longer. */
  code(characters: number): string {
    return this.#lines(texts().code, characters)
  }

  markdown(characters: number): string {
    return this.#lines(texts().markdown, characters)
  }

  /** What somebody says about code: sentences with names from it. */
  prose(characters: number): string {
    let text = ''
    while (text.length < characters) text += `${this.#filled(this.#one(SENTENCES))} `
    return text.trimEnd()
  }

  /** What is to be done, in more than one language as people ask it. */
  task(characters: number): string {
    const other = this.#random() < 0.5 ? ` ${this.#filled('先检查 NAME 的返回值，再修改 PATH 里的测试。')}` : ''
    return this.prose(characters - other.length) + other
  }

  /** What one of an agent's tools gave back. */
  toolResult(characters: number): string {
    const kind = this.#random()
    if (kind < 0.45) return this.#numbered(this.code(characters * 0.85))
    if (kind < 0.65) return this.#found(characters)
    if (kind < 0.85) return this.#testRun(characters)
    return this.markdown(characters)
  }

  name(): string {
    return this.#one(texts().names)
  }

  path(): string {
    return `packages/${this.name().toLowerCase()}/src/${this.name().toLowerCase()}.ts`
  }

  /** As files are read: each line behind its number and an arrow. */
  #numbered(code: string): string {
    const first = this.#below(400)
    return code
      .split('\n')
      .map((line, index) => `${String(first + index).padStart(6)}→${line}`)
      .join('\n')
  }

  #found(characters: number): string {
    const matches: object[] = []
    for (let size = 0; size < characters; size += 150) {
      matches.push({
        path: this.path(),
        line: this.#below(900),
        text: this.code(1).slice(0, 60),
        score: this.#random(),
      })
    }
    return JSON.stringify({ matches, truncated: false }, undefined, 2)
  }

  #testRun(characters: number): string {
    let text = '> test\n'
    while (text.length < characters) {
      const passed = this.#random() < 0.9
      text += `${passed ? '✔' : '✖'} ${this.name()} ${this.#one(OUTCOMES)} (${(this.#random() * 40).toFixed(3)}ms)\n`
    }
    return text
  }

  #filled(sentence: string): string {
    return sentence.replaceAll('NAME', () => this.name()).replaceAll('PATH', () => this.path())
  }

  #lines(lines: readonly string[], characters: number): string {
    const from = this.#below(lines.length)
    const taken: string[] = []
    for (let size = 0, index = from; size < characters || taken.length === 0; index++) {
      const line = lines[index % lines.length] ?? ''
      taken.push(line)
      size += line.length + 1
    }
    const [only = ''] = taken
    return taken.length === 1 ? only.slice(0, Math.max(SHORTEST, Math.ceil(characters))) : taken.join('\n')
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit)
  }

  #one(choices: readonly string[]): string {
    return choices[this.#below(choices.length)] ?? ''
  }
}

const OUTCOMES = ['keeps its order', 'refuses what is too long', 'ends when its client leaves', 'is read once']

const SENTENCES = [
  'The test fails because NAME returns before NAME has been awaited.',
  'Let me look at PATH first, then at whoever calls NAME.',
  'NAME takes an optional signal — so the abort has to be handed on, or the stream stays open.',
  'I was wrong about NAME: the error comes from PATH, where the header is read twice.',
  'We could cache it, but NAME is called once for each request, and NAME changes in between.',
  'Now run the tests again and see whether "NAME" still breaks the second case.',
  'Please rename NAME to NAME everywhere, and keep the old name as an alias for one version.',
  'What is left: the types of NAME, a line in the changelog, and the example in PATH.',
  'This is the third place that parses the same thing; NAME should be the only one.',
  'Reads a file and says what NAME holds; never use it for folders.',
  'Both NAME and NAME implement it, but only the first of them closes its socket when it is told to.',
  'The types say NAME | undefined, so 3 of the 14 callers have to be changed as well.',
  'That was a mistake in my last edit: PATH still imports NAME from the old place.',
  'If the limit is reached, it returns what it has found until then and sets `truncated` to true.',
]

interface Texts {
  readonly code: readonly string[]
  readonly markdown: readonly string[]
  readonly names: readonly string[]
}

let read: Texts | undefined

function texts(): Texts {
  if (read !== undefined) return read
  let source = ''
  for (const path of typescriptFiles()) {
    source += readFileSync(path, 'utf8')
    if (source.length > CODE_CHARACTERS) break
  }
  const names = new Set(source.match(/\b[A-Z][a-z]+(?:[A-Z][a-z]+)+\b/g))
  const markdown = readFileSync(join(SOURCE, 'README.md'), 'utf8')
  read = { code: source.split('\n'), markdown: markdown.split('\n'), names: [...names] }
  return read
}

function typescriptFiles(): string[] {
  return readdirSync(join(SOURCE, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted()
}
