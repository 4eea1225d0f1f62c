/** An editor for JSON: a plain field at once, and CodeMirror in its place when that has been loaded. */

import { useEffect, useRef, useState } from 'react'
import type { MountedEditor } from './code-mirror.ts'

interface JsonEditorProps {
  readonly label: string
  readonly value: string
  readonly change: (value: string) => void
  readonly boxed?: boolean
}

export function JsonEditor({ label, value, change, boxed = false }: JsonEditorProps) {
  const place = useRef<HTMLDivElement>(null)
  const editor = useRef<MountedEditor | null>(null)
  const latest = useRef({ value, change, label })
  const [mounted, setMounted] = useState(false)
  latest.current = { value, change, label }

  useEffect(() => {
    let over = false
    const mount = async (): Promise<void> => {
      const { mountEditor } = await import('./code-mirror.ts')
      if (over || place.current === null) return
      const nonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? ''
      editor.current = mountEditor(place.current, {
        text: latest.current.value,
        label: latest.current.label,
        nonce,
        changed: (text) => latest.current.change(text),
      })
      setMounted(true)
    }
    mount().catch(() => {
      // Its file did not come: the plain field edits the same text.
    })
    return () => {
      over = true
      editor.current?.destroy()
      editor.current = null
    }
  }, [])

  useEffect(() => editor.current?.setText(value), [value])

  return (
    <div className={boxed ? 'editor boxed' : 'editor'} ref={place}>
      {!mounted && (
        <textarea
          value={value}
          aria-label={label}
          spellCheck={false}
          onChange={(event) => change(event.target.value)}
        />
      )}
    </div>
  )
}
