/** What the HTTP server may take of this machine: what the operator has said, and else what there is. */

import { readFileSync } from 'node:fs'
import { type Configuration } from './configuration/index.ts'
import type { HttpLimits } from './http/http-server-options.ts'

const MOST_CONNECTIONS = 20_000
/** Of the heap that V8 may have; bodies are beside it, and their values are in it. */
const BODIES_OF_HEAP = 1 / 4
/** So that one organisation's largest body leaves room for another one's. */
const LARGEST_BODIES = 2
/** Databases, files, threads and the connections that listen. */
const KEPT_DESCRIPTORS = 128
/** A connection, and one to an engine for its answer. */
const DESCRIPTORS_OF_ONE = 2

/** @param descriptors `undefined`: nobody knows, and nothing is kept back */
export function httpLimits(
  { bodyBytes, bodyTimeoutMs, shares }: Configuration['limits'],
  heapBytes: number,
  descriptors: number | undefined,
): HttpLimits {
  const room = ((descriptors ?? Infinity) - KEPT_DESCRIPTORS) / DESCRIPTORS_OF_ONE
  return {
    bodyBytes,
    bodyTimeoutMs,
    bodiesBytes: shares.bodiesBytes ?? Math.max(Math.floor(heapBytes * BODIES_OF_HEAP), LARGEST_BODIES * bodyBytes),
    bodyBytesPerSecond: shares.bodyBytesPerSecond,
    // More than there are descriptors for nobody can have: without one, connections end before anybody is told of them.
    connections: Math.max(Math.min(Math.floor(room), shares.connections ?? MOST_CONNECTIONS), 1),
    idleConnections: shares.idleConnections,
  }
}

/** That this process may have at once. Node has raised it as far as the system lets it. Only Linux tells. */
export function mostDescriptors(
  read: (path: string) => string = (path) => readFileSync(path, 'latin1'),
): number | undefined {
  if (process.platform !== 'linux') return undefined
  const most = Number(/^Max open files +(\d+)/m.exec(read('/proc/self/limits'))?.[1])
  return Number.isFinite(most) ? most : undefined
}
