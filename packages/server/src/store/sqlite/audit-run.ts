/** One audit: the database in one snapshot against itself, and against the memory of that very moment. */

import type { AuditReport } from '../../ledger/ledger.ts'
import { MAX_PROBLEMS } from '../audit-sentences.ts'
import type { AuditedWallet } from './audit-queries.ts'
import type { LedgerParts } from './ledger-parts.ts'
import type { StoreThread } from './store-thread.ts'

const FIGURES = ['cash', 'voucher', 'held', 'recharged'] as const

export class AuditRun {
  readonly #parts: LedgerParts

  constructor(parts: LedgerParts) {
    this.#parts = parts
  }

  async run(now: number): Promise<AuditReport> {
    const { startAuditor, writer } = this.#parts
    if (startAuditor === undefined) return this.#runOn(writer, now, true)
    const auditor = await startAuditor()
    try {
      return await this.#runOn(auditor, now, false)
    } finally {
      await auditor.end('the audit has ended')
    }
  }

  /** `quiet`: the thread is also the one that writes, and writes nothing until the audit is over. */
  async #runOn(auditor: StoreThread, now: number, quiet: boolean): Promise<AuditReport> {
    const memory = new Map<string, AuditedWallet>()
    const { wallets, examined } = await this.#parts.commit.snapshot(
      () => this.#remember(memory),
      async () => {
        const begun = await auditor.ask('beginAudit', undefined)
        return { wallets: begun, examined: quiet ? await auditor.ask('finishAudit', { now }) : undefined }
      },
    )
    const findings = examined ?? (await auditor.ask('finishAudit', { now }))
    const problems = findings.problems.concat(differences(memory, wallets))
    return {
      at: now,
      organisations: findings.organisations,
      transfers: findings.transfers,
      holds: { open: findings.open, ended: findings.ended },
      problems: problems.slice(0, MAX_PROBLEMS),
      more: findings.more + Math.max(0, problems.length - MAX_PROBLEMS),
    }
  }

  #remember(memory: Map<string, AuditedWallet>): void {
    for (const { name, cash, voucher, held, recharged } of this.#parts.state.wallets.all()) {
      memory.set(name, {
        organisation: name,
        cash: BigInt(cash),
        voucher: BigInt(voucher),
        held: BigInt(held),
        recharged: BigInt(recharged),
      })
    }
  }
}

/** Organisations that were made a moment ago are in one of the two only, and have nothing. */
function differences(memory: ReadonlyMap<string, AuditedWallet>, kept: readonly AuditedWallet[]): string[] {
  return kept.flatMap((wallet) => {
    const known = memory.get(wallet.organisation)
    if (known === undefined) return []
    const different = FIGURES.filter((figure) => known[figure] !== wallet[figure])
    return different.map(
      (figure) => `${wallet.organisation}: ${figure} is ${wallet[figure]} on the disk, and ${known[figure]} in memory`,
    )
  })
}
