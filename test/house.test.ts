/** The repository tests its own shape: who may import whom, and what no file may say. */

import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, it } from 'node:test'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

interface SourceFile {
  /** Relative to the root, with forward slashes. */
  readonly path: string
  readonly text: string
  readonly imports: readonly string[]
}

function sourceFiles(folder: string): SourceFile[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(?:ts|mjs)$/.test(entry.name))
    .filter((entry) => !entry.parentPath.split(sep).includes('node_modules'))
    .map((entry) => {
      const file = join(entry.parentPath, entry.name)
      const text = readFileSync(file, 'utf8')
      const path = relative(root, file).split(sep).join('/')
      return { path, text, imports: importsOf(path, text) }
    })
}

/** Relative imports as paths from the root, others as they stand. */
function importsOf(path: string, text: string): string[] {
  const found = text.matchAll(/^(?:import|export)\b[^'"]*?from '([^']+)'|\bimport\(\s*'([^']+)'|^import '([^']+)'/gm)
  return [...found].map(([, from, dynamic, bare]) => {
    const specifier = from ?? dynamic ?? bare ?? ''
    return specifier.startsWith('.') ? join(dirname(path), specifier).split(sep).join('/') : specifier
  })
}

const files = sourceFiles('packages')
const isTest = (path: string): boolean => path.endsWith('.test.ts')

interface Rule {
  readonly name: string
  readonly in: RegExp
  readonly except?: RegExp
  readonly never: RegExp
}

const IMPORT_RULES: readonly Rule[] = [
  { name: 'protocol imports nothing', in: /^packages\/protocol\//, never: /^(?!packages\/protocol\/)/ },
  {
    name: 'core imports protocol, format and itself only, and no Node module',
    in: /^packages\/core\//,
    except: /engine-contract\.ts$/,
    never: /^(?!packages\/core\/|@moonbase\/(?:protocol|format)$)/,
  },
  {
    name: 'format imports protocol and itself only, and no Node module',
    in: /^packages\/format\//,
    never: /^(?!packages\/format\/|@moonbase\/protocol$)/,
  },
  {
    name: 'generation imports none of its neighbours',
    in: /^packages\/core\/src\/generation\//,
    never: /^packages\/core\/src\/(?!generation\/)/,
  },
  {
    name: 'the contract imports generation only',
    in: /^packages\/core\/src\/contract\//,
    never: /^packages\/core\/src\/(?!generation\/|contract\/)/,
  },
  {
    name: 'dialects import generation and themselves only',
    in: /^packages\/core\/src\/dialects\//,
    never: /^packages\/core\/src\/(?!generation\/|dialects\/)/,
  },
  {
    name: 'engines import generation and themselves only',
    in: /^packages\/core\/src\/engines\//,
    never: /^packages\/core\/src\/(?!generation\/|engines\/)/,
  },
  {
    name: 'routing imports generation only',
    in: /^packages\/core\/src\/routing\//,
    never: /^packages\/core\/src\/(?!generation\/|routing\/)/,
  },
  {
    name: 'only the composition root, the configuration, and what is handed to engines, name an engine',
    in: /^packages\/server\//,
    except: /^packages\/server\/src\/(?:engines\.ts$|configuration\/|media\/|recording\/|http\/upstream\/)/,
    never: /@moonbase\/core\/engines/,
  },
  {
    name: 'only the composition roots name a dialect',
    in: /^packages\/server\//,
    except: /^packages\/server\/src\/routes\.ts$/,
    never: /@moonbase\/core\/dialects\//,
  },
  { name: 'the server does not import the CLI', in: /^packages\/server\//, never: /@moonbase\/cli/ },
  {
    name: 'node:http stays behind one file',
    in: /^packages\//,
    except: /^packages\/server\/src\/http\//,
    never: /^(?:node:)?https?$/,
  },
]

const TEXT_RULES: readonly Rule[] = [
  { name: 'no console outside the CLI', in: /^packages\/(?!cli\/)/, never: /\bconsole\./ },
  { name: 'no any', in: /^packages\//, never: /\bas any\b|<any>|@ts-ignore|@ts-nocheck/ },
  {
    name: 'no clock and no chance in protocol, format and core: both are handed in',
    in: /^packages\/(?:protocol|format|core)\//,
    never: /\bDate\.now\(|\bMath\.random\(|\bsetTimeout\(|\bsetInterval\(|\bprocess\./,
  },
  {
    name: 'no engine is compared by name outside its folder',
    in: /^packages\//,
    except: /^packages\/core\/src\/engines\/|^packages\/server\/src\/(?:engines\.ts|configuration\/)/,
    never:
      /[=!]==? '(?:offline|openai-compatible|gguf|replay|generic|vllm|sglang|ktransformers|llama-server|cloudflare|oxen|moonshot)'/,
  },
]

const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/'))

describe('the house', () => {
  for (const rule of IMPORT_RULES) {
    it(rule.name, () => {
      const broken = files
        .filter((file) => rule.in.test(file.path) && !rule.except?.test(file.path) && !isTest(file.path))
        .flatMap((file) => file.imports.filter((name) => rule.never.test(name)).map((name) => `${file.path} → ${name}`))
      assert.deepEqual(broken, [])
    })
  }

  for (const rule of TEXT_RULES) {
    it(rule.name, () => {
      const broken = files
        .filter((file) => rule.in.test(file.path) && !rule.except?.test(file.path) && !isTest(file.path))
        .flatMap((file) =>
          file.text
            .split('\n')
            .flatMap((line, index) =>
              rule.never.test(line) && !/^\s*(?:\*|\/\/)/.test(line) ? [`${file.path}:${index + 1}`] : [],
            ),
        )
      assert.deepEqual(broken, [])
    })
  }

  it('keeps engines apart from each other, and dialects too', () => {
    const broken = files
      .filter((file) => !isTest(file.path))
      .flatMap((file) => {
        const home = /^packages\/core\/src\/(?:engines|dialects)\/[^/]+(?=\/)/.exec(file.path)?.[0]
        if (home === undefined) return []
        const kind = folderOf(home)
        return file.imports
          .filter((name) => name.startsWith(`${kind}/`) && !name.startsWith(`${home}/`) && folderOf(name) !== kind)
          .map((name) => `${file.path} → ${name}`)
      })
    assert.deepEqual(broken, [])
  })

  it('opens every source file with a sentence that says what it is', () => {
    const silent = files
      .filter((file) => file.path.includes('/src/') && !isTest(file.path))
      .filter((file) => !/^(?:#!.*\n)?\/\*\*/.test(file.text))
      .map((file) => file.path)
    assert.deepEqual(silent, [])
  })

  it('names files in kebab-case, and none of them a catch-all', () => {
    const bad = files
      .map((file) => file.path)
      .filter((path) => {
        const name = path.slice(path.lastIndexOf('/') + 1)
        return (
          !/^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.test)?\.(?:ts|mjs)$/.test(name) ||
          /^(?:utils?|helpers?|types|misc)\./.test(name)
        )
      })
    assert.deepEqual(bad, [])
  })

  it('asks a reason of every file over 300 lines', () => {
    const REASONS: ReadonlyMap<string, string> = new Map([])
    const long = files
      .filter((file) => !isTest(file.path) && file.text.split('\n').length > 301)
      .map((file) => file.path)
      .filter((path) => !REASONS.has(path))
    assert.deepEqual(long, [])
  })
})
