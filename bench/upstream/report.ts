/** What the upstream tells the process that started it. */

export type UpstreamReport =
  | { readonly type: 'ready'; readonly port: number }
  | { readonly type: 'count'; readonly openStreams: number; readonly requests: number }

/** The channel is between our own processes: the name of a message is all there is to check. */
export function isUpstreamReport(value: unknown): value is UpstreamReport {
  return typeof value === 'object' && value !== null && 'type' in value
}
