/** What stands in a line of Markdown, from `marked`'s tokens to data. No token becomes markup, and no address is followed. */

import type { Token, Tokens } from 'marked'
import type { Inline } from './block.ts'
import { is } from './token-kind.ts'

/** Deeper than anybody writes: what is deeper is shown as it stands. */
const MOST_DEPTH = 16

export function readInline(tokens: readonly Token[], depth = 0): Inline[] {
  const all: Inline[] = []
  for (const token of tokens) {
    // Said by the item that it stands in.
    if (is(token, 'checkbox')) continue
    const one = readToken(token, depth)
    const last = all.at(-1)
    if (one.kind === 'text' && last?.kind === 'text') all.splice(-1, 1, { kind: 'text', text: last.text + one.text })
    else all.push(one)
  }
  return all
}

function readToken(token: Token, depth: number): Inline {
  if (depth < MOST_DEPTH) {
    if (is(token, 'text')) return { kind: 'text', text: withoutEntities(token.text) }
    if (is(token, 'escape')) return { kind: 'text', text: token.text }
    if (is(token, 'codespan')) return { kind: 'code', text: token.text }
    if (is(token, 'br')) return { kind: 'break' }
    if (is(token, 'strong')) return { kind: 'strong', children: readInline(token.tokens, depth + 1) }
    if (is(token, 'em')) return { kind: 'emphasis', children: readInline(token.tokens, depth + 1) }
    if (is(token, 'del')) return { kind: 'deleted', children: readInline(token.tokens, depth + 1) }
    if (is(token, 'link')) return linkOf(token, depth)
    if (is(token, 'image')) return pictureOf(token)
  }
  // Markup of a model is text of a model.
  return { kind: 'text', text: token.raw }
}

function linkOf({ href, raw, tokens }: Tokens.Link, depth: number): Inline {
  const host = hostOf(href)
  if (host === undefined) return { kind: 'text', text: raw }
  return { kind: 'link', href, host, children: readInline(tokens, depth + 1) }
}

function pictureOf({ href, text }: Tokens.Image): Inline {
  const host = hostOf(href)
  return { kind: 'picture', href, alt: withoutEntities(text), ...(host !== undefined && { host }) }
}

const WEB = /^https?:\/\/([^/?#\\]+)/i
const MAIL = /^mailto:([^?#]+)/i
/** White space, control characters and marks that turn the direction of text round: an address that hides where it leads. */
// oxlint-disable-next-line no-control-regex -- these are what is looked for
const HIDING = /[\u0000-\u0020\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/

/** Where an address leads; `undefined`: nowhere that a link may lead. */
export function hostOf(href: string): string | undefined {
  if (HIDING.test(href)) return undefined
  const mail = MAIL.exec(href)?.[1]
  if (mail !== undefined) return mail
  // What stands before an @ is a name, and not where it leads.
  return WEB.exec(href)?.[1]?.split('@').at(-1) || undefined
}

const NAMED: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: '\u00a0',
  ndash: '–',
  mdash: '—',
  hellip: '…',
  copy: '©',
  times: '×',
  rarr: '→',
  larr: '←',
}
const ENTITY = /&([a-zA-Z]{2,8});/g

/** Those that models write; any other stays as it stands. Numbers are read by the lexer. */
function withoutEntities(text: string): string {
  return text.replace(ENTITY, (whole, name: string) => NAMED[name] ?? whole)
}
