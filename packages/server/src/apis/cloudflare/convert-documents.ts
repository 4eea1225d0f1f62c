/**
 * `toMarkdown`: documents in, Markdown out. Web pages and text are read here; every other format comes back as an error of its own
 * document, in Cloudflare's form for one that cannot be read, and the others are converted all the same.
 */

import type { TokenCounter } from '@moonbase/core/generation'
import { apiError, isFields } from '@moonbase/protocol'
import type { KeyAccount } from '../../accounts/accounts.ts'
import type { ExtractionThread } from '../../extraction/extraction-thread.ts'
import type { HtmlWishes } from '../../extraction/html-to-markdown.ts'
import type { Exchange } from '../../http/exchange.ts'
import type { AnswerServices } from '../start-answer.ts'
import type { Caller } from '../api.ts'
import { wireRequest } from '../wire-request.ts'
import { readForm } from './read-form.ts'
import { sendPlain } from './refusals.ts'

export interface MarkdownServices extends Pick<AnswerServices, 'parsing'> {
  readonly extraction: Pick<ExtractionThread, 'page'>
  readonly counter: Pick<TokenCounter, 'countTextAside'>
}

/** One document as it was sent. */
export interface SentDocument {
  readonly name: string
  /** With its parameters; '' where nobody said it. */
  readonly mimeType: string
  readonly bytes: Uint8Array
}

type Converted =
  | { id: string; name: string; mimeType: string; format: 'markdown' | 'text'; tokens: number; data: string }
  | { id: string; name: string; mimeType: string; format: 'error'; error: string }

type Reads = 'page' | 'text'

const FORMATS: readonly { readonly mimeType: string; readonly extension: string; readonly reads: Reads }[] = [
  { mimeType: 'text/html', extension: '.html', reads: 'page' },
  { mimeType: 'text/html', extension: '.htm', reads: 'page' },
  { mimeType: 'application/xhtml+xml', extension: '.xhtml', reads: 'page' },
  { mimeType: 'text/plain', extension: '.txt', reads: 'text' },
  { mimeType: 'text/markdown', extension: '.md', reads: 'text' },
]

const MOST_DOCUMENTS = 64
/** Of one document. */
const MOST_BYTES = 8 * 1024 * 1024

export function supportedFormats(): { mimeType: string; extension: string }[] {
  return FORMATS.map(({ mimeType, extension }) => ({ mimeType, extension }))
}

/** `POST /to-everything/markdown/transformer`: `{files: [{name, mimeType, data}], options?}`, with the bytes in base64. */
export function bindingMarkdown(services: MarkdownServices) {
  return async (exchange: Exchange, { key, parameters }: Caller<KeyAccount>): Promise<void> => {
    const wire = await wireRequest(exchange, key.organisation, parameters, services.parsing)
    const body = wire.body()
    if (!isFields(body) || !Array.isArray(body['files'])) throw invalid('files must be an array')
    const documents = body['files'].map(readFile)
    const result = await convert(documents, wishesOf(body['options']), exchange, key, services)
    sendPlain(exchange, 200, { result })
  }
}

/** `POST …/ai/tomarkdown`: a form with one or more `files`, and `conversionOptions` as JSON. */
export function restMarkdown(services: MarkdownServices, send: (exchange: Exchange, result: unknown) => void) {
  return async (exchange: Exchange, { key }: Caller<KeyAccount>): Promise<void> => {
    const { documents, options } = await readForm(exchange)
    send(exchange, await convert(documents, wishesOf({ conversionOptions: options }), exchange, key, services))
  }
}

