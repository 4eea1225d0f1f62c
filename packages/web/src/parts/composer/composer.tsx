/** The field where one asks: it grows, takes files, offers to open a pasted request, and never interrupts an input method. */

import {
  useEffect,
  useRef,
  useState,
  type ClipboardEvent,
  type DragEvent,
  type KeyboardEvent,
  type ReactNode,
  type RefObject,
} from 'react'
import { composes } from '../../keys.ts'
import { IconButton } from '../button.tsx'
import { useWords } from '../use-words.ts'

interface ComposerProps {
  readonly value: string
  readonly change: (value: string) => void
  readonly placeholder: string
  readonly run: () => void
  readonly enterRuns: boolean
  readonly addFiles: (files: readonly File[]) => void
  /** True where what was pasted is offered as something else, and must not be inserted yet. */
  readonly pasted?: (text: string) => void
  /** Acts on what is offered, when there is an offer and Enter is pressed. */
  readonly openOffer?: (() => void) | undefined
  readonly broad?: boolean
  readonly focusAtOnce?: boolean
  readonly field?: RefObject<HTMLTextAreaElement | null>
  /** Above the buttons: pictures, variables. */
  readonly media?: ReactNode
  readonly below?: ReactNode
  readonly tools?: ReactNode
  readonly estimate?: ReactNode
  readonly act: ReactNode
}

/** Where `field-sizing` is not known, the height is set by hand. */
const grows = typeof CSS !== 'undefined' && CSS.supports('field-sizing', 'content')

export function Composer(props: ComposerProps) {
  const { value, change, placeholder, run, enterRuns, addFiles, pasted, openOffer, act, estimate } = props
  const { say } = useWords()
  const own = useRef<HTMLTextAreaElement>(null)
  const field = props.field ?? own
  const files = useRef<HTMLInputElement>(null)
  const [dropping, setDropping] = useState(false)

  useEffect(() => {
    if (props.focusAtOnce === true) field.current?.focus({ preventScroll: true })
  }, [props.focusAtOnce, field])

  useEffect(() => {
    if (grows || field.current === null) return
    field.current.style.height = 'auto'
    field.current.style.height = `${field.current.scrollHeight}px`
  }, [value, field])

  const pressed = (event: KeyboardEvent<HTMLTextAreaElement>): void => {
    if (event.key !== 'Enter' || composes(event.nativeEvent)) return
    const mod = event.ctrlKey || event.metaKey
    if (openOffer !== undefined && !mod && !event.shiftKey) {
      event.preventDefault()
      openOffer()
      return
    }
    if (mod || (enterRuns && !event.shiftKey && !event.altKey)) {
      event.preventDefault()
      event.stopPropagation()
      run()
    }
  }

  const paste = (event: ClipboardEvent): void => {
    const dropped = [...event.clipboardData.files]
    if (dropped.length > 0) {
      event.preventDefault()
      addFiles(dropped)
      return
    }
    pasted?.(event.clipboardData.getData('text/plain'))
  }

  const drop = (event: DragEvent): void => {
    event.preventDefault()
    setDropping(false)
    addFiles([...event.dataTransfer.files])
  }

  return (
    <div
      className={`composer ${dropping ? 'dropping' : ''} ${props.broad === true ? 'broad' : ''}`}
      onDragOver={(event) => {
        event.preventDefault()
        setDropping(true)
      }}
      onDragLeave={() => setDropping(false)}
      onDrop={drop}
    >
      {props.media}
      <textarea
        ref={field}
        id="composer"
        value={value}
        rows={1}
        aria-label={say('yourMessage')}
        placeholder={dropping ? say('dropHere') : placeholder}
        onChange={(event) => change(event.target.value)}
        onKeyDown={pressed}
        onPaste={paste}
      />
      {props.below}
      <footer>
        <IconButton icon="clip" label={say('attach')} onClick={() => files.current?.click()} />
        <input
          ref={files}
          type="file"
          accept="image/*,video/*"
          multiple
          hidden
          onChange={(event) => {
            addFiles([...(event.target.files ?? [])])
            event.target.value = ''
          }}
        />
        {props.tools}
        <span className="estimate">{estimate}</span>
        {act}
      </footer>
    </div>
  )
}
