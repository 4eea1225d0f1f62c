/** Credits, each once for its idempotency key: the newest are known in memory, older ones to the database. */

import { type CreditRequest, type Credited, LedgerError } from '../../ledger/ledger.ts'
import { CreditEntry } from './credit-entry.ts'
import { type LedgerParts, unknownOrganisation } from './ledger-parts.ts'
import type { KnownCredit } from './transfer-queries.ts'
import type { Wallet } from './wallets.ts'

/** 9 million units: with it, every sum of one wallet is a safe integer. */
const MOST = 9_000_000_000_000_000
const MAX_RECENT = 10_000
const MAX_KEY = 128

export class Credits {
  readonly #parts: LedgerParts
  /** By organisation and key; the oldest first. */
  readonly #recent = new Map<string, CreditEntry>()

  constructor(parts: LedgerParts) {
    this.#parts = parts
  }

  async credit(request: CreditRequest): Promise<Credited> {
    const { state, commit, writer } = this.#parts
    const { organisation, idempotencyKey, amount } = request
    const wallet = state.wallets.get(organisation)
    if (wallet === undefined) throw unknownOrganisation(organisation)
    assertCredit(request)
    const key = `${organisation}\n${idempotencyKey}`
    // Asked before the memory is: what was kept meanwhile is in the one or in the other.
    const stored = this.#recent.has(key) ? undefined : await writer.ask('credit', { organisation, key: idempotencyKey })
    const recent = this.#recent.get(key)
    if (recent !== undefined) {
      assertSame(recent.request, request)
      await recent.promised.promise
      return { id: String(recent.id), repeated: true, balance: wallet.balance() }
    }
    if (stored !== undefined) {
      assertSame(stored, request)
      return { id: String(stored.id), repeated: true, balance: wallet.balance() }
    }
    assertFits(wallet, request.kind, amount)
    const entry = new CreditEntry(state, wallet, request, () => this.#recent.delete(key))
    this.#remember(key, entry)
    commit.add(entry)
    return entry.promised.promise
  }

  #remember(key: string, entry: CreditEntry): void {
    this.#recent.set(key, entry)
    if (this.#recent.size <= MAX_RECENT) return
    const [[oldest, old] = []] = this.#recent
    if (oldest !== undefined && old?.isKept === true) this.#recent.delete(oldest)
  }
}

function assertCredit({ kind, amount, idempotencyKey }: CreditRequest): void {
  const isWhole = Number.isInteger(amount) && (amount > 0 || (kind === 'adjustment' && amount < 0))
  if (!isWhole) throw new RangeError(`${amount} is no amount of a ${kind} in nano-units`)
  if (idempotencyKey.length > MAX_KEY) throw new RangeError(`an idempotency key has at most ${MAX_KEY} characters`)
}

function assertSame(first: Omit<KnownCredit, 'id'>, again: CreditRequest): void {
  if (first.kind === again.kind && first.amount === again.amount) {
    if (first.note === again.note) return
    throw new LedgerError('idempotency_conflict', 'The key was used for the same credit with another note.')
  }
  const message = `The key was used for a ${first.kind} of ${first.amount} nano-units, and not of ${again.amount} (${again.kind}).`
  throw new LedgerError('idempotency_conflict', message)
}

function assertFits({ cash, voucher, held, recharged }: Wallet, kind: CreditRequest['kind'], amount: number): void {
  const sums = [cash + voucher + held + amount, cash + amount, kind === 'recharge' ? recharged + amount : 0]
  if (Math.abs(amount) <= MOST && sums.every((sum) => Math.abs(sum) <= MOST)) return
  throw new LedgerError('amount_too_large', 'A wallet holds nine million units at most.')
}
