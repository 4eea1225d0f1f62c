/** The repository tests its own shape: who may import whom, what no file may say, and that each of these rules would see it. */

import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, it } from 'node:test'
import { FLAVOUR_NAMES } from '../packages/core/src/engines/openai-compatible/flavours.ts'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

interface SourceFile {
  /** Relative to the root, with forward slashes. */
  readonly path: string
  readonly text: string
  readonly imports: readonly string[]
}

function sourceFiles(folder: string): SourceFile[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.[cm]?[jt]sx?$/.test(entry.name))
    .filter(
      (entry) => !entry.parentPath.split(sep).some((name) => name === 'node_modules' || /^dist(?:\.|$)/.test(name)),
    )
    .map((entry) => {
      const file = join(entry.parentPath, entry.name)
      const text = readFileSync(file, 'utf8')
      const path = relative(root, file).split(sep).join('/')
      return { path, text, imports: importsOf(path, text) }
    })
}

/** Relative imports as paths from the root, others as they stand; a worker's file is one too, and so is what is required. */
function importsOf(path: string, text: string): string[] {
  const found = text.matchAll(
    /^(?:import|export)\b[^'"]*?from ['"]([^'"]+)['"]|\b(?:import|require|import\.meta\.resolve)\(\s*['"]([^'"]+)['"]|^import ['"]([^'"]+)['"]|\bnew URL\(\s*['"](\.[^'"]+\.ts)['"]/gm,
  )
  return [...found].map(([, from, called, bare, file]) => {
    const specifier = from ?? called ?? bare ?? file ?? ''
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
  /** Looks into comments as well. */
  readonly comments?: boolean
  /** A file that breaks this rule and no other, and what it imports or says. */
  readonly planted: readonly [path: string, what: string]
}

const IMPORT_RULES: readonly Rule[] = [
  {
    name: 'protocol imports nothing',
    in: /^packages\/protocol\//,
    never: /^(?!packages\/protocol\/)/,
    planted: ['packages/protocol/src/a.ts', 'node:util'],
  },
  {
    name: 'core imports protocol, format and itself only, and no Node module',
    in: /^packages\/core\//,
    except: /\/testing\//,
    never: /^(?!packages\/core\/|@moonbase\/(?:protocol(?:\/(?:mfjs|errors))?|format)$)/,
    planted: ['packages/core/src/routing/a.ts', 'node:crypto'],
  },
  {
    name: 'MFJS is handed to core, which stays small; only the offline engine answers by it',
    in: /^packages\/core\//,
    except: /\/engines\/offline\//,
    never: /@moonbase\/protocol\/mfjs/,
    planted: ['packages/core/src/inference/a.ts', '@moonbase/protocol/mfjs'],
  },
  {
    name: 'format imports protocol and itself only, and no Node module',
    in: /^packages\/format\//,
    never: /^(?!packages\/format\/|@moonbase\/protocol$)/,
    planted: ['packages/format/src/a.ts', 'node:buffer'],
  },
  {
    name: 'generation imports none of its neighbours',
    in: /^packages\/core\/src\/generation\//,
    never: /^packages\/core\/src\/(?!generation\/)/,
    planted: ['packages/core/src/generation/a.ts', 'packages/core/src/routing/index.ts'],
  },
  {
    name: 'the contract imports generation only',
    in: /^packages\/core\/src\/contract\//,
    never: /^packages\/core\/src\/(?!generation\/|contract\/)/,
    planted: ['packages/core/src/contract/a.ts', 'packages/core/src/inference/index.ts'],
  },
  {
    name: 'dialects import generation and themselves only',
    in: /^packages\/core\/src\/dialects\//,
    never: /^packages\/core\/src\/(?!generation\/|dialects\/)/,
    planted: ['packages/core/src/dialects/moonshot/a.ts', 'packages/core/src/contract/index.ts'],
  },
  {
    name: 'engines import generation and themselves only',
    in: /^packages\/core\/src\/engines\//,
    never: /^packages\/core\/src\/(?!generation\/|engines\/)/,
    planted: ['packages/core/src/engines/replay/a.ts', 'packages/core/src/routing/index.ts'],
  },
  {
    name: 'routing imports generation only',
    in: /^packages\/core\/src\/routing\//,
    never: /^packages\/core\/src\/(?!generation\/|routing\/)/,
    planted: ['packages/core/src/routing/a.ts', 'packages/core/src/engines/replay/index.ts'],
  },
  {
    name: 'only the composition root, the configuration, and what is handed to engines, name an engine',
    in: /^packages\/server\//,
    except: /^packages\/server\/src\/(?:engines\/|configuration\/|media\/|recording\/|http\/upstream\/)/,
    never: /@moonbase\/core\/engines/,
    planted: ['packages/server/src/main.ts', '@moonbase/core/engines/offline'],
  },
  {
    name: 'only APIs name a dialect',
    in: /^packages\/server\//,
    except: /^packages\/server\/src\/apis\/[^/]+\//,
    never: /@moonbase\/core\/dialects\//,
    planted: ['packages/server/src/apis/a.ts', '@moonbase/core/dialects/moonshot'],
  },
  {
    name: 'the server does not import the CLI',
    in: /^packages\/server\//,
    never: /^@moonbase\/cli\b/,
    planted: ['packages/server/src/main.ts', '@moonbase/cli'],
  },
  {
    name: 'http knows no room of the house but the ground floor',
    in: /^packages\/server\/src\/http\//,
    never: /^packages\/server\/src\/(?!http\/|(?:records|keys|collections|shares)\/|clock\.ts$)/,
    planted: ['packages/server/src/http/a.ts', 'packages/server/src/usage/b.ts'],
  },
  {
    name: 'test doubles stay with the tests',
    in: /^packages\/(?!.*\/testing\/)/,
    never: /\/testing\/|^@moonbase\/core\/engines\/contract$/,
    planted: ['packages/server/src/usage/a.ts', 'packages/server/src/usage/testing/b.ts'],
  },
  {
    name: 'inference imports generation, contract and routing only',
    in: /^packages\/core\/src\/inference\//,
    never: /^packages\/core\/src\/(?!generation\/|contract\/|routing\/|inference\/)/,
    planted: ['packages/core/src/inference/a.ts', 'packages/core/src/dialects/moonshot/index.ts'],
  },
  {
    name: 'node:http stays in one room',
    in: /^packages\//,
    except: /^packages\/server\/src\/http\//,
    never: /^(?:node:)?http[2s]?$/,
    planted: ['packages/server/src/usage/a.ts', 'node:http'],
  },
  {
    name: 'the page imports protocol, the pure parts of core, the SDK and what Vite bundles, and no Node module',
    in: /^packages\/web\/src\//,
    never:
      /^node:|^@moonbase\/(?!sdk$|protocol(?:\/(?:mfjs|errors))?$|core\/(?:generation|contract|dialects(?:\/[a-z-]+)?)$)/,
    planted: ['packages/web/src/a.ts', '@moonbase/core/inference'],
  },
  {
    name: 'a conversation is folded without React, a DOM or a protocol',
    in: /^packages\/web\/src\/conversation\//,
    except: /\/testing\//,
    never: /^(?!packages\/web\/src\/conversation\/|marked$)/,
    planted: ['packages/web/src/conversation/a.ts', 'react'],
  },
  {
    name: 'components print a view: they import no protocol, no dialect and no SDK',
    in: /^packages\/web\/.*\.tsx$/,
    never: /^@moonbase\/(?!web)/,
    planted: ['packages/web/src/parts/a.tsx', '@moonbase/protocol'],
  },
  {
    name: 'nothing imports the page; whoever serves it asks where it lies',
    in: /^packages\/(?!web\/)/,
    never: /^@moonbase\/web(?!\/package\.json$)/,
    planted: ['packages/server/src/apis/web/a.ts', '@moonbase/web'],
  },
]

/**
 * The floors of the server, the highest first: no room imports one of a higher floor, and rooms of one floor import each
 * other in one direction only. A file stands here where it is a room of its own. Rooms that are not built have their place.
 */
const FLOORS: readonly (readonly string[])[] = [
  [
    'main.ts',
    'http-limits.ts',
    'open-apis.ts',
    'open-shares.ts',
    'open-platform.ts',
    'open-responses.ts',
    'open-web.ts',
    'serve-options.ts',
    'reload',
  ],
  ['apis'],
  ['batches', 'files', 'responses', 'gateways', 'search', 'formulas', 'sessions', 'telemetry'],
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
    'discovery',
    'extraction',
    'outgoing',
  ],
  ['records', 'keys', 'collections', 'clock.ts', 'shares'],
]

