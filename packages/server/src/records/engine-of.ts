/** Names of replicas, and of the engines that they belong to. */

/** The engine of a replica: `cluster` of `cluster/2`. Names of engines hold no slash. */
export function engineOf(replica: string): string {
  const slash = replica.indexOf('/')
  return slash === -1 ? replica : replica.slice(0, slash)
}
