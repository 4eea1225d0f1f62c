import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ApiError } from '@moonbase/protocol'
import { MemoryDocuments } from '../../documents/memory-documents.ts'
import { LedgerError } from '../../ledger/ledger.ts'
import { anthropicApi } from './anthropic-api.ts'

type Services = Parameters<typeof anthropicApi>[0]
type Answer = ReturnType<typeof anthropicApi>['routes'][number]['answer']

const now = (): number => 1_764_600_000_000

describe('the Messages API', () => {
  it('says that the accounts are away while its secret cannot be had, and answers when they are back', async () => {
    const kept = new MemoryDocuments(now)
    let away = true
    const documents = {
      get: (...name: Parameters<MemoryDocuments['get']>) =>
        away ? Promise.reject(new LedgerError('unavailable', 'is away')) : kept.get(...name),
      put: (...writes: Parameters<MemoryDocuments['put']>) => kept.put(...writes),
    }
    const reached = new Error('reached')
    const estimates = {
      take(): void {
        throw reached
      },
    }
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a count asks for no more than this before it is refused
    const services = { documents, estimates, clock: { now } } as unknown as Services
    const count = anthropicApi(services).routes.find(({ path }) => path.endsWith('/count_tokens'))
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- neither is looked at
    const [exchange, caller] = [
      { id: 'x', setHeader() {} },
      { key: { organisation: 'o' } },
    ] as unknown as Parameters<Answer>
    const ask = async (): Promise<unknown> => count?.answer(exchange, caller)
    await assert.rejects(ask(), (error) => error instanceof ApiError && error.code === 'ledger_unavailable')
    away = false
    await assert.rejects(ask(), reached)
  })
})
