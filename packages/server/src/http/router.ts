/** From method and path to a route, and to what is wrong when there is none. */

import findMyWay from 'find-my-way'
import { type ApiError, apiError, apiErrorWith } from '@moonbase/protocol'

/** What a route is found by. */
export interface RoutePattern {
  readonly method: Method
  /** As find-my-way writes it: `/v1/models/:id`. */
  readonly path: string
}

export interface Match<Found> {
  readonly route: Found
  readonly parameters: Readonly<Record<string, string | undefined>>
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const
type Method = (typeof METHODS)[number]
const SHOWN_PATH_CHARACTERS = 128

/** Returns a function that throws the API's 404 or 405 when nothing matches. */
export function router<Found extends RoutePattern>(
  routes: readonly Found[],
): (method: string, path: string) => Match<Found> {
  const tree = findMyWay({ ignoreTrailingSlash: true })
  for (const route of routes) tree.on(route.method, route.path, () => undefined, route)
  return (method, path) => {
    const known = METHODS.find((one) => one === method)
    const found = known === undefined ? null : tree.find(known, path)
    if (found === null) throw noRoute(tree, method, path)
    // The tree hands back the store that was put in beside the path.
    const route: Found = found.store
    return { route, parameters: found.params }
  }
}

function noRoute(tree: ReturnType<typeof findMyWay>, method: string, path: string): ApiError {
  const shown = path.slice(0, SHOWN_PATH_CHARACTERS)
  const allowed = METHODS.filter((other) => tree.find(other, path) !== null)
  if (allowed.length === 0) return apiError('route_not_found', { method, path: shown })
  const list = allowed.join(', ')
  return apiErrorWith('method_not_allowed', { headers: { Allow: list } }, { method, path: shown, allowed: list })
}
