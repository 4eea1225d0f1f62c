/** The contract that every store keeps, as tests: a store's test file says how its place is made and calls `storeContract`. */

import { describe } from 'node:test'
import { accountsContract } from './accounts-contract.ts'
import { auditContract } from './audit-contract.ts'
import { budgetContract } from './budget-contract.ts'
import { contentsContract } from './contents-contract.ts'
import { contractTests } from './contract-test.ts'
import { creditContract } from './credit-contract.ts'
import { documentsContract } from './documents-contract.ts'
import { holdContract } from './hold-contract.ts'
import { leasesContract } from './leases-contract.ts'
import { modelContract } from './model-contract.ts'
import { recoveryContract } from './recovery-contract.ts'
import { settledDocumentsContract } from './settled-documents-contract.ts'
import type { StoreSite } from './store-site.ts'
import { usageContract } from './usage-contract.ts'

/** `openSite` makes an empty place; each test gets one of its own, and the books are audited behind each test. */
export function storeContract(name: string, openSite: (now: () => number) => Promise<StoreSite>): void {
  void describe(`store contract: ${name}`, () => {
    const tests = contractTests(openSite)
    holdContract(tests)
    creditContract(tests)
    budgetContract(tests)
    recoveryContract(tests)
    usageContract(tests)
    contentsContract(tests)
    documentsContract(tests, { survives: true })
    leasesContract(tests, { survives: true })
    settledDocumentsContract(tests)
    accountsContract(tests)
    auditContract(tests)
    modelContract(tests)
  })
}
