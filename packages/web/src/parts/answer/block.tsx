/** One block of an answer: a paragraph, a heading, a list, a table, code. Rendered again only when its own object is another one. */

import { memo, type ReactNode } from 'react'
import type { Block, Body, Cells, Item } from '../../conversation/index.ts'
import { CodeBlock } from './code-block.tsx'
import { Inline } from './inline.tsx'

type Of<Kind extends Body['kind']> = Body & { readonly kind: Kind }

/** Never the page's own `h1` and `h2`: headings of an answer begin at the third level. */
function Heading({ level, children }: { readonly level: number; readonly children: ReactNode }) {
  if (level <= 2) return <h3>{children}</h3>
  return level === 3 ? <h4>{children}</h4> : <h5>{children}</h5>
}

/** In lists whose items stand close, a first paragraph is words without a paragraph around them. */
function ItemBlocks({ item }: { readonly item: Item }) {
  return item.blocks.map((body, at) =>
    body.kind === 'paragraph' && at === 0 ? (
      // oxlint-disable-next-line react/no-array-index-key -- they only ever follow one another
      <Inline key={at} views={body.children} />
    ) : (
      // oxlint-disable-next-line react/no-array-index-key -- they only ever follow one another
      <BlockBody key={at} body={body} />
    ),
  )
}

function ListItem({ item }: { readonly item: Item }) {
  if (item.checked === undefined)
    return (
      <li>
        <ItemBlocks item={item} />
      </li>
    )
  return (
    <li className="task">
      <span className={item.checked ? 'box checked' : 'box'} role="img" aria-label={item.checked ? '☑' : '☐'} />
      <div>
        <ItemBlocks item={item} />
      </div>
    </li>
  )
}

function List({ body }: { readonly body: Of<'list'> }) {
  const items = body.items.map((item, at) => (
    // oxlint-disable-next-line react/no-array-index-key -- they only ever follow one another
    <ListItem key={at} item={item} />
  ))
  return body.start === undefined ? <ul>{items}</ul> : <ol start={body.start}>{items}</ol>
}

const Rows = memo(function Rows({
  rows,
  align,
}: {
  readonly rows: readonly Cells[]
  readonly align: Of<'table'>['align']
}) {
  return (
    <tbody>
      {rows.map((row, at) => (
        // oxlint-disable-next-line react/no-array-index-key -- they only ever follow one another
        <tr key={at}>
          {row.map((cell, column) => (
            // oxlint-disable-next-line react/no-array-index-key -- they only ever follow one another
            <td key={column} className={align[column] ?? ''}>
              <Inline views={cell} />
            </td>
          ))}
        </tr>
      ))}
    </tbody>
  )
})

function Table({ body }: { readonly body: Of<'table'> }) {
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls is reached by keys
    <div className="table-box" tabIndex={0} role="group">
      <table>
        <thead>
          <tr>
            {body.header.map((cell, column) => (
              // oxlint-disable-next-line react/no-array-index-key -- they only ever follow one another
              <th key={column} scope="col" className={body.align[column] ?? ''}>
                <Inline views={cell} />
              </th>
            ))}
          </tr>
        </thead>
        {body.pieces.map((rows, at) => (
          // oxlint-disable-next-line react/no-array-index-key -- they only ever follow one another
          <Rows key={at} rows={rows} align={body.align} />
        ))}
      </table>
    </div>
  )
}

/** `end` stands behind the last words: the caret. */
function BlockBody({ body, end }: { readonly body: Body; readonly end?: ReactNode }) {
  switch (body.kind) {
    case 'paragraph':
      return (
        <p>
          <Inline views={body.children} />
          {end}
        </p>
      )
    case 'heading':
      return (
        <Heading level={body.level}>
          <Inline views={body.children} />
          {end}
        </Heading>
      )
    case 'code':
      return <CodeBlock pieces={body.pieces} lines={body.lines} language={body.language} open={!body.closed} />
    case 'quote':
      return (
        <blockquote>
          {body.blocks.map((inner, at) => (
            // oxlint-disable-next-line react/no-array-index-key -- they only ever follow one another
            <BlockBody key={at} body={inner} />
          ))}
        </blockquote>
      )
    case 'list':
      return <List body={body} />
    case 'table':
      return <Table body={body} />
    case 'rule':
      return <hr />
    case 'plain':
      return (
        <p className="plain-text">
          {body.pieces.map((piece, at) => (
            // oxlint-disable-next-line react/no-array-index-key -- pieces only ever follow one another
            <span key={at} className="piece">
              {piece}
            </span>
          ))}
        </p>
      )
  }
}

interface BlockLineProps {
  readonly block: Block
  /** The last one of what grows. */
  readonly last: boolean
}

const TAKES_CARET = new Set<Body['kind']>(['paragraph', 'heading'])

export const BlockLine = memo(function BlockLine({ block, last }: BlockLineProps) {
  const caret = last ? <i className="caret" /> : null
  const end = block.bodies.at(-1)
  const inside = end !== undefined && TAKES_CARET.has(end.kind)
  return (
    <div className={block.bodies[0]?.kind === 'heading' ? 'block heading' : 'block'}>
      {block.bodies.map((body, at) => (
        // oxlint-disable-next-line react/no-array-index-key -- they only ever follow one another
        <BlockBody key={at} body={body} end={inside && body === end ? caret : undefined} />
      ))}
      {!inside && caret}
    </div>
  )
})
