/** `moonbase tokenizer`: fetching the model's vocabulary, saying which one would be used, and counting with it. */

import type { Terminal } from './terminal.ts'

/** Where the vocabulary may be; as for `moonbase serve`. */
export interface PlaceFlags {
  readonly config?: string
  readonly data?: string
}

export interface PullFlags extends PlaceFlags {
  readonly from?: string
  readonly force?: true
}

export interface CountFlags extends PlaceFlags {
  readonly ids?: true
}

/** @throws StartError when the vocabulary could not be fetched or stored */
export async function pullTokenizer({ from, force, ...places }: PullFlags, terminal: Terminal): Promise<void> {
  const { dataFolder, tokenizer } = await placesOf(places, terminal)
  const { pullVocabulary } = await loadTokenizer()
  const progress = progressLine(terminal)
  try {
    const { path, fetched } = await pullVocabulary({
      dataFolder,
      environment: terminal.environment,
      onProgress: progress.show,
      force: force === true,
      ...(from === undefined ? {} : { from }),
    })
    progress.end()
    terminal.writeOut(fetched ? `stored ${path}\n` : `${path} is there already, and is the right one\n`)
    if (tokenizer !== undefined && tokenizer !== path) {
      terminal.writeErr(`note: the configuration names ${tokenizer}, which a server takes before this one\n`)
    }
  } finally {
    progress.end()
  }
}

/** @throws StartError as a start would */
export async function tokenizerStatus(places: PlaceFlags, terminal: Terminal): Promise<void> {
  const { startLine, description } = await opened(places, terminal)
  terminal.writeOut(`${startLine}\n`)
  terminal.writeOut(`source: ${description.source}\n`)
  if (description.sha256 !== undefined) terminal.writeOut(`SHA-256: ${description.sha256}\n`)
}

/** @throws StartError as a start would, and when ids are wanted that only the real vocabulary has */
export async function countTokens(words: readonly string[], flags: CountFlags, terminal: Terminal): Promise<void> {
  const { ids, ...places } = flags
  const { tokenizer, description } = await opened(places, terminal)
  if (ids === true && !description.exact) {
    throw await startError('--ids needs the vocabulary; `moonbase tokenizer pull` fetches it')
  }
  const text = words.length === 1 && words[0] === '-' ? await input(terminal) : words.join(' ')
  terminal.writeOut(`${ids === true ? tokenizer().encode(text).join(' ') : tokenizer().count(text)}\n`)
  if (!description.exact) {
    terminal.writeErr('approximate: there is no vocabulary; `moonbase tokenizer pull` fetches it\n')
  }
}

/** More text than any prompt may have. */
const MOST_INPUT_BYTES = 100 * 1024 * 1024

async function input(terminal: Terminal): Promise<string> {
  try {
    return await terminal.readIn(MOST_INPUT_BYTES)
  } catch (error) {
    throw error instanceof Error && 'code' in error && error.code === 'EFBIG'
      ? await startError('stdin holds more than 100 MiB, which is the most that is counted')
      : error
  }
}

async function opened(places: PlaceFlags, terminal: Terminal) {
  const { openTokenizer } = await loadTokenizer()
  return openTokenizer(await placesOf(places, terminal))
}

/** As a server would find them, with its command line, environment and file. */
async function placesOf(places: PlaceFlags, terminal: Terminal) {
  const { loadConfiguration } = await import('@moonbase/server/configuration')
  return loadConfiguration({ arguments: { ...places }, environment: terminal.environment })
}

async function startError(line: string): Promise<Error> {
  const { StartError } = await import('@moonbase/server/configuration')
  return new StartError(line)
}

function loadTokenizer() {
  return import('@moonbase/server/tokenizer')
}

/** One line that is written over, for whoever watches. */
function progressLine(terminal: Terminal) {
  let percent = -1
  let drawn = false
  return {
    show: (received: number, total: number): void => {
      const now = Math.floor((received / total) * 100)
      if (!terminal.watched || now === percent) return
      percent = now
      drawn = true
      terminal.writeErr(`\rfetching the vocabulary: ${String(percent).padStart(3)} % of ${(total / 1e6).toFixed(1)} MB`)
    },
    end: (): void => {
      if (drawn) terminal.writeErr('\n')
      drawn = false
    },
  }
}
