/** Sampling: K2.5 fixes every value, one set while it thinks and one while it does not; older models take ranges. */

import type { LenientSwitch, Model, SamplingRule } from '@moonbase/protocol'
import { apiError, apiErrorWith } from '@moonbase/protocol/errors'
import type { Sampling } from '../generation/index.ts'
import type { AppliedLeniency } from './applied-leniency.ts'

/** The wire names, which the errors and the leniency header show. */
const WIRE_NAMES = {
  temperature: 'temperature',
  topP: 'top_p',
  n: 'n',
  presencePenalty: 'presence_penalty',
  frequencyPenalty: 'frequency_penalty',
} as const

type Parameter = keyof Sampling

/** Below this, a temperature is zero for all purposes and `n` copies would be the same. */
const NEAR_ZERO = 1e-6

export function resolveSampling(
  asked: Partial<Sampling>,
  thinking: boolean,
  model: Model,
  lenient: ReadonlySet<LenientSwitch>,
  leniency: AppliedLeniency,
): Sampling {
  const rules = thinking ? model.sampling.thinking : model.sampling.instant
  const resolve = (parameter: Parameter): number => {
    const name = WIRE_NAMES[parameter]
    const value = asked[parameter]
    const rule = rules[name]
    if (value === undefined) return ownValue(rule)
    if (!('fixed' in rule)) return checkRange(name, value, rule)
    if (value === rule.fixed) return value
    if (!lenient.has('drop-fixed-sampling')) {
      const field = { name, value, allowed: rule.fixed }
      throw apiErrorWith('fixed_value', { field }, { parameter: name, value: rule.fixed })
    }
    leniency.notes.push({ switch: 'drop-fixed-sampling', field: name })
    return rule.fixed
  }
  const sampling: Sampling = {
    temperature: resolve('temperature'),
    topP: resolve('topP'),
    n: resolve('n'),
    presencePenalty: resolve('presencePenalty'),
    frequencyPenalty: resolve('frequencyPenalty'),
  }
  if (sampling.n > 1 && sampling.temperature < NEAR_ZERO) {
    throw apiError('invalid_request', { details: 'n must be 1 when temperature is 0' })
  }
  return sampling
}

function ownValue(rule: SamplingRule): number {
  return 'fixed' in rule ? rule.fixed : rule.default
}

function checkRange(name: string, value: number, rule: { minimum: number; maximum: number }): number {
  if (value >= rule.minimum && value <= rule.maximum) return value
  throw apiError('invalid_request', {
    details: `${name} must be between ${rule.minimum} and ${rule.maximum}, but got ${value}`,
  })
}
