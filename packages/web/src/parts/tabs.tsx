/** Tabs and what is behind each; the one place that knows Radix's tabs. */

import * as Radix from '@radix-ui/react-tabs'
import type { ReactNode } from 'react'

interface Tab<Value extends string> {
  readonly value: Value
  readonly says: ReactNode
}

interface TabsProps<Value extends string> {
  readonly value: Value
  readonly tabs: readonly Tab<Value>[]
  readonly choose: (value: Value) => void
  readonly className?: string
  readonly children: ReactNode
}

/** The root; `TabList` stands wherever in it, and `TabPanel` once a tab. */
export function Tabs<Value extends string>({ value, tabs, choose, className = '', children }: TabsProps<Value>) {
  return (
    <Radix.Root
      className={className}
      value={value}
      onValueChange={(next) => {
        const found = tabs.find((tab) => tab.value === next)
        if (found !== undefined) choose(found.value)
      }}
    >
      {children}
    </Radix.Root>
  )
}

interface TabListProps<Value extends string> {
  readonly label: string
  readonly tabs: readonly Tab<Value>[]
  readonly scrolls?: boolean
}

export function TabList<Value extends string>({ label, tabs, scrolls = false }: TabListProps<Value>) {
  return (
    <Radix.List className={scrolls ? 'tabs scrolls' : 'tabs'} aria-label={label}>
      {tabs.map((tab) => (
        <Radix.Trigger key={tab.value} value={tab.value}>
          {tab.says}
        </Radix.Trigger>
      ))}
    </Radix.List>
  )
}

interface TabPanelProps {
  readonly value: string
  readonly className?: string
  readonly children: ReactNode
}

export function TabPanel({ value, className = '', children }: TabPanelProps) {
  return (
    <Radix.Content value={value} className={className}>
      {children}
    </Radix.Content>
  )
}