async function convert(
  documents: readonly SentDocument[],
  wishes: HtmlWishes,
  exchange: Exchange,
  { organisation: owner }: KeyAccount,
  { extraction, counter }: MarkdownServices,
): Promise<Converted[]> {
  if (documents.length > MOST_DOCUMENTS) throw invalid(`files: at most ${MOST_DOCUMENTS} documents at once`)
  const { signal } = exchange
  const converted: Converted[] = []
  for (const [index, document] of documents.entries()) {
    const mimeType = mimeOf(document)
    const named = { id: `${exchange.id}-${index}`, name: document.name, mimeType }
    const refusal = whyNot(document, mimeType)
    if (refusal !== undefined) {
      converted.push({ ...named, format: 'error', error: refusal })
      continue
    }
    const text = decodeText(document)
    const report = readsOf(mimeType) === 'page' ? await extraction.page(text, wishes, { owner, signal }) : { text }
    if ('unreadable' in report) {
      converted.push({ ...named, format: 'error', error: `the document could not be read: ${report.unreadable}` })
      continue
    }
    const tokens = await counter.countTextAside(report.text, { owner, signal })
    converted.push({ ...named, format: wishes.format, tokens, data: report.text })
  }
  return converted
}

/** Why a document is not converted, to be said of it alone. */
function whyNot({ bytes }: SentDocument, mimeType: string): string | undefined {
  if (bytes.length > MOST_BYTES) return `the document is larger than ${MOST_BYTES / 1024 / 1024} MB`
  if (readsOf(mimeType) !== undefined) return undefined
  const known = [...new Set(FORMATS.map((format) => format.mimeType))].join(', ')
  return `${mimeType === '' ? 'a format that is not named' : mimeType} is not converted by this server, which converts ${known}`
}

function readsOf(mimeType: string): Reads | undefined {
  return FORMATS.find((format) => format.mimeType === mimeType)?.reads
}

/** As it was said, without parameters; else by the name. */
function mimeOf({ name, mimeType }: SentDocument): string {
  const said = (mimeType.split(';')[0] ?? '').trim().toLowerCase()
  if (said !== '' && said !== 'application/octet-stream') return said
  const lower = name.toLowerCase()
  return FORMATS.find(({ extension }) => lower.endsWith(extension))?.mimeType ?? said
}

function decodeText({ mimeType, bytes }: SentDocument): string {
  const [, charset = 'utf-8'] = /;\s*charset="?([\w.:-]{1,40})/i.exec(mimeType) ?? []
  try {
    return new TextDecoder(charset).decode(bytes)
  } catch {
    // A name that nobody has for anything: what most are is the best guess.
    return new TextDecoder().decode(bytes)
  }
}

function readFile(file: unknown, index: number): SentDocument {
  const at = `files[${index}]`
  if (!isFields(file)) throw invalid(`${at} must be an object`)
  const { name, mimeType = '', data } = file
  if (typeof name !== 'string') throw invalid(`${at}.name must be a string`)
  if (typeof mimeType !== 'string') throw invalid(`${at}.mimeType must be a string`)
  if (typeof data !== 'string') throw invalid(`${at}.data must be a string of base64`)
  return { name, mimeType, bytes: Buffer.from(data, 'base64') }
}

/** Of `{conversionOptions: {output: {format}, html: {hostname, cssSelector}}}`; what concerns other formats is let be. */
function wishesOf(options: unknown): HtmlWishes {
  const conversion = fieldsAt(options, 'conversionOptions')
  const html = fieldsAt(conversion, 'html')
  const format = fieldsAt(conversion, 'output')['format'] ?? 'markdown'
  if (format !== 'markdown' && format !== 'text') throw invalid('output.format must be "markdown" or "text"')
  const { hostname, cssSelector } = html
  return {
    format,
    ...(typeof hostname === 'string' && hostname !== '' ? { base: hostname } : {}),
    ...(typeof cssSelector === 'string' && cssSelector !== '' ? { selector: cssSelector } : {}),
  }
}

function fieldsAt(value: unknown, name: string): Readonly<Record<string, unknown>> {
  const inside = isFields(value) ? value[name] : undefined
  return isFields(inside) ? inside : {}
}

function invalid(details: string): Error {
  return apiError('invalid_request', { details })
}
