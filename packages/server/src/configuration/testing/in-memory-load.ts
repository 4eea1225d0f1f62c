/** For tests: loading a configuration from files that exist in memory alone. */

import { type LoadOptions, loadConfiguration } from '../load-configuration.ts'
import type { Configuration, StartArguments } from '../configuration.ts'
import { StartError } from '../../records/start-error.ts'

export interface Situation {
  /** By absolute path. A lone text stands for `/srv/moonbase.yaml`. */
  readonly files?: string | Readonly<Record<string, string>>
  readonly environment?: Readonly<Record<string, string>>
  readonly arguments?: StartArguments
  readonly look?: LoadOptions['look']
}

export const CWD = '/srv'

/** @returns how files are read in this situation */
export function reader(files: Situation['files']): (path: string) => Promise<string> {
  const all = typeof files === 'string' ? { '/srv/moonbase.yaml': files } : (files ?? {})
  return async (path) => {
    const text = all[path]
    if (text === undefined) throw Object.assign(new Error(`no ${path}`), { code: 'ENOENT' })
    return text
  }
}

export function load({ files, environment = {}, arguments: given = {}, look }: Situation): Promise<Configuration> {
  const options = { arguments: given, environment, cwd: CWD, readFile: reader(files), mayOthersRead: () => false }
  return loadConfiguration({ ...options, ...(look !== undefined && { look }) })
}

/** The lines of the error that loading ends with. */
export async function mistakes(situation: Situation): Promise<readonly string[]> {
  try {
    await load(situation)
  } catch (error) {
    if (error instanceof StartError) return error.lines
    throw error
  }
  return []
}
