/** Whose counts a request goes into: its organisation's, its project's, its key's; batch work into others of the same names. */

import type { KeyAccount } from '../accounts/accounts.ts'
import type { RateLimits } from '../records/account-records.ts'
import type { RequestClass } from '../records/request-record.ts'
import type { LimitedSubject } from './limiter.ts'

type Caller = Pick<KeyAccount, 'account' | 'project' | 'projectLimits' | 'id' | 'limits'>

/** In the order in which refusals are told. */
export function subjectsOf(caller: Caller, of: RequestClass): readonly LimitedSubject[] {
  const { account, project, projectLimits, id, limits } = caller
  const batch = of === 'batch'
  const subjects: LimitedSubject[] = [
    batch
      ? { scope: 'batch-organisation', id: account.id, limits: batchLimits(account.limits) }
      : { scope: 'organisation', id: account.id, limits: account.limits },
  ]
  if (projectLimits !== null)
    subjects.push(
      batch
        ? { scope: 'batch-project', id: project, limits: batchLimits(projectLimits) }
        : { scope: 'project', id: project, limits: projectLimits },
    )
  if (limits !== null)
    subjects.push(batch ? { scope: 'batch-key', id, limits: batchLimits(limits) } : { scope: 'key', id, limits })
  return subjects
}

/**
 * As many slots again as people have, and nothing else. Neither page nor help centre says whether batch work counts in RPM and
 * TPM (reference/platform-parts.md, 1.3); it cannot: with the three requests a minute of tier 0 a day has room for 4,320
 * lines of a file that may hold a hundred thousand. A batch has its time and its price, and the slots keep it from taking all of an engine.
 */
function batchLimits({ concurrency }: RateLimits): RateLimits {
  return { concurrency, rpm: null, tpm: null, tpd: null }
}
