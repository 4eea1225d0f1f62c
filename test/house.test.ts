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
    except: /\/testing\//,
    never: /^(?!packages\/core\/|@moonbase\/(?:protocol(?:\/(?:mfjs|errors))?|format)$)/,
  },
  {
    name: 'MFJS is handed to core, which stays small; only the offline engine answers by it',
    in: /^packages\/core\//,
    except: /\/engines\/offline\//,
    never: /@moonbase\/protocol\/mfjs/,
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
    except: /^packages\/server\/src\/(?:engines\/|configuration\/|media\/|recording\/|http\/upstream\/)/,
    never: /@moonbase\/core\/engines/,
  },
  {
    name: 'only APIs name a dialect',
    in: /^packages\/server\//,
    except: /^packages\/server\/src\/apis\/[^/]+\//,
    never: /@moonbase\/core\/dialects\//,
  },
  { name: 'the server does not import the CLI', in: /^packages\/server\//, never: /@moonbase\/cli/ },
  {
    name: 'http knows no room of the house but the ground floor',
    in: /^packages\/server\/src\/http\//,
    never: /^packages\/server\/src\/(?!http\/|collections\/|keys\/)/,
  },
  {
    name: 'test doubles stay with the tests',
    in: /^packages\/(?!.*\/testing\/)/,
    never: /\/testing\//,
  },
  {
    name: 'inference imports generation, contract and routing only',
    in: /^packages\/core\/src\/inference\//,
    never: /^packages\/core\/src\/(?!generation\/|contract\/|routing\/|inference\/)/,
  },
  {
    name: 'node:http stays behind one file',
    in: /^packages\//,
    except: /^packages\/server\/src\/http\//,
    never: /^(?:node:)?https?$/,
  },
]

/**
 * The floors of the server, the highest first: no room imports one of a higher floor, and rooms of one floor import each
 * other in one direction only. A file stands here where it is a room of its own. Rooms that are not built have their place.
 */
const FLOORS: readonly (readonly string[])[] = [
  ['main.ts', 'open-apis.ts', 'open-platform.ts', 'reload'],
  ['apis'],
  ['batches', 'files', 'responses', 'gateways', 'search', 'formulas', 'telemetry'],
  ['inference', 'engines', 'streams'],
  ['admission'],
  ['store', 'documents', 'blobs'],
  [
    'accounts',
    'prices',
    'ledger',
    'usage',
    'contents',
    'credentials',
    'configuration',
    'http',
    'media',
    'tokenizer',
    'recording',
    'gguf',
    'extraction',
    'outgoing',
  ],
  ['records', 'keys', 'collections', 'clock.ts', 'shares'],
]

const TEXT_RULES: readonly Rule[] = [
  { name: 'no console outside the CLI', in: /^packages\/(?!cli\/)/, never: /\bconsole\./ },
  {
    name: 'the way to an answer speaks no wire',
    in: /^packages\/(?:core|server)\/src\/inference\//,
    never: /chatcmpl|Bearer|x-api-key|'data: /,
  },
  { name: 'no any', in: /^packages\//, never: /\bas any\b|<any>|@ts-ignore|@ts-nocheck/ },
  {
    name: 'no clock and no chance in protocol, format and core: both are handed in',
    in: /^packages\/(?:protocol|format|core)\//,
    never: /\bDate\.now\(|\bMath\.random\(|\bsetTimeout\(|\bsetInterval\(|\bprocess\./,
  },
  {
    name: 'no engine is compared by name outside its folder',
    in: /^packages\//,
    except: /^packages\/core\/src\/engines\/|^packages\/server\/src\/(?:engines|configuration)\//,
    never:
      /[=!]==? '(?:offline|openai-compatible|gguf|replay|generic|vllm|sglang|ktransformers|llama-server|cloudflare|oxen|moonshot)'/,
  },
]

const SERVER = 'packages/server/src/'

/** Imports that no floor allows; test doubles are no part of the house. */
function climbs(all: readonly SourceFile[]): string[] {
  const floorOf = new Map(FLOORS.flatMap((rooms, above) => rooms.map((room) => [room, FLOORS.length - above] as const)))
  const roomOf = (path: string): string => path.slice(SERVER.length).split('/')[0] ?? ''
  const inside = all.filter(({ path }) => path.startsWith(SERVER) && !isTest(path) && !path.includes('/testing/'))
  const homeless = inside.filter(({ path }) => !floorOf.has(roomOf(path)))
  const steps = inside.flatMap(({ path, imports }) =>
    imports.filter((name) => name.startsWith(SERVER)).map((name) => ({ from: path, to: name })),
  )
  const ways = new Set(steps.map(({ from, to }) => `${roomOf(from)} → ${roomOf(to)}`))
  const broken = steps.filter(({ from, to }) => {
    const [here, there] = [roomOf(from), roomOf(to)]
    if (here === there) return here === 'apis' && apisApart(from, to)
    const [own, other] = [floorOf.get(here) ?? 0, floorOf.get(there) ?? 0]
    return other > own || (other === own && ways.has(`${there} → ${here}`))
  })
  return [
    ...homeless.map(({ path }) => `${path.slice(SERVER.length)}: ${roomOf(path)} is on no floor`),
    ...broken
      .filter(({ from }) => floorOf.has(roomOf(from)))
      .map(({ from, to }) => `${from.slice(SERVER.length)} → ${to.slice(SERVER.length)}`),
  ]
}

/** Whether one API's folder reaches into that of another. */
function apisApart(from: string, to: string): boolean {
  const apiOf = (path: string): string | undefined => /\/apis\/([^/]+)\//.exec(path)?.[1]
  const other = apiOf(to)
  return other !== undefined && other !== apiOf(from)
}

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

  it('lets no room of the server import one of a higher floor, nor two of one floor each other', () => {
    assert.deepEqual(climbs(files), [])
  })

  it('would see an import that climbs, one that goes round, and a room without a floor', () => {
    const at = (path: string, ...imports: string[]): SourceFile => ({
      path: `packages/server/src/${path}`,
      text: '',
      imports: imports.map((name) => `packages/server/src/${name}`),
    })
    assert.deepEqual(climbs([at('ledger/ledger.ts', 'apis/answer.ts')]), ['ledger/ledger.ts → apis/answer.ts'])
    assert.deepEqual(climbs([at('http/a.ts', 'usage/b.ts'), at('usage/b.ts', 'http/a.ts')]), [
      'http/a.ts → usage/b.ts',
      'usage/b.ts → http/a.ts',
    ])
    assert.deepEqual(climbs([at('attic/a.ts', 'keys/b.ts')]), ['attic/a.ts: attic is on no floor'])
    assert.deepEqual(climbs([at('apis/admin/a.ts', 'apis/moonshot/b.ts')]), ['apis/admin/a.ts → apis/moonshot/b.ts'])
    assert.deepEqual(climbs([at('apis/admin/a.ts', 'apis/api.ts', 'keys/b.ts')]), [])
  })

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
