/** Models as labels: a closed set. */

import { findModel } from '@moonbase/protocol'

/** For a request that was refused before its route or its model was known. */
export const NONE = 'none'

/** A model of the catalogue, or `other`. */
export function modelLabel(model: string): string {
  return model === NONE || findModel(model) !== undefined ? model : 'other'
}
