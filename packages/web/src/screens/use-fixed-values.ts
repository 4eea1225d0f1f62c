/** The values that a model fixes; the rules they are read from come when the form is first shown. */

import { useEffect, useState } from 'react'
import type { FixedValue } from '../parts/inspector/settings-form.tsx'

const NONE: readonly FixedValue[] = []

export function useFixedValues(model: string, thinking: boolean): readonly FixedValue[] {
  const [values, setValues] = useState(NONE)
  useEffect(() => {
    let over = false
    const read = async (): Promise<void> => {
      const { fixedValues } = await import('../request/fixed-values.ts')
      if (!over) setValues(fixedValues(model, thinking))
    }
    read().catch(() => {
      // Its file did not come: the form has no list of them, and the server says what it refuses.
    })
    return () => {
      over = true
    }
  }, [model, thinking])
  return values
}
