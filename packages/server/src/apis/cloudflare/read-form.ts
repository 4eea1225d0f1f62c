/** A form with files in it, as browsers and `curl -F` send one. */

import { apiError, apiErrorWith, parseJson } from '@moonbase/protocol'
import type { Exchange } from '../../http/exchange.ts'
import type { SentDocument } from './convert-documents.ts'

/** Of all its files. */
const MOST_FORM_BYTES = 32 * 1024 * 1024

export interface SentForm {
  readonly documents: readonly SentDocument[]
  /** Of its field `conversionOptions`. */
  readonly options: unknown
}

/** @throws ApiError for what is no form, has no `files`, or is too large */
export async function readForm(exchange: Pick<Exchange, 'header' | 'readBody'>): Promise<SentForm> {
  const type = exchange.header('content-type') ?? ''
  if (!/^multipart\/form-data\s*;/i.test(type)) {
    throw apiError('unsupported_content_type', { what: `type ${type.slice(0, 80)}`, instead: 'multipart/form-data' })
  }
  const form = await formOf(await exchange.readBody(MOST_FORM_BYTES), type)
  const documents: SentDocument[] = []
  for (const file of form.getAll('files')) {
    if (typeof file === 'string') throw apiError('invalid_request', { details: 'files must be files' })
    documents.push({ name: file.name, mimeType: file.type, bytes: new Uint8Array(await file.arrayBuffer()) })
  }
  if (documents.length === 0) throw apiError('invalid_request', { details: 'files is required' })
  return { documents, options: optionsOf(form.get('conversionOptions')) }
}

async function formOf(body: Uint8Array, type: string): Promise<FormData> {
  try {
    return await new Response(new Uint8Array(body), { headers: { 'content-type': type } }).formData()
  } catch (error) {
    throw apiErrorWith('invalid_request', { cause: error }, { details: 'the body is not a form' })
  }
}

function optionsOf(field: ReturnType<FormData['get']>): unknown {
  if (typeof field !== 'string') return undefined
  try {
    return parseJson(field)
  } catch (error) {
    throw apiErrorWith('invalid_request', { cause: error }, { details: 'conversionOptions is not valid JSON' })
  }
}
