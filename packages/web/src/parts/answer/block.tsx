/** One block of an answer: a paragraph, a heading, a list, a table, code. Rendered once when it is final, and never touched again. */

import type { Token, Tokens } from 'marked'
import { memo, type ReactNode } from 'react'
import { CodeBlock } from './code-block.tsx'
import { Inline } from './inline.tsx'
import { Marked } from './marks.tsx'

function within(token: Token): Token[] {
  return 'tokens' in token ? (token.tokens ?? []) : []
}

/** At most six, and never the page's own `h1`: headings of an answer begin at the third level. */
function Heading({ depth, children }: { readonly depth: number; readonly children: ReactNode }) {
  if (depth <= 2) return <h3>{children}</h3>
  return depth === 3 ? <h4>{children}</h4> : <h5>{children}</h5>
}

function ListItem({ item }: { readonly item: Tokens.ListItem }) {
  const blocks = within(item).filter((token) => token.type !== 'checkbox')
  const inside = blocks.map((token, at) => (
    // oxlint-disable-next-line react/no-array-index-key -- blocks of an item never move
    <BlockToken key={at} token={token} tight={!item.loose} />
  ))
  if (!item.task) return <li>{inside}</li>
  return (
    <li className="task">
      <input type="checkbox" checked={item.checked === true} readOnly tabIndex={-1} aria-label={item.text.slice(0, 80)} />
      <div>{inside}</div>
    </li>
  )
}

function List({ token }: { readonly token: Tokens.List }) {
  const items = token.items.map((item, at) => (
    // oxlint-disable-next-line react/no-array-index-key -- items never move
    <ListItem key={at} item={item} />
  ))
  if (!token.ordered) return <ul>{items}</ul>
  return <ol start={token.start === '' ? 1 : token.start}>{items}</ol>
}

function Table({ token }: { readonly token: Tokens.Table }) {
  const cells = (row: readonly Tokens.TableCell[], head: boolean) =>
    row.map((cell, at) => {
      const Cell = head ? 'th' : 'td'
      return (
        // oxlint-disable-next-line react/no-array-index-key -- cells never move
        <Cell key={at} className={cell.align ?? ''} {...(head ? { scope: 'col' } : {})}>
          <Inline tokens={cell.tokens} />
        </Cell>
      )
    })
  return (
    <div className="table-box" tabIndex={0} role="group">
      <table>
        <thead>
          <tr>{cells(token.header, true)}</tr>
        </thead>
        <tbody>
          {token.rows.map((row, at) => (
            // oxlint-disable-next-line react/no-array-index-key -- rows never move
            <tr key={at}>{cells(row, false)}</tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

interface BlockTokenProps {
  readonly token: Token
  /** Within a list whose items stand close: no paragraph around the words. */
  readonly tight?: boolean
  readonly open?: boolean
  readonly end?: ReactNode
}

export function BlockToken({ token, tight = false, open = false, end = null }: BlockTokenProps) {
  switch (token.type) {
    case 'space':
    case 'def':
      return null
    case 'paragraph':
      return (
        <p>
          <Inline tokens={within(token)} />
          {end}
        </p>
      )
    case 'text':
      return tight ? (
        <>
          <Inline tokens={within(token).length > 0 ? within(token) : [token]} />
          {end}
        </>
      ) : (
        <p>
          <Inline tokens={within(token).length > 0 ? within(token) : [token]} />
          {end}
        </p>
      )
    case 'heading':
      return (
        <Heading depth={(token as Tokens.Heading).depth}>
          <Inline tokens={within(token)} />
          {end}
        </Heading>
      )
    case 'list':
      return (
        <>
          <List token={token as Tokens.List} />
          {end}
        </>
      )
    case 'table':
      return (
        <>
          <Table token={token as Tokens.Table} />
          {end}
        </>
      )
    case 'blockquote':
      return (
        <blockquote>
          {within(token).map((inner, at) => (
            // oxlint-disable-next-line react/no-array-index-key -- blocks of a quotation never move
            <BlockToken key={at} token={inner} />
          ))}
          {end}
        </blockquote>
      )
    case 'code': {
      const code = token as Tokens.Code
      return <CodeBlock text={code.text} language={code.lang ?? ''} open={open} />
    }
    case 'hr':
      return <hr />
    default:
      return (
        <p>
          <Marked text={token.raw} />
          {end}
        </p>
      )
  }
}

export const FinalBlock = memo(BlockToken)
