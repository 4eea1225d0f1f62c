/** Why a server cannot listen where it was told to, in words that say what to do about it. */

const ANOTHER_PORT = 'choose another port with MOONBASE_PORT or --port (0: any free one)'

export function whyNotListen(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'EADDRINUSE') return `another program listens there: stop it, or ${ANOTHER_PORT}`
  if (code === 'EACCES') return `the user of this server may not: ${ANOTHER_PORT}`
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return 'this machine has no such address: choose one of its own with MOONBASE_HOST or --host'
  }
  return error instanceof Error ? error.message : String(error)
}
