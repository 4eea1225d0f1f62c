/** The task that every agent is given, and whether it has been done: a file to read and to change, and a command to run. */

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export const FILE = 'notes.txt'
export const BEFORE = 'TODO'
export const AFTER = 'DONE'
export const COMMAND = 'cat notes.txt > ran.txt'
export const PROMPT = `Read ${FILE}, change ${BEFORE} to ${AFTER} in it with your editing tool, then run the command: ${COMMAND}`

const COPY = 'ran.txt'
const text = (word: string): string => `status: ${word}\n`

export function layOut(work: string): void {
  writeFileSync(join(work, FILE), text(BEFORE))
}

/** What of the task is not there on the disk. */
export function undone(work: string): readonly string[] {
  const wrong: string[] = []
  if (contentOf(join(work, FILE)) !== text(AFTER)) wrong.push(`${FILE} is not edited`)
  if (contentOf(join(work, COPY)) !== text(AFTER)) wrong.push('the command has no effect')
  return wrong
}

function contentOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
