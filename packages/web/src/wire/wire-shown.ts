/** What went over the wire, as the API tab prints it: lines of text, kinds and times; whose dialect it is, is no longer known here. */

/** `data` kinds have a colour of their own in the timeline; anything else is drawn as what merely passed. */
export type WireKind =
  | 'role'
  | 'reasoning'
  | 'text'
  | 'tool'
  | 'seam'
  | 'finish'
  | 'usage'
  | 'receipt'
  | 'comment'
  | 'done'
  | 'error'
  | 'other'

export interface WireEventShown {
  readonly key: number
  /** Its number on the wire; a comment has none. */
  readonly n: number | null
  /** Ms since Run. */
  readonly ms: number
  readonly kind: WireKind
  readonly says: string
  /** As it came. */
  readonly raw: string
  readonly bytes: number
}

export interface HeaderShown {
  readonly name: string
  readonly value: string
  /** What it means, where it is one of ours. */
  readonly meaning?: string
}

export interface WireShown {
  readonly method: string
  readonly address: string
  readonly requestHeaders: readonly HeaderShown[]
  readonly requestBody: string
  readonly status: number | null
  readonly responseHeaders: readonly HeaderShown[]
  /** Of a whole reply; a stream has events instead. */
  readonly responseBody: string
  readonly events: readonly WireEventShown[]
  readonly bytes: number
  /** Bytes that are no longer kept. */
  readonly dropped: number
  readonly ms: number
  readonly alive: boolean
}

export interface WireDownloads {
  readonly sse: () => void
  readonly har: () => void
}
