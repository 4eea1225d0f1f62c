/** The tokens of the three starters, as the server counts them; until it has, nothing is said. */

import { useEffect, useState } from 'react'
import { estimate } from '../server.ts'
import type { Language } from '../words/format.ts'

type StarterTokens = Readonly<Record<string, number>>

const KEYS = ['picture', 'tools', 'json'] as const
const NONE: StarterTokens = {}

/** `shown` is false once something was run: then nothing is asked. */
export function useStarterTokens(model: string, language: Language, shown: boolean): StarterTokens {
  const [tokens, setTokens] = useState(NONE)
  useEffect(() => {
    if (!shown) return undefined
    const controller = new AbortController()
    const count = async (): Promise<void> => {
      const { starterRequest } = await import('../request/starter-requests.ts')
      for (const key of KEYS) {
        const request = await starterRequest(key, model, language)
        const found = request === null ? null : await estimate(request, controller.signal)
        if (found !== null) setTokens((before) => ({ ...before, [key]: found.tokens }))
      }
    }
    count().catch(() => {
      // The server is away, or the page went on: the starters say nothing of their tokens.
    })
    return () => controller.abort()
  }, [model, language, shown])
  return tokens
}
