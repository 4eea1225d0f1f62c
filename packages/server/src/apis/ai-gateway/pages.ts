/** Which page of a list somebody asks for. */

import { wrong } from './gateway-wrong.ts'

export interface Page {
  /** From 1. */
  readonly page: number
  readonly perPage: number
}

const MOST_PAGE = 100_000

/** @throws ApiError */
export function readPage(query: URLSearchParams, usual: number, most: number): Page {
  return { page: count(query, 'page', 1, MOST_PAGE), perPage: count(query, 'per_page', usual, most) }
}

function count(query: URLSearchParams, name: string, usual: number, most: number): number {
  const text = query.get(name)
  if (text === null || text === '') return usual
  const number = Number(text)
  if (!Number.isSafeInteger(number) || number < 1 || number > most) {
    throw wrong(name, text, `a whole number from 1 to ${most}`)
  }
  return number
}
