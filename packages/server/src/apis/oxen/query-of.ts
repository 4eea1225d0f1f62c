/** What stands behind the question mark of a request, with refusals for what is asked in a wrong way. */

import { apiError } from '@moonbase/protocol'
import type { Exchange } from '../../http/exchange.ts'

const MOST_CHARACTERS = 256

/** The first of a name, without what is empty. @throws ApiError for one that is too long */
export function queryOf(exchange: Pick<Exchange, 'query'>): (name: string) => string | undefined {
  const parameters = new URLSearchParams(exchange.query)
  return (name) => {
    const value = parameters.get(name) ?? ''
    if (value.length > MOST_CHARACTERS) {
      throw apiError('invalid_request', { details: `${name} has more than ${MOST_CHARACTERS} characters` })
    }
    return value === '' ? undefined : value
  }
}

/** @throws ApiError for what is no whole number between the two */
export function wholeNumber(text: string | undefined, name: string, usual: number, most: number): number {
  if (text === undefined) return usual
  const number = /^\d{1,9}$/.test(text) ? Number(text) : 0
  if (number >= 1 && number <= most) return number
  throw apiError('invalid_request', { details: `${name} must be a whole number from 1 to ${most}` })
}
