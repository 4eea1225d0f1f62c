/** One line that comes and goes, with what undoes it. */

import { useEffect } from 'react'
import { Button } from './button.tsx'
import { useWords } from './use-words.ts'

export interface ToastShown {
  readonly says: string
  readonly undo?: () => void
}

const SHOWN_MS = 10_000

export function Toast({ toast, gone }: { readonly toast: ToastShown | null; readonly gone: () => void }) {
  const { say } = useWords()
  useEffect(() => {
    if (toast === null) return undefined
    const timer = setTimeout(gone, SHOWN_MS)
    return () => clearTimeout(timer)
  }, [toast, gone])
  return (
    <div className="toasts" role="status">
      {toast !== null && (
        <div className="toast">
          <span>{toast.says}</span>
          {toast.undo === undefined ? (
            <span />
          ) : (
            <Button
              small
              onClick={() => {
                toast.undo?.()
                gone()
              }}
            >
              {say('undo')}
            </Button>
          )}
        </div>
      )}
    </div>
  )
}
