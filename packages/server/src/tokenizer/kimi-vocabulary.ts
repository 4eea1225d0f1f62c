/** The one vocabulary of the Kimi K2 family: where its maker publishes it, and how to know it. */

export const VOCABULARY_FILE = 'tiktoken.model'

/** What the file must be, byte for byte. */
export interface VocabularyPin {
  readonly bytes: number
  /** In hexadecimal. */
  readonly sha256: string
}

/**
 * `tiktoken.model` of moonshotai/Kimi-K2.5 at a fixed revision. The same file, by its hash, is that of Kimi K2, K2.6 and
 * the vendor verifier. It is Moonshot's and not ours to ship: it is fetched by whoever runs a server.
 */
export const KIMI_VOCABULARY = {
  url: `https://huggingface.co/moonshotai/Kimi-K2.5/resolve/4d01dfe0332d63057c186e0b262165819efb6611/${VOCABULARY_FILE}`,
  bytes: 2_795_286,
  sha256: 'b6c497a7469b33ced9c38afb1ad6e47f03f5e5dc05f15930799210ec050c5103',
} as const satisfies VocabularyPin & { url: string }