/** The kinds of engines, by their folders, and of upstreams, by their table. */
function engineNames(): string {
  const folders = readdirSync(join(root, 'packages/core/src/engines'), { withFileTypes: true })
  const kinds = folders.filter((entry) => entry.isDirectory() && entry.name !== 'testing').map(({ name }) => name)
  return [...kinds, 'gguf', ...FLAVOUR_NAMES].join('|')
}

const TEXT_RULES: readonly Rule[] = [
  {
    name: 'no console outside the CLI, but in the programs that others are given',
    in: /^packages\/(?!cli\/)/,
    except: /^packages\/web\/src\/spellings\//,
    // In quotes it is a word.
    never: /\bconsole\b(?!')/,
    planted: ['packages/server/src/usage/a.ts', 'const { log } = console'],
  },
  {
    name: 'the way to an answer speaks no wire',
    in: /^packages\/(?:core|server)\/src\/inference\//,
    never: /chatcmpl|Bearer|x-api-key|'data: /,
    planted: ['packages/server/src/inference/a.ts', "const head = 'data: '"],
  },
  {
    name: 'no any',
    in: /^packages\//,
    never: /\bas any\b|<any\b/,
    planted: ['packages/server/src/usage/a.ts', 'const table = new Map<any, string>()'],
  },
  {
    name: 'nothing silences the compiler, nor the linter without a reason',
    in: /^packages\//,
    comments: true,
    never: /@ts-(?:ignore|nocheck|expect-error)|lint-disable(?!.* -- )/,
    planted: ['packages/server/src/usage/a.ts', '  // @ts-ignore'],
  },
  {
    name: 'what is not a type of node:http stays in one file',
    in: /^packages\//,
    except: /^packages\/server\/src\/http\/http-server\.ts$/,
    never: /^(?!import type\b).*\b(?:from |import |import\(|require\()['"](?:node:)?http[2s]?['"]/,
    planted: ['packages/server/src/http/a.ts', "import { request } from 'node:http'"],
  },
  {
    name: 'no clock and no chance in protocol, format and core: both are handed in',
    in: /^packages\/(?:protocol|format|core)\//,
    except: /\/testing\//,
    never:
      /\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\bset(?:Timeout|Interval|Immediate)\b|\bAbortSignal\.timeout\b|\bperformance\.(?:now|timeOrigin)\b|\bcrypto\.|\bprocess\./,
    planted: ['packages/core/src/routing/a.ts', 'const { now = Date.now } = options'],
  },
  {
    name: 'no engine is compared by name outside its folder',
    in: /^packages\//,
    except: /^packages\/core\/src\/engines\/|^packages\/server\/src\/(?:engines|configuration)\//,
    never: new RegExp(`(?:[=!]==? |\\bcase )'(?:${engineNames()})'|'(?:${engineNames()})' [=!]==?`),
    planted: ['packages/server/src/usage/a.ts', "  case 'vllm':"],
  },
  {
    name: 'no component names a protocol field, an error code or an engine',
    in: /^packages\/web\/.*\.tsx$/,
    never: new RegExp(`\\b[a-z]+(?:_[a-z]+)+\\b|\\breasoningContent\\b|'(?:${engineNames()})'`),
    planted: ['packages/web/src/parts/a.tsx', 'const why = reply.finish_reason'],
  },
  {
    name: 'the page takes no text for markup',
    in: /^packages\/web\//,
    never:
      /\b(?:innerHTML|outerHTML|insertAdjacentHTML|setHTMLUnsafe|dangerouslySetInnerHTML|srcdoc)\b|\bdocument\.write/i,
    planted: ['packages/web/src/parts/a.ts', 'element.innerHTML = text'],
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
  const level = (from: string, to: string): boolean => from !== to && floorOf.get(from) === floorOf.get(to)
  const ways = Map.groupBy(
    steps.map(({ from, to }) => [roomOf(from), roomOf(to)] as const).filter(([from, to]) => level(from, to)),
    ([from]) => from,
  )
  const broken = steps.filter(({ from, to }) => {
    const [here, there] = [roomOf(from), roomOf(to)]
    if (here === there) return here === 'apis' && apisApart(from, to)
    const [own, other] = [floorOf.get(here) ?? 0, floorOf.get(there) ?? 0]
    return other > own || (other === own && reachable(there, ways).has(here))
  })
  return [
    ...homeless.map(({ path }) => `${path.slice(SERVER.length)}: ${roomOf(path)} is on no floor`),
    ...broken
      .filter(({ from }) => floorOf.has(roomOf(from)))
      .map(({ from, to }) => `${from.slice(SERVER.length)} → ${to.slice(SERVER.length)}`),
  ]
}

/** The rooms to which one leads, on its own floor, however many are in between. */
function reachable(room: string, ways: ReadonlyMap<string, readonly (readonly [string, string])[]>): Set<string> {
  const found = new Set([room])
  for (const one of found) for (const [, next] of ways.get(one) ?? []) found.add(next)
  return found
}

/** Whether one API's folder reaches into that of another. */
function apisApart(from: string, to: string): boolean {
  const apiOf = (path: string): string | undefined => /\/apis\/([^/]+)\//.exec(path)?.[1]
  const other = apiOf(to)
  return other !== undefined && other !== apiOf(from)
}

const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/'))

/** Every package, and every room of the core: what is not listed is looked at by no rule. */
const PACKAGES: ReadonlySet<string> = new Set(['protocol', 'format', 'core', 'server', 'cli', 'web'])
const CORE_ROOMS: ReadonlySet<string> = new Set([
  'generation',
  'contract',
  'dialects',
  'engines',
  'routing',
  'inference',
])

function unknownRooms(all: readonly SourceFile[]): string[] {
  const rooms = all.map(({ path }) => {
    const [, home = '', , room = ''] = path.split('/')
    if (!PACKAGES.has(home)) return `packages/${home}`
    return home === 'core' && !CORE_ROOMS.has(room) ? `packages/core/src/${room}` : undefined
  })
  return [...new Set(rooms)].filter((room) => room !== undefined).map((room) => `${room}: no rule knows it`)
}

/** Past the names that a package has for others, or by its own name past the floors. */
function aroundNames(all: readonly SourceFile[]): string[] {
  return arrows(all, (path, name) => {
    const [, home = ''] = path.split('/')
    const isOthers = name.startsWith('packages/') && !name.startsWith(`packages/${home}/`)
    return !path.includes('/testing/') && (isOthers || name.startsWith(`@moonbase/${home}`))
  })
}

/** What dialects of one family have in common: a folder that any of them may know, and that knows none of them. */
const COMMON: ReadonlySet<string> = new Set(['packages/core/src/dialects/chat-completions'])

/** Of engines, and of dialects, each knows itself, what lies in the folder of all, and what a family has in common. */
function strangers(all: readonly SourceFile[]): string[] {
  return arrows(all, (path, name) => {
    const home = /^packages\/core\/src\/(?:engines|dialects)\/[^/]+(?=\/)/.exec(path)?.[0]
    if (home === undefined) return false
    const kind = folderOf(home)
    return (
      name.startsWith(`${kind}/`) &&
      !name.startsWith(`${home}/`) &&
      folderOf(name) !== kind &&
      !COMMON.has(folderOf(name))
    )
  })
}

function arrows(all: readonly SourceFile[], isBroken: (path: string, name: string) => boolean): string[] {
  return all
    .filter(({ path }) => !isTest(path))
    .flatMap(({ path, imports }) => imports.filter((name) => isBroken(path, name)).map((name) => `${path} → ${name}`))
}

function forbiddenImports(rule: Rule, all: readonly SourceFile[]): string[] {
  return arrows(all, (path, name) => isUnder(rule, path) && rule.never.test(name))
}

function forbiddenLines(rule: Rule, all: readonly SourceFile[]): string[] {
  return all
    .filter(({ path }) => isUnder(rule, path) && !isTest(path))
    .flatMap(({ path, text }) =>
      text
        .split('\n')
        .map((line, index) => ({ line, at: `${path}:${index + 1}: ${line.trim()}` }))
        .filter(({ line }) => rule.never.test(line) && (rule.comments === true || !/^\s*(?:\/?\*|\/\/)/.test(line)))
        .map(({ at }) => at),
    )
}

function isUnder(rule: Rule, path: string): boolean {
  return rule.in.test(path) && rule.except?.test(path) !== true
}

/** Some words, and not a comment that is there for another reason. */
function silent(all: readonly SourceFile[]): string[] {
  return all
    .filter(({ path, text }) => !isTest(path) && !/^(?:#!.*\n)?\/\*\*\s(?:\s*\* )?[^@\s]+ \S+ /.test(text))
    .map(({ path }) => path)
}

function badNames(all: readonly SourceFile[]): string[] {
  return all
    .map(({ path }) => path)
    .filter((path) => {
      const name = path.slice(path.lastIndexOf('/') + 1)
      return (
        !/^[a-z0-9]+(?:-[a-z0-9]+)*(?:(?:\.test|\.d)?\.ts|\.tsx|\.mjs)$/.test(name) ||
        (name.endsWith('.tsx') && !path.startsWith('packages/web/')) ||
        /^(?:utils?|helpers?|types|misc|common|shared)\./.test(name)
      )
    })
}

const MOST_LINES = 300

function long(all: readonly SourceFile[]): string[] {
  return all
    .filter(({ path }) => !isTest(path))
    .map(({ path, text }) => ({ path, lines: text.replace(/\n$/, '').split('\n').length }))
    .filter(({ lines }) => lines > MOST_LINES)
    .map(({ path, lines }) => `${path}: ${lines} lines`)
}

/** What is asked of the whole tree. Each comes with trees that break it, beside the rules that have theirs with them. */
const HOUSE_RULES: readonly { readonly name: string; readonly broken: (all: readonly SourceFile[]) => string[] }[] = [
  ...IMPORT_RULES.map((rule) => ({
    name: rule.name,
    broken: (all: readonly SourceFile[]) => forbiddenImports(rule, all),
  })),
  ...TEXT_RULES.map((rule) => ({ name: rule.name, broken: (all: readonly SourceFile[]) => forbiddenLines(rule, all) })),
  {
    name: 'lets no room of the server import one of a higher floor, nor rooms of one floor each other in a circle',
    broken: climbs,
  },
  { name: 'has rules for every package and every room of the core', broken: unknownRooms },
  { name: 'imports other packages by their names, and its own files by their paths', broken: aroundNames },
  { name: 'keeps engines apart from each other, and dialects too', broken: strangers },
  { name: 'opens every source file with a sentence that says what it is', broken: silent },
  { name: 'names files in kebab-case, and none of them a catch-all', broken: badNames },
  { name: `has no file over ${MOST_LINES} lines`, broken: long },
]

describe('the house', () => {
  for (const { name, broken } of HOUSE_RULES) {
    it(name, () => {
      const found = broken(files)
      assert.ok(found.length === 0, [`${name}, but:`, ...found].join('\n  '))
    })
  }

  it('has the floors on its map', () => {
    const map = readFileSync(join(root, 'docs/ARCHITECTURE.md'), 'utf8')
    const rows = [...map.matchAll(/^\| \d \| ([^|]+) \|/gm)].map(([, rooms = '']) =>
      [...rooms.matchAll(/`([^`]+?)\/?`/g)]
        .map(([, room = '']) => room)
        .toSorted((one, other) => one.localeCompare(other)),
    )
    assert.deepEqual(
      rows,
      FLOORS.map((rooms) => rooms.toSorted((one, other) => one.localeCompare(other))),
    )
  })
})

describe('the rules of the house', () => {
  const breaks = (...all: readonly SourceFile[]): { readonly rules: string[]; readonly said: string[] } => {
    const found = HOUSE_RULES.map(({ name, broken }) => ({ name, said: broken(all) })).filter(
      ({ said }) => said.length > 0,
    )
    return { rules: found.map(({ name }) => name), said: found.flatMap(({ said }) => said) }
  }
  const SENTENCE = '/** Says what it is. */\n\n'
  const at = (path: string, text: string): SourceFile => {
    const whole = `${SENTENCE}${text}\n`
    return { path, text: whole, imports: importsOf(path, whole) }
  }
  const importing = (path: string, ...names: readonly string[]): SourceFile => ({ ...at(path, ''), imports: names })
  const server = (path: string, ...names: readonly string[]): SourceFile =>
    importing(`${SERVER}${path}`, ...names.map((name) => `${SERVER}${name}`))

  for (const { name, planted } of IMPORT_RULES) {
    it(`see an import that breaks "${name}", and tell of nothing else`, () => {
      const [path, what] = planted
      assert.deepEqual(breaks(importing(path, what)), { rules: [name], said: [`${path} → ${what}`] })
    })
  }

  for (const { name, planted } of TEXT_RULES) {
    it(`see a line that breaks "${name}", and tell of nothing else`, () => {
      const [path, what] = planted
      assert.deepEqual(breaks(at(path, what)), { rules: [name], said: [`${path}:3: ${what.trim()}`] })
    })
  }

  it('look at files that there are', () => {
    const blind = [...IMPORT_RULES, ...TEXT_RULES].filter((rule) => !files.some(({ path }) => isUnder(rule, path)))
    assert.deepEqual(
      blind.map(({ name }) => name),
      [],
    )
  })

  it('except nothing that would keep them as well', () => {
    const stale = [
      ...IMPORT_RULES.map((rule) => ({ rule, broken: forbiddenImports })),
      ...TEXT_RULES.map((rule) => ({ rule, broken: forbiddenLines })),
    ].filter(({ rule: { except, ...rule }, broken }) => except !== undefined && broken(rule, files).length === 0)
    assert.deepEqual(
      stale.map(({ rule }) => rule.name),
      [],
    )
  })

  it('see an import that climbs, one that goes round, and a room without a floor', () => {
    assert.deepEqual(climbs([server('ledger/ledger.ts', 'apis/answer.ts')]), ['ledger/ledger.ts → apis/answer.ts'])
    assert.deepEqual(climbs([server('media/a.ts', 'usage/b.ts'), server('usage/b.ts', 'media/a.ts')]), [
      'media/a.ts → usage/b.ts',
      'usage/b.ts → media/a.ts',
    ])
    const round = [
      server('media/a.ts', 'usage/b.ts'),
      server('usage/b.ts', 'ledger/c.ts'),
      server('ledger/c.ts', 'media/a.ts'),
    ]
    assert.equal(climbs(round).length, 3)
    assert.deepEqual(climbs(round.slice(0, 2)), [])
    assert.deepEqual(climbs([server('attic/a.ts', 'keys/b.ts')]), ['attic/a.ts: attic is on no floor'])
    assert.deepEqual(climbs([server('apis/admin/a.ts', 'apis/moonshot/b.ts')]), [
      'apis/admin/a.ts → apis/moonshot/b.ts',
    ])
    assert.deepEqual(climbs([server('apis/admin/a.ts', 'apis/api.ts', 'keys/b.ts')]), [])
    assert.deepEqual(climbs([server('ledger/a.test.ts', 'apis/b.ts'), server('ledger/testing/a.ts', 'apis/b.ts')]), [])
  })

  it('see a package and a room of the core that nobody has thought of', () => {
    assert.deepEqual(unknownRooms([at('packages/attic/src/a.ts', ''), at('packages/core/src/attic/a.ts', '')]), [
      'packages/attic: no rule knows it',
      'packages/core/src/attic: no rule knows it',
    ])
  })

  it('see a way round the names of packages, and one round the floors', () => {
    const paths = [
      importing('packages/server/src/main.ts', 'packages/core/src/routing/index.ts'),
      importing('packages/cli/src/main.ts', 'packages/server/src/ledger/ledger.ts'),
      importing('packages/server/src/ledger/a.ts', '@moonbase/server/admin'),
    ]
    assert.deepEqual(aroundNames(paths), [
      'packages/server/src/main.ts → packages/core/src/routing/index.ts',
      'packages/cli/src/main.ts → packages/server/src/ledger/ledger.ts',
      'packages/server/src/ledger/a.ts → @moonbase/server/admin',
    ])
    assert.deepEqual(aroundNames([importing('packages/cli/src/main.ts', '@moonbase/server', 'node:fs')]), [])
  })

  it('see engines and dialects that know each other', () => {
    const offline = 'packages/core/src/engines/offline/index.ts'
    const known = importing('packages/core/src/engines/replay/a.ts', offline)
    assert.deepEqual(strangers([known]), [`packages/core/src/engines/replay/a.ts → ${offline}`])
    const moonshot = importing('packages/core/src/dialects/moonshot/a.ts', 'packages/core/src/dialects/other/b.ts')
    assert.deepEqual(strangers([moonshot]).length, 1)
    const shared = importing('packages/core/src/dialects/moonshot/a.ts', 'packages/core/src/dialects/dialect.ts')
    assert.deepEqual(strangers([shared]), [])
    const common = 'packages/core/src/dialects/chat-completions/index.ts'
    const family = importing('packages/core/src/dialects/moonshot/a.ts', common)
    assert.deepEqual(strangers([family]), [])
    const upward = importing(common, 'packages/core/src/dialects/moonshot/a.ts')
    assert.equal(strangers([upward]).length, 1)
  })

  it('see a file without a sentence, one with a bad name and one that is too long', () => {
    const path = 'packages/server/src/usage/a.ts'
    for (const text of [
      '',
      "import 'node:fs'\n",
      '/** */\n',
      '/** @internal */\n',
      '// What it is, to nobody.\n',
      '/** A. */\n',
    ])
      assert.deepEqual(silent([{ path, text, imports: [] }]), [path], text)
    assert.deepEqual(
      silent([{ path, text: '#!/usr/bin/env node\n/**\n * What it is, in words.\n */\n', imports: [] }]),
      [],
    )
    for (const name of ['fooBar.ts', 'foo_bar.ts', 'utils.ts', 'helper.ts', 'types.ts', 'a.js', 'a.tsx', 'a.spec.ts'])
      assert.deepEqual(badNames([at(`packages/server/src/${name}`, '')]), [`packages/server/src/${name}`])
    assert.deepEqual(long([{ path, text: 'x\n'.repeat(300), imports: [] }]), [])
    assert.deepEqual(long([{ path, text: 'x\n'.repeat(301), imports: [] }]), [`${path}: 301 lines`])
    assert.deepEqual(long([{ path, text: 'x\n'.repeat(300) + 'x', imports: [] }]), [`${path}: 301 lines`])
  })

  it('see every way to import', () => {
    const ways = [
      "import { a } from 'node:a'",
      "import {\n  b,\n} from '../usage/b.ts'",
      "import 'c'",
      "export * from 'd'",
      'export type { E } from "e"',
      "const f = await import('f')",
      "const g = createRequire(import.meta.url)('g'); require('g')",
      "new Worker(new URL('h.ts', import.meta.url)); new URL('./h.ts', import.meta.url)",
      "type I = import('i').I",
      "import.meta.resolve('j')",
    ]
    const found = importsOf('packages/server/src/keys/a.ts', ways.join('\n'))
    assert.deepEqual(found, [
      'node:a',
      'packages/server/src/usage/b.ts',
      'c',
      'd',
      'e',
      'f',
      'g',
      'packages/server/src/keys/h.ts',
      'i',
      'j',
    ])
  })
})
