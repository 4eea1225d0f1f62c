/** Whether a file is still the one that was read: what a look at it tells, without reading it. */

import { stat } from 'node:fs/promises'

/**
 * A text for each file, which is another one when the file was replaced or written to. That a file can not be looked at is
 * a mark too: whoever opens it then says why.
 */
export function fileMarks(paths: readonly string[]): Promise<string[]> {
  return Promise.all(
    paths.map(async (path) => {
      try {
        const { dev, ino, size, mtimeMs } = await stat(path)
        return [dev, ino, size, mtimeMs].join(' ')
      } catch (error) {
        return error instanceof Error && 'code' in error ? String(error.code) : String(error)
      }
    }),
  )
}
