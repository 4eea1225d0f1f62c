/** The part of a store that keeps contents: what each store does in its own way, and nothing more. */

import type { RequestContent } from './request-content.ts'

/** `null`: of whichever organisation. */
export type OrganisationFilter = string | null

export interface ContentTable {
  /** Why nothing is kept at all, for whoever wants to turn it on. */
  readonly refusal: string | undefined
  /**
   * Keeps those whose projects keep contents at that moment, and says how many they were. One that is there already stays
   * as it is. All or none; may be tried again.
   */
  insert(contents: readonly RequestContent[]): Promise<number>
  /** What has not expired at `now`. */
  find(request: string, organisation: OrganisationFilter, now: number): Promise<RequestContent | undefined>
  /** How many there were: none or one. */
  remove(request: string, organisation: OrganisationFilter, now: number): Promise<number>
  /** Some of those that arrived until `before`, so few that nobody waits long for them; 0 when there are no more. */
  removeOfProject(organisation: string, project: string, before: number): Promise<number>
  /** Some of those that have expired at `now`, likewise. */
  removeExpired(now: number): Promise<number>
}
