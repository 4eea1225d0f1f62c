/** What is kept of a request until its end is. */

import type { InferenceRequest } from './inference.ts'

export type SettledRequest = Pick<
  InferenceRequest,
  'id' | 'caller' | 'arrivedAt' | 'parent' | 'api' | 'class' | 'labels' | 'together' | 'withEnd' | 'keepSlot'
>

/** Nothing else of a request is kept while it runs. */
export function settledPart(request: InferenceRequest): SettledRequest {
  const { id, caller, arrivedAt, parent, api, labels, together, withEnd, keepSlot } = request
  return {
    id,
    caller,
    arrivedAt,
    parent,
    api,
    class: request.class,
    ...(labels === undefined ? {} : { labels }),
    ...(together === undefined ? {} : { together }),
    ...(withEnd === undefined ? {} : { withEnd }),
    ...(keepSlot === undefined ? {} : { keepSlot }),
  }
}
