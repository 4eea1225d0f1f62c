import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { EngineError } from '@moonbase/core/generation'
import { apiErrorWith } from '@moonbase/protocol'
import { refusalOf } from './refusal-of.ts'

const exchange = { notes: {}, signal: new AbortController().signal }
const broken = (code: string, message: string): Error => Object.assign(new Error(message), { code })
/** As Node 24 throws them. */
const PACKAGE = broken('ERR_INVALID_PACKAGE_CONFIG', 'Cannot read package config /x/package.json: too many open files.')
const THREAD = broken('ERR_WORKER_INIT_FAILED', 'Worker initialization failure: EMFILE')

describe('a failure before the reply', () => {
  it('for want of a descriptor is told as what it is, and when to come again', () => {
    for (const error of [
      broken('EMFILE', "EMFILE: too many open files, open '/x/worker.ts'"),
      PACKAGE,
      apiErrorWith('internal', { reason: 'the thread that reads documents broke', cause: THREAD }),
      new EngineError('protocol', 'failed', { engine: 'offline', cause: PACKAGE }),
      new EngineError('protocol', 'failed', { engine: 'offline', cause: PACKAGE }).toApiError('m'),
    ]) {
      const { code, status, retryAfterMs } = refusalOf(error, exchange)
      assert.deepEqual([code, status, retryAfterMs], ['server_busy', 503, 1_000])
    }
  })

  it('is no affair of descriptors where an engine says so of itself, there is another reason, or it has a refusal of its own', () => {
    for (const error of [
      new EngineError('protocol', 'too many open files', { engine: 'e' }),
      broken('ERR_WORKER_INIT_FAILED', 'Worker initialization failure: ENOMEM'),
      apiErrorWith('invalid_request', { cause: THREAD }, { details: 'x' }),
      new TypeError('EMFILE'),
    ]) {
      assert.notEqual(refusalOf(error, exchange).code, 'server_busy')
    }
  })
})
