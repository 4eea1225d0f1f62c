/** Markdown as data: blocks and what stands in them. Parts make elements of it; nothing in it is markup. */

export type Inline =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'code'; readonly text: string }
  | { readonly kind: 'break' }
  | { readonly kind: 'strong' | 'emphasis' | 'deleted'; readonly children: readonly Inline[] }
  /** `http`, `https` or `mailto`, and `host` is where it leads. Everything else is text. */
  | { readonly kind: 'link'; readonly href: string; readonly host: string; readonly children: readonly Inline[] }
  /** A picture is never fetched: its address is shown, as a link where `host` is there. */
  | { readonly kind: 'picture'; readonly href: string; readonly host?: string; readonly alt: string }

export type Cells = readonly (readonly Inline[])[]

export interface Item {
  /** Of a task list. */
  readonly checked?: boolean
  readonly blocks: readonly Body[]
}

export type Body =
  | { readonly kind: 'paragraph'; readonly children: readonly Inline[] }
  | { readonly kind: 'heading'; readonly level: 1 | 2 | 3 | 4 | 5 | 6; readonly children: readonly Inline[] }
  | {
      readonly kind: 'code'
      readonly language: string
      /** At most 40 lines each; only the last one of an open block grows. Joined they are the code. */
      readonly pieces: readonly string[]
      readonly lines: number
      readonly closed: boolean
    }
  | { readonly kind: 'quote'; readonly blocks: readonly Body[] }
  | { readonly kind: 'list'; readonly start?: number; readonly items: readonly Item[] }
  | {
      readonly kind: 'table'
      readonly align: readonly ('left' | 'right' | 'center' | null)[]
      readonly header: Cells
      /** At most 40 rows each; only the last one of an open table grows. */
      readonly pieces: readonly (readonly Cells[])[]
    }
  | { readonly kind: 'rule' }

/** A block of an answer. The same object for as long as its source is the same. */
export interface Block {
  /** Its place: a key for parts. */
  readonly key: number
  /** Where it begins in the text, in UTF-16 units. */
  readonly from: number
  readonly source: string
  readonly body: Body
}
