/** The sampling of a request, as an upstream of some flavour is told it. */

import type { Model, SamplingRules } from '@moonbase/protocol'
import type { GenerationRequest } from '../../generation/index.ts'
import type { Flavour } from './flavours.ts'

/** By their names on the wire; what is `undefined` stays unsaid. */
type SamplingFields = Readonly<Record<keyof SamplingRules, unknown>>

/** @param rules of the model that answers, where the catalogue has it */
export function samplingFields(request: GenerationRequest, flavour: Flavour, rules: Model | undefined): SamplingFields {
  const { temperature, topP, n, presencePenalty, frequencyPenalty } = request.sampling
  const fields = {
    temperature,
    top_p: topP,
    n: n === 1 ? undefined : n,
    presence_penalty: presencePenalty,
    frequency_penalty: frequencyPenalty,
  }
  if (flavour.sampling === 'explicit') return fields
  // A model that the catalogue does not know is one of the later ones, and all of those fix their sampling.
  const sampling = request.thinking ? rules?.sampling.thinking : rules?.sampling.instant
  const said = (field: keyof SamplingRules): unknown =>
    sampling === undefined || 'fixed' in sampling[field] ? undefined : fields[field]
  return {
    temperature: said('temperature'),
    top_p: said('top_p'),
    n: said('n'),
    presence_penalty: said('presence_penalty'),
    frequency_penalty: said('frequency_penalty'),
  }
}
