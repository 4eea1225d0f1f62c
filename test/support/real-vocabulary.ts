/** Where tests and benches find the model's own vocabulary, which is not ours to ship. */

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'

/** `skip` says why a test that needs it does not run. */
export function realVocabulary(): { readonly bytes: Uint8Array } | { readonly skip: string } {
  const named = process.env['MOONBASE_TOKENIZER']
  const folder = process.env['MOONBASE_SHARED']
  const path = named ?? (folder === undefined ? undefined : join(folder, 'data', 'tokenizer', 'tiktoken.model'))
  if (path === undefined) return { skip: 'needs the vocabulary: set MOONBASE_TOKENIZER to a tiktoken.model of Kimi K2' }
  if (!existsSync(path)) return { skip: `needs the vocabulary: there is none at ${path}` }
  return { bytes: readFileSync(path) }
}
