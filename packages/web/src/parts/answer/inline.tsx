/** What stands within a paragraph, as elements. Nothing in it is markup, and no picture is fetched: it is an address, and shown as one. */

import type { ReactNode } from 'react'
import type { Inline as InlineView } from '../../conversation/index.ts'
import { useWords } from '../use-words.ts'
import { Marked } from './marks.tsx'

function Link({
  href,
  host,
  children,
}: {
  readonly href: string
  readonly host: string
  readonly children: ReactNode
}) {
  return (
    <>
      <a href={href} target="_blank" rel="noopener noreferrer">
        {children}
      </a>
      {host !== '' && <span className="host">{host}</span>}
    </>
  )
}

function Picture({ view }: { readonly view: InlineView & { readonly kind: 'picture' } }) {
  const { say } = useWords()
  const says = `${say('picture')}: ${view.alt === '' ? view.href : view.alt}`
  if (view.host === undefined) return `${says} (${view.href})`
  return (
    <Link href={view.href} host={view.host}>
      {says}
    </Link>
  )
}

function One({ view }: { readonly view: InlineView }) {
  switch (view.kind) {
    case 'text':
      return <Marked text={view.text} />
    case 'code':
      return (
        <code>
          <Marked text={view.text} />
        </code>
      )
    case 'break':
      return <br />
    case 'strong':
      return (
        <strong>
          <Inline views={view.children} />
        </strong>
      )
    case 'emphasis':
      return (
        <em>
          <Inline views={view.children} />
        </em>
      )
    case 'deleted':
      return (
        <del>
          <Inline views={view.children} />
        </del>
      )
    case 'link':
      return (
        <Link href={view.href} host={view.host}>
          <Inline views={view.children} />
        </Link>
      )
    case 'picture':
      return <Picture view={view} />
  }
}

export function Inline({ views }: { readonly views: readonly InlineView[] }) {
  return views.map((view, at) => (
    // oxlint-disable-next-line react/no-array-index-key -- they only ever follow one another
    <One key={at} view={view} />
  ))
}
