/** What stands in a line of Markdown, from `marked`'s tokens to data. No token becomes markup, and no address is followed. */

import type { Token } from 'marked'
import type { Inline } from './block.ts'

/** Deeper than anybody writes: what is deeper is shown as it stands. */
const MOST_DEPTH = 16

export function readInline(tokens: readonly Token[] | undefined, depth = 0): Inline[] {
  const all: Inline[] = []
  for (const token of tokens ?? []) {
    // Said by the item that it stands in.
    if (token.type === 'checkbox') continue
    const one = readToken(token, depth)
    const last = all.at(-1)
    if (one.kind === 'text' && last?.kind === 'text') all.splice(-1, 1, { kind: 'text', text: last.text + one.text })
    else all.push(one)
  }
  return all
}

function readToken(token: Token, depth: number): Inline {
  const inside = (): Inline[] => readInline('tokens' in token ? token.tokens : undefined, depth + 1)
  if (depth >= MOST_DEPTH) return { kind: 'text', text: token.raw }
  switch (token.type) {
    case 'escape':
      return { kind: 'text', text: textOf(token) }
    case 'text':
      return { kind: 'text', text: withoutEntities(textOf(token)) }
    case 'strong':
      return { kind: 'strong', children: inside() }
    case 'em':
      return { kind: 'emphasis', children: inside() }
    case 'del':
      return { kind: 'deleted', children: inside() }
    case 'codespan':
      return { kind: 'code', text: textOf(token) }
    case 'br':
      return { kind: 'break' }
    case 'link':
      return linkOf(token, inside())
    case 'image':
      return pictureOf(token)
    default:
      // Markup of a model is text of a model.
      return { kind: 'text', text: token.raw }
  }
}

const textOf = (token: Token): string => ('text' in token && typeof token.text === 'string' ? token.text : token.raw)
const hrefOf = (token: Token): string => ('href' in token && typeof token.href === 'string' ? token.href : '')

function linkOf(token: Token, children: readonly Inline[]): Inline {
  const href = hrefOf(token)
  const host = hostOf(href)
  return host === undefined ? { kind: 'text', text: token.raw } : { kind: 'link', href, host, children }
}

function pictureOf(token: Token): Inline {
  const href = hrefOf(token)
  const host = hostOf(href)
  return { kind: 'picture', href, alt: withoutEntities(textOf(token)), ...(host !== undefined && { host }) }
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
const ENTITY = /&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|([a-zA-Z]{2,8}));/g

/** Those that models write, and all numbers; any other stays as it stands. */
function withoutEntities(text: string): string {
  if (!text.includes('&')) return text
  return text.replace(ENTITY, (whole, decimal?: string, hex?: string, name?: string) => {
    if (name !== undefined) return NAMED[name] ?? whole
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)
    const isCharacter = code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff)
    return isCharacter ? String.fromCodePoint(code) : '\ufffd'
  })
}
