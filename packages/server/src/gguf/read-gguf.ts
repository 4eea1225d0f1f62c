/** Reads what a GGUF file says about its model, and refuses what is none before llama.cpp is asked to load it. */

import { open, stat } from 'node:fs/promises'
import path from 'node:path'
import type { GgufFileInfo } from 'node-llama-cpp'
import { GgufError } from './gguf-error.ts'

export interface GgufFile {
  readonly path: string
  readonly info: GgufFileInfo
  /** Of all parts together. */
  readonly bytes: number
  readonly architecture: string
  /** What it calls itself, such as `Kimi-K2.5`. */
  readonly title: string | undefined
  /** In the form of the file: GPT-2's printable bytes, special tokens by their names. */
  readonly tokens: readonly string[]
  readonly tokenTypes: readonly number[]
  /** How texts are cut before merging, such as `kimi-k2`. */
  readonly preTokenizer: string | undefined
  readonly chatTemplate: string | undefined
  /** Tokens. */
  readonly trainedContext: number | undefined
}

/** Models too large for one file come in parts; llama.cpp finds the others beside the first. */
const PART = /-(\d{5})-of-(\d{5})\.gguf$/

/** Rejects with a `GgufError` of the kinds `missing`, `not-gguf` and `broken`. */
export async function readGguf(file: string): Promise<GgufFile> {
  const part = PART.exec(file)?.[1]
  if (part !== undefined && part !== '00001') {
    const first = file.replace(PART, '-00001-of-$2.gguf')
    throw new GgufError('missing', `${file} is a later part of a model: name its first part, ${first}`)
  }
  await checkMagic(file)
  const info = await readInfo(file)
  const { general, tokenizer } = info.metadata
  // A head that was cut within its first entries reads as one that has none.
  if (typeof general?.architecture !== 'string')
    throw new GgufError('broken', `${file} is a broken GGUF file: it names no architecture`)
  return {
    path: file,
    info,
    bytes: await checkSizes(file, info),
    architecture: general.architecture,
    title: general.name ?? general.basename,
    tokens: tokenizer?.ggml?.tokens ?? [],
    tokenTypes: tokenizer?.ggml?.token_type ?? [],
    preTokenizer: tokenizer?.ggml?.pre,
    chatTemplate: tokenizer?.chat_template,
    trainedContext: info.architectureMetadata.context_length,
  }
}

async function checkMagic(file: string): Promise<void> {
  const bytes = Buffer.alloc(4)
  try {
    const handle = await open(file)
    try {
      await handle.read(bytes, 0, 4, 0)
    } finally {
      await handle.close()
    }
  } catch (error) {
    throw unreadable(file, error)
  }
  if (bytes.toString('latin1') !== 'GGUF') throw new GgufError('not-gguf', `${file} is not a GGUF file`)
}

async function readInfo(file: string): Promise<GgufFileInfo> {
  const { readGgufFileInfo } = await import('node-llama-cpp')
  try {
    // Merges follow from the order of the tokens, and are the half of the metadata.
    return await readGgufFileInfo(file, {
      sourceType: 'filesystem',
      ignoreKeys: ['tokenizer.ggml.merges'],
      logWarnings: false,
    })
  } catch (error) {
    if (isMissing(error)) throw unreadable(file, error)
    throw new GgufError('broken', `${file} is a broken GGUF file: its head cannot be read`, error)
  }
}

/** A download that was cut short shows in tensors that lie behind the end of their file. */
async function checkSizes(file: string, info: GgufFileInfo): Promise<number> {
  const tensors = info.fullTensorInfo ?? info.tensorInfo ?? []
  let total = 0
  for (const [index, part] of partsOf(file, info.splicedParts).entries()) {
    const size = await sizeOf(part)
    const last = tensors
      .filter((tensor) => info.splicedParts === 1 || tensor.filePart === index + 1)
      .reduce((furthest, { fileOffset }) => Math.max(furthest, Number(fileOffset)), 0)
    if (size <= last) {
      throw new GgufError('broken', `${part} is cut short: it has ${size} bytes, and its weights go on behind ${last}`)
    }
    total += size
  }
  return total
}

function partsOf(file: string, count: number): readonly string[] {
  if (count <= 1) return [file]
  return Array.from({ length: count }, (_, index) =>
    file.replace(PART, (_match, _part, of: string) => `-${String(index + 1).padStart(5, '0')}-of-${of}.gguf`),
  )
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size
  } catch (error) {
    throw unreadable(file, error)
  }
}

function unreadable(file: string, error: unknown): GgufError {
  const named = error instanceof Error && 'path' in error && typeof error.path === 'string' ? error.path : file
  const reason = isMissing(error) ? 'there is no such file' : error instanceof Error ? error.message : String(error)
  return new GgufError('missing', `cannot read the model ${path.normalize(named)}: ${reason}`, error)
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')
}
