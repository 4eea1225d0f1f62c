/** What is mutated, and the scratch copy in which it is: nobody's working tree holds a mutant, not even for a moment. */

import { cpSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** The folders that the score is of. */
export const FOLDERS = [
  'packages/core/src/routing',
  'packages/core/src/contract',
  'packages/server/src/inference',
  'packages/server/src/admission',
  'packages/server/src/ledger',
  'packages/server/src/store',
  'packages/server/src/http',
] as const
export type Folder = (typeof FOLDERS)[number]

export function folderOf(file: string): Folder {
  const folder = FOLDERS.find((each) => file.startsWith(`${each}/`))
  if (folder === undefined) throw new Error(`${file} is in none of the folders`)
  return folder
}

/** Relative paths, sorted. */
export function sourcesIn(folder: Folder): string[] {
  return filesBelow(folder).filter((file) => !file.endsWith('.test.ts') && !file.includes('/testing/'))
}

/**
 * The tests beside the code, of the packages that the folders are in. What `test/` alone would notice, end to end, counts as
 * unnoticed: it is told too late there.
 */
export function testFiles(): string[] {
  return ['packages/core/src', 'packages/server/src'].flatMap(filesBelow).filter((file) => file.endsWith('.test.ts'))
}

function filesBelow(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length))
    .filter((file) => !file.split('/').includes('node_modules'))
    .toSorted()
}

/** Copies of what tests read, with the installed packages beside them, and our own packages from the copy itself. */
export function copyTo(scratch: string): void {
  for (const name of ['package.json', 'tsconfig.json', 'README.md', 'docs', 'test', 'bench']) {
    cpSync(join(ROOT, name), join(scratch, name), { recursive: true, filter: isOwn })
  }
  cpSync(join(ROOT, 'packages'), join(scratch, 'packages'), { recursive: true, filter: isOwn })
  linkAll(join(ROOT, 'node_modules'), join(scratch, 'node_modules'), ['@moonbase', '.cache'])
  for (const name of readdirSync(join(ROOT, 'packages'))) {
    const link = join(scratch, 'node_modules/@moonbase', name)
    mkdirSync(dirname(link), { recursive: true })
    symlinkSync(join(scratch, 'packages', name), link)
    linkAll(join(ROOT, 'packages', name, 'node_modules'), join(scratch, 'packages', name, 'node_modules'), [])
  }
}

function isOwn(path: string): boolean {
  return !path.split('/').includes('node_modules')
}

function linkAll(from: string, to: string, except: readonly string[]): void {
  let names: string[]
  try {
    names = readdirSync(from)
  } catch {
    // This package has none of its own.
    return
  }
  mkdirSync(to, { recursive: true })
  for (const name of names) if (!except.includes(name)) symlinkSync(join(from, name), join(to, name))
}
