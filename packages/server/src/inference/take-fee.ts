/** What costs money and is no generation: held before it is done, settled when it is, free where it fails. */

import { apiError, apiErrorWith } from '@moonbase/protocol'
import { failureOf } from '@moonbase/core/inference'
import type { AdmissionControl } from '../admission/admission-control.ts'
import { holdRequest } from '../admission/hold-request.ts'
import { admissionError, assertMayAsk } from '../admission/limit-errors.ts'
import type { HoldEnd, Ledger } from '../ledger/ledger.ts'
import { recordRequest } from '../usage/record-request.ts'
import type { Fee } from './inference.ts'
import type { OpenSettlements } from './open-settlements.ts'
import type { InferenceObserver } from './settlement.ts'

export interface FeeParts {
  readonly admission: Pick<AdmissionControl, 'feeOf'>
  readonly ledger: Pick<Ledger, 'hold' | 'settle'>
  readonly open: OpenSettlements
  readonly observer: InferenceObserver
  readonly now: () => number
}

/** @throws ApiError why it cannot be paid for, and what `work` throws; nothing is charged then */
export async function takeFee<Result>(
  fee: Fee,
  work: (signal: AbortSignal) => Promise<Result>,
  { admission, ledger, open, observer, now }: FeeParts,
): Promise<Result> {
  const { id, caller, model, what, arrivedAt, signal } = fee
  assertMayAsk(caller, model)
  const amount = admission.feeOf(what, caller, model)
  if (amount === undefined) throw apiError('model_not_priced', { model })
  const hold = await ledger.hold(holdRequest(id, caller, model, amount, arrivedAt)).catch((error: unknown) => {
    throw admissionError(error, caller)
  })
  const end = (cost: number, status: number, error: string | null): HoldEnd => ({
    cost,
    record: recordRequest(
      fee,
      { model, streamed: false },
      { status, error, usage: undefined, cost, fees: cost, now: now() },
    ),
  })
  /** Whoever is not given the result does not pay for it. @throws ApiError `ledger_unavailable` */
  const settle = async (ended: HoldEnd, otherwise: HoldEnd): Promise<void> => {
    try {
      await ledger.settle(hold, { ...ended, otherwise: () => otherwise })
      observer.settled(ended.record, caller.account.currency)
    } catch (error) {
      open.settleLater(hold, otherwise)
      observer.settled(otherwise.record, caller.account.currency)
      throw apiErrorWith('ledger_unavailable', { cause: error, reason: 'a fee could not be kept' })
    }
  }
  let result: Result
  try {
    result = await work(signal)
  } catch (error) {
    const { code, status } = failureOf(error, model, signal)
    const released = end(0, status, code)
    // What failed is told, whether or not its release is on the disk yet.
    await settle(released, released).catch(() => undefined)
    throw error
  }
  await settle(end(amount, 200, null), end(0, 503, 'ledger_unavailable'))
  return result
}
