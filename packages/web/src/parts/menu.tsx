/** A menu behind a button: what can be done, or one of several values; the one place that knows Radix's menu. */

import * as Radix from '@radix-ui/react-dropdown-menu'
import type { ReactElement, ReactNode } from 'react'
import { Icon, type IconName } from './icon.tsx'

export interface MenuAct {
  readonly key: string
  readonly says: ReactNode
  readonly icon?: IconName
  readonly keys?: string
  readonly bad?: boolean
  readonly disabled?: boolean
  readonly act: () => void
}

interface MenuProps {
  readonly button: ReactElement
  readonly acts: readonly (MenuAct | 'line')[]
  readonly align?: 'start' | 'end'
}

export function Menu({ button, acts, align = 'end' }: MenuProps) {
  return (
    <Radix.Root modal={false}>
      <Radix.Trigger asChild>{button}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content className="menu" align={align} sideOffset={4} collisionPadding={8}>
          {acts.map((one, at) =>
            one === 'line' ? (
              // oxlint-disable-next-line react/no-array-index-key -- lines have no name, and do not move
              <Radix.Separator key={`line-${at}`} asChild>
                <hr />
              </Radix.Separator>
            ) : (
              <Radix.Item
                key={one.key}
                className={one.bad === true ? 'bad' : ''}
                disabled={one.disabled === true}
                onSelect={one.act}
              >
                {one.icon !== undefined && <Icon name={one.icon} small />}
                {one.says}
                {one.keys !== undefined && <kbd>{one.keys}</kbd>}
              </Radix.Item>
            ),
          )}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}

export interface Choice<Value extends string> {
  readonly value: Value
  readonly says: ReactNode
  readonly dim?: ReactNode
}

interface ChoicesProps<Value extends string> {
  readonly label: string
  readonly id?: string
  readonly value: Value
  readonly choices: readonly Choice<Value>[]
  readonly choose: (value: Value) => void
}

/** In the place of a select, whose part in Radix writes `innerHTML`: a menu of radio items. */
export function Choices<Value extends string>({ label, id, value, choices, choose }: ChoicesProps<Value>) {
  const chosen = choices.find((one) => one.value === value)
  return (
    <Radix.Root modal={false}>
      <Radix.Trigger id={id} className="pick">
        <span className="unseen">{label}: </span>
        <span className="cut">
          {chosen?.says ?? value} {chosen?.dim !== undefined && <span className="dim">{chosen.dim}</span>}
        </span>
        <Icon name="down" small />
      </Radix.Trigger>
      <Radix.Portal>
        <Radix.Content className="menu" align="end" sideOffset={4} collisionPadding={8}>
          <Radix.RadioGroup
            value={value}
            onValueChange={(next) => {
              const found = choices.find((one) => one.value === next)
              if (found !== undefined) choose(found.value)
            }}
          >
            {choices.map((one) => (
              <Radix.RadioItem key={one.value} value={one.value}>
                <span className="menu-tick">
                  <Radix.ItemIndicator>
                    <Icon name="tick" small />
                  </Radix.ItemIndicator>
                </span>
                {one.says} {one.dim !== undefined && <span className="dim">{one.dim}</span>}
              </Radix.RadioItem>
            ))}
          </Radix.RadioGroup>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}
