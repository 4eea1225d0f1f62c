/** What lies over the page and holds the focus until it is closed: dialogs in the middle, sheets at an edge; the one place that knows Radix's dialog. */

import * as Radix from '@radix-ui/react-dialog'
import type { ReactNode } from 'react'
import { IconButton } from './button.tsx'
import { useWords } from './use-words.ts'

/** The first field takes the focus; where there is none, what Radix takes. */
function focusField(event: Event): void {
  const field =
    event.currentTarget instanceof HTMLElement
      ? event.currentTarget.querySelector<HTMLElement>('input, textarea')
      : null
  if (field === null) return
  event.preventDefault()
  field.focus()
}

interface DialogProps {
  readonly open: boolean
  readonly close: () => void
  readonly title: string
  readonly wide?: boolean
  /** Brings its own head: the title is for who does not see it. */
  readonly bare?: boolean
  readonly className?: string
  readonly children: ReactNode
}

export function Dialog({ open, close, title, wide = false, bare = false, className = '', children }: DialogProps) {
  const { say } = useWords()
  return (
    <Radix.Root open={open} onOpenChange={(next) => !next && close()}>
      <Radix.Portal>
        <Radix.Overlay className="veil" />
        <Radix.Content
          className={`dialog ${wide ? 'wide' : ''} ${className}`}
          aria-describedby={undefined}
          onOpenAutoFocus={focusField}
        >
          {bare ? (
            <Radix.Title className="unseen">{title}</Radix.Title>
          ) : (
            <header>
              <Radix.Title>{title}</Radix.Title>
              <IconButton icon="cross" label={say('close')} onClick={close} />
            </header>
          )}
          {bare ? children : <div className="body">{children}</div>}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}

interface SheetProps {
  readonly open: boolean
  readonly close: () => void
  readonly title: string
  readonly side?: 'left' | 'right'
  readonly wide?: boolean
  readonly children: ReactNode
}

export function Sheet({ open, close, title, side = 'right', wide = false, children }: SheetProps) {
  return (
    <Radix.Root open={open} onOpenChange={(next) => !next && close()}>
      <Radix.Portal>
        <Radix.Overlay className="veil" />
        <Radix.Content className={`sheet ${side} ${wide ? 'wide' : ''}`} aria-describedby={undefined}>
          <Radix.Title className="unseen">{title}</Radix.Title>
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}
