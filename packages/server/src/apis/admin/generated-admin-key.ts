/** For whoever operates a server on its own machine: the admin key that it made for itself. */

import { credentialsPath, readCredentials } from '../../credentials/credentials-file.ts'

/** `undefined` when there is none in this folder. @throws StartError when its file may not be trusted or understood */
export function generatedAdminKey(dataFolder: string): string | undefined {
  return readCredentials(credentialsPath(dataFolder))?.adminKey
}
