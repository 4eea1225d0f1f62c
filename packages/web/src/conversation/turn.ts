/** One turn of a conversation: what a person wrote, or an answer with the runs that made it. */

import type { EpochMs, RunId, TurnId } from './event.ts'

export type Role = 'system' | 'user' | 'assistant' | 'tool'

export type Part =
  | { readonly kind: 'text'; readonly text: string }
  /** A file of the person's own, kept once by its digest. */
  | {
      readonly kind: 'media'
      readonly media: 'image' | 'video'
      /** SHA-256 of its bytes, hex. */
      readonly digest: string
      readonly name: string
      readonly mime: string
      readonly bytes: number
      readonly width?: number
      readonly height?: number
    }
  /** A file that the server has, or an address, as the request has it. */
  | { readonly kind: 'address'; readonly media: 'image' | 'video'; readonly address: string }

export interface Turn {
  readonly id: TurnId
  readonly parent: TurnId | null
  readonly role: Role
  readonly parts: readonly Part[]
  /** Of a tool's result: the id of the call that it answers. */
  readonly answers?: string
  readonly on: boolean
  readonly at: EpochMs
  /** The first made it; each further one goes on where the one before it ended. Empty: written by hand. */
  readonly runs: readonly RunId[]
}
