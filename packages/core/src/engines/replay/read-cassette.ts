/** From the lines of a cassette to its recordings. Whatever does not fit the form is named, with its file and line. */

import { CASSETTE_LIMITS, CASSETTE_VERSION, type Cassette, type Recording } from './cassette.ts'
import { CassetteError, LineError } from './cassette-error.ts'
import { fieldsOf, known, matching } from './line-fields.ts'
import { readRecording } from './read-recording.ts'
import type { Sha256 } from './recorded-request.ts'
import { keyOf } from './request-key.ts'

/** After so many mistakes no more are looked for. */
const MOST_PROBLEMS = 20

/** @throws CassetteError with a line for each mistake. What reading the lines throws is passed on. */
export async function readCassette(
  name: string,
  lines: AsyncIterable<string> | Iterable<string>,
  sha256: Sha256,
): Promise<Cassette> {
  const recordings: Recording[] = []
  const problems: string[] = []
  let number = 0
  for await (const line of lines) {
    number += 1
    try {
      const value = parseLine(line)
      if (number === 1) checkHeader(value)
      else recordings.push(await checkedRecording(value, sha256))
      if (recordings.length > CASSETTE_LIMITS.recordings) {
        throw new LineError(`is one recording too many: a cassette holds ${CASSETTE_LIMITS.recordings}`)
      }
    } catch (error) {
      if (!(error instanceof LineError)) throw error
      problems.push(`${name}:${number}: ${error.message}`)
      // Without a header of ours the other lines are something else, and one too many is not the last.
      if (number === 1 || problems.length >= MOST_PROBLEMS || recordings.length > CASSETTE_LIMITS.recordings) break
    }
  }
  if (number === 0) problems.push(`${name}: is empty; the first line of a cassette is its header`)
  if (problems.length > 0) throw new CassetteError(problems)
  return { name, recordings }
}

function parseLine(line: string): unknown {
  if (line.length > CASSETTE_LIMITS.lineCharacters) {
    throw new LineError(`has more than ${CASSETTE_LIMITS.lineCharacters} characters`)
  }
  try {
    return JSON.parse(line)
  } catch {
    // The parser's own words would quote what somebody said.
    throw new LineError('is no JSON; a recording that was killed may leave half a line at the end, to be removed')
  }
}

function checkHeader(value: unknown): void {
  const at = 'the header'
  const header = fieldsOf(value, at)
  if (header['moonbase'] !== 'cassette') throw new LineError('is not the header of a cassette')
  if (header['version'] !== CASSETTE_VERSION) {
    throw new LineError(`is of a version that is not known here; this one reads version ${CASSETTE_VERSION}`)
  }
  known(header, ['moonbase', 'version', 'recorded'], at)
}

async function checkedRecording(value: unknown, sha256: Sha256): Promise<Recording> {
  const recording = readRecording(value)
  const key = await keyOf(recording.request, 'exact', sha256)
  matching(recording.key === key, 'key', 'is not the key of this request; take both as they were recorded')
  return recording
}
