/** Requests that somebody got wrong somewhere: each is decoded or refused with a 400, and nothing else happens. */

import assert from 'node:assert/strict'
import { it } from 'node:test'
import { ApiError, parseJson } from '@moonbase/protocol'
import { seededRandom } from '../../../../../test/support/every-split.ts'
import { mutate } from '../../../../../test/support/mutate.ts'
import { mediaFromUrl } from '../../generation/index.ts'
import { wireOf } from '../testing/wire-of.ts'
import { decodeRequest } from './decode-request.ts'
import { plainSeal as seal } from './testing/plain-seal.ts'
import { SEED_REQUESTS } from './testing/seed-requests.ts'

const ROUNDS = 5_000

function parsed(text: string): unknown {
  try {
    return parseJson(text)
  } catch {
    // Who reads the body refuses it.
    return undefined
  }
}

it('a request that is wrong somewhere is decoded or refused', () => {
  const random = seededRandom(20_261_201)
  let decoded = 0
  for (let round = 0; round < ROUNDS; round += 1) {
    const text = mutate(SEED_REQUESTS, random)
    const body = parsed(text)
    try {
      decodeRequest(wireOf(body), { seal, readMedia: mediaFromUrl, counting: false, restores: false })
      decoded += 1
    } catch (error) {
      assert.ok(error instanceof ApiError && error.status === 400, `${text.slice(0, 2000)}: ${String(error)}`)
    }
  }
  assert.ok(decoded > ROUNDS / 25, `too few were decoded: ${decoded}`)
})
