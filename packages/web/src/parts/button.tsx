/** Buttons: with words, with an icon alone (which then has a tooltip), and the one that copies. */

import { useEffect, useState, type ComponentProps, type ReactNode } from 'react'
import { Icon, type IconName } from './icon.tsx'
import { Tooltip } from './tooltip.tsx'
import { useWords } from './use-words.ts'

interface ButtonProps extends ComponentProps<'button'> {
  readonly kind?: 'plain' | 'quiet' | 'go' | 'solid'
  readonly icon?: IconName
  readonly small?: boolean
  readonly keys?: string | undefined
}

export function Button({ kind = 'plain', icon, small = false, keys, children, className = '', ...rest }: ButtonProps) {
  return (
    <button type="button" className={`button ${kind} ${small ? 'small' : ''} ${className}`} {...rest}>
      {icon !== undefined && <Icon name={icon} small={small} />}
      {children}
      {keys !== undefined && <kbd aria-hidden="true">{keys}</kbd>}
    </button>
  )
}

interface IconButtonProps extends Omit<ComponentProps<'button'>, 'children'> {
  readonly icon: IconName
  readonly label: string
  readonly small?: boolean
  readonly keys?: string | undefined
}

export function IconButton({ icon, label, small = false, keys, className = '', ...rest }: IconButtonProps) {
  return (
    <Tooltip says={label} keys={keys}>
      <button
        type="button"
        className={`button quiet square ${small ? 'small' : ''} ${className}`}
        aria-label={label}
        {...rest}
      >
        <Icon name={icon} small={small} />
      </button>
    </Tooltip>
  )
}

/** Whether something was just copied, for the second and a half in which that is shown. */
export function useCopied(): [copied: boolean, copy: (text: string) => void] {
  const [copied, setCopied] = useState(false)
  useEffect(() => {
    if (!copied) return undefined
    const timer = setTimeout(() => setCopied(false), 1500)
    return () => clearTimeout(timer)
  }, [copied])
  const copy = (text: string): void => {
    navigator.clipboard.writeText(text).then(
      () => setCopied(true),
      // Refused by the browser: nothing is said to be copied that was not.
      () => setCopied(false),
    )
  }
  return [copied, copy]
}

interface CopyButtonProps {
  readonly text: () => string
  readonly label?: string
  readonly small?: boolean
  readonly kind?: 'plain' | 'quiet'
  readonly iconOnly?: boolean
}

export function CopyButton({ text, label, small = true, kind = 'quiet', iconOnly = false }: CopyButtonProps) {
  const { say } = useWords()
  const [copied, copy] = useCopied()
  const words = copied ? say('copied') : (label ?? say('copy'))
  const icon: IconName = copied ? 'tick' : 'copy'
  if (iconOnly) return <IconButton icon={icon} label={words} small onClick={() => copy(text())} />
  return (
    <Button kind={kind} small={small} icon={icon} onClick={() => copy(text())}>
      <span aria-live="polite">{words}</span>
    </Button>
  )
}

/** One line of code with its copy button. */
export function CopyLine({ text, children }: { readonly text: string; readonly children?: ReactNode }) {
  return (
    <div className="copy-line">
      <code className="cut">{children ?? text}</code>
      <CopyButton text={() => text} iconOnly />
    </div>
  )
}
