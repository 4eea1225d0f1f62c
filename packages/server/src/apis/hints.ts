/** What gets past a refusal: named in a header for the client, and once for each key in the log, for the operator. */

import type { ModelTable } from '@moonbase/core/routing'
import type { ApiError, ErrorCode, LenientSwitch } from '@moonbase/protocol'
import type { Exchange } from '../http/exchange.ts'
import { printable } from './answer-headers.ts'

export interface HintParts {
  readonly models: Pick<ModelTable, 'list'>
  /** Whether a request may ask for lenient switches itself. */
  readonly lenientHeader: () => boolean
}

/** By what was refused, where the refusal does not say itself which it is. */
const SWITCHES: Partial<Record<ErrorCode, LenientSwitch>> = {
  fixed_value: 'drop-fixed-sampling',
  unknown_field: 'ignore-unknown-fields',
  response_schema_not_mfjs: 'relax-schema',
}

/** Keys that were told; those that were told first are told again when there are more. */
const MOST_TOLD = 10_000

export class Hints {
  readonly #parts: HintParts
  readonly #told = new Set<string>()

  constructor(parts: HintParts) {
    this.#parts = parts
  }

  /** Sets the header of a refusal that there is a way past, and notes what the operator should know. */
  tell(refusal: ApiError, exchange: Pick<Exchange, 'notes' | 'setHeader'>): void {
    const { notes } = exchange
    if (refusal.code === 'model_not_found') {
      const ids = this.#parts.models.list().map(({ id }) => id)
      exchange.setHeader('x-moonbase-hint', printable(`models served here: ${ids.join(', ')}`))
      return
    }
    const wanted = refusal.switch ?? SWITCHES[refusal.code]
    // What is let pass already, and did not help, is no advice.
    if (wanted === undefined || notes.lenient?.has(wanted) === true) return
    exchange.setHeader('x-moonbase-hint', this.#header(wanted))
    if (this.#isNews(`${wanted} ${notes.keyId ?? ''}`)) notes.hint = this.#sentence(wanted)
  }

  /** Its first word is the switch. */
  #header(name: LenientSwitch): string {
    const setting = `MOONBASE_LENIENT=${name} at the server`
    return this.#parts.lenientHeader()
      ? `${name}; send the header x-moonbase-lenient: ${name} or set ${setting}`
      : `${name}; set ${setting}, which takes no x-moonbase-lenient from clients`
  }

  #sentence(name: LenientSwitch): string {
    const header = this.#parts.lenientHeader() ? `, and the request header x-moonbase-lenient: ${name} for one` : ''
    return `strict as the hosted platform; MOONBASE_LENIENT=${name} lets it pass for all keys, lenient: [${name}] at a key for that one${header}`
  }

  #isNews(name: string): boolean {
    if (this.#told.has(name)) return false
    for (const oldest of this.#told) {
      if (this.#told.size < MOST_TOLD) break
      this.#told.delete(oldest)
    }
    this.#told.add(name)
    return true
  }
}
