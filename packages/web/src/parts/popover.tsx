/** A small panel beside its button; the one place that knows Radix's popover. */

import * as Radix from '@radix-ui/react-popover'
import type { ReactElement, ReactNode } from 'react'

interface PopoverProps {
  readonly button: ReactElement
  readonly label: string
  readonly children: ReactNode
}

export function Popover({ button, label, children }: PopoverProps) {
  return (
    <Radix.Root>
      <Radix.Trigger asChild>{button}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content className="popover" aria-label={label} sideOffset={6} collisionPadding={8}>
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}
