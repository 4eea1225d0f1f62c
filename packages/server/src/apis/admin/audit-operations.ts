/** The audit: whether the books are right. */

import type { AuditReport } from '../../ledger/ledger.ts'
import { type AdminServices, type Operation, operation } from './operation.ts'
import { SCHEMAS } from './reply-schemas.ts'
import { auditView } from './usage-views.ts'

/** An audit reads everything: whoever asks while one runs gets that one. */
const running = new WeakMap<AdminServices['ledger'], Promise<AuditReport>>()

export const auditOperations: readonly Operation[] = [
  operation({
    method: 'GET',
    path: '/admin/v1/audit',
    id: 'showAudit',
    summary: 'Show the last nightly audit',
    scope: 'audit',
    operatorOnly: true,
    organisation: null,
    reply: SCHEMAS.LastAudit,
    run({ services }) {
      const report = services.lastAudit()
      return { report: report === undefined ? null : auditView(report) }
    },
  }),
  operation({
    method: 'POST',
    path: '/admin/v1/audit',
    id: 'runAudit',
    summary: 'Audit the books now',
    description: 'Proves them from the first transfer on, which may take seconds.',
    scope: 'audit',
    operatorOnly: true,
    organisation: null,
    reply: SCHEMAS.Audit,
    async run({ services: { ledger, now } }) {
      const started = running.get(ledger) ?? ledger.audit(now()).finally(() => running.delete(ledger))
      running.set(ledger, started)
      return { report: auditView(await started) }
    },
  }),
]
