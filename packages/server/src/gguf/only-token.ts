/** A bias for one token alone: how a grammar is led along text that already stands. */

import { tokenOf } from './llama-token.ts'
import type { LoadedModel } from './load-model.ts'
import type { OnlyToken } from './turn.ts'

/** Far above any logit of a model, and small enough that single precision still tells logits apart beside it. */
const CERTAIN = 10_000

export function onlyToken({ library, model }: Pick<LoadedModel, 'library' | 'model'>): OnlyToken {
  return (id) => library.TokenBias.for(model).set(tokenOf(id), { logit: CERTAIN })
}
