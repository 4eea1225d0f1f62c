/** What stands within a paragraph: elements from the lexer's tokens, one by one. Markup in it is text, and nothing is ever fetched. */

import type { Token, Tokens } from 'marked'
import type { ReactNode } from 'react'
import { Marked } from './marks.tsx'
import { safeAddress } from './safe-address.ts'
import { useWords } from '../use-words.ts'

/** The tokens that lie within `token`, if it has any. */
function within(token: Token): Token[] | undefined {
  return 'tokens' in token ? token.tokens : undefined
}

/** The lexer writes `&amp;` for what stood as `&`: a reader sees what stood. */
export function unescaped(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')
}

function Link({ href, children }: { readonly href: string; readonly children: ReactNode }) {
  const address = safeAddress(href)
  if (address === null)
    return (
      <>
        {children} <span className="host">{href}</span>
      </>
    )
  return (
    <>
      <a href={address.href} target="_blank" rel="noopener noreferrer">
        {children}
      </a>
      {address.host !== '' && <span className="host">{address.host}</span>}
    </>
  )
}

/** A picture in an answer is an address, shown as one: fetching it would carry out what stands in it. */
function Picture({ token }: { readonly token: Tokens.Image }) {
  const { say } = useWords()
  return <Link href={token.href}>{`${say('picture')}: ${token.text === '' ? token.href : token.text}`}</Link>
}

function InlineToken({ token }: { readonly token: Token }) {
  switch (token.type) {
    case 'strong':
      return (
        <strong>
          <Inline tokens={within(token)} />
        </strong>
      )
    case 'em':
      return (
        <em>
          <Inline tokens={within(token)} />
        </em>
      )
    case 'del':
      return (
        <del>
          <Inline tokens={within(token)} />
        </del>
      )
    case 'codespan':
      return (
        <code>
          <Marked text={'text' in token ? token.text : token.raw} />
        </code>
      )
    case 'br':
      return <br />
    case 'link':
      return (
        <Link href={'href' in token ? String(token.href) : ''}>
          <Inline tokens={within(token)} />
        </Link>
      )
    case 'image':
      return <Picture token={token as Tokens.Image} />
    case 'escape':
      return <Marked text={'text' in token ? token.text : token.raw} />
    case 'text':
      return within(token) === undefined ? (
        <Marked text={unescaped('text' in token ? token.text : token.raw)} />
      ) : (
        <Inline tokens={within(token)} />
      )
    case 'checkbox':
      return null
    default:
      // HTML, and whatever a later lexer knows: shown as it was written.
      return <Marked text={token.raw} />
  }
}

export function Inline({ tokens }: { readonly tokens: readonly Token[] | undefined }) {
  return (tokens ?? []).map((token, at) => (
    // oxlint-disable-next-line react/no-array-index-key -- tokens of a final block never move
    <InlineToken key={at} token={token} />
  ))
}
