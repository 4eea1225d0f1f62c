/** What a start says about its configuration, in lines for people. */

import { join } from 'node:path'
import { MODELS, findModel } from '@moonbase/protocol'
import { isHostedMoonshot } from './addresses.ts'
import type { Configuration, EngineConfiguration } from './configuration.ts'

/** Half of all clients send a temperature unasked. */
const STRICT =
  'strict: a client that sends a temperature of its own gets a 400, as on the platform; MOONBASE_LENIENT=drop-fixed-sampling lets it pass'
const OR_ASKED = ', and so does the header x-moonbase-lenient: drop-fixed-sampling of a request'

/** Which file, which engine serves what, stand-ins, and whatever the operator should know. Holds no secret. */
export function startLines(configuration: Configuration): string[] {
  const { file, keys, lenient } = configuration
  const lines = [fileLine(file), ...modelLines(configuration)]
  lines.push(...filesLines(configuration))
  if (keys.length > 0) lines.push(`keys: ${keys.length} from ${file?.path ?? 'the file'}`)
  if (lenient.length > 0) lines.push(`lenient: ${lenient.join(', ')}`)
  else if (keys.every((key) => key.lenient === undefined)) {
    lines.push(configuration.allowLenientHeader ? STRICT + OR_ASKED : STRICT)
  }
  return [...lines, ...configuration.notes.map((note) => `note: ${note}`)]
}

/** Only where it is not in the data folder. */
function filesLines({ files, dataFolder }: Configuration): string[] {
  switch (files.kind) {
    case 'file':
      return files.path === join(dataFolder, 'files') ? [] : [`files: the folder ${files.path}`]
    case 's3': {
      const at = files.endpoint === undefined ? '' : ` at ${files.endpoint}`
      return [`files: the bucket ${files.bucket}${at}${files.prefix === '' ? '' : `, below ${files.prefix}`}`]
    }
    case 'memory':
      return ['files: in memory, gone with the process']
  }
}

function fileLine(file: Configuration['file']): string {
  if (file === undefined) return 'configuration: no file, from the environment and defaults'
  return `configuration: ${file.path}${file.found ? ' (found here; --config names another)' : ''}`
}

/** One line for each engine with the models it serves itself, one for each stand-in. */
function modelLines({ engines, models }: Configuration): string[] {
  const lines: string[] = []
  for (const [name, engine] of Object.entries(engines)) {
    const served = Object.entries(models).filter(([, model]) => model.engines.includes(name))
    const own = served.filter(([, model]) => model.standIn === undefined).map(([id]) => id)
    const all = engine.type === 'replay' ? 'the models recorded there' : 'every model of the catalogue'
    const list = own.length === MODELS.length ? all : own.join(', ')
    lines.push(`engine ${name}: ${about(engine)}${own.length === 0 ? '' : ` serves ${list}`}`)
    for (const [id, { standIn }] of served) {
      if (standIn === undefined) continue
      const retired = isHosted(engine) ? findModel(id)?.retired : undefined
      const why = retired === undefined || retired === null ? '' : ` (off at the hosted platform since ${retired})`
      lines.push(`stand-in: ${standIn} of ${name} answers for ${id}${why}; replies say so in x-moonbase-served-by`)
    }
  }
  return lines
}

function isHosted(engine: EngineConfiguration): boolean {
  return engine.type === 'openai-compatible' && engine.urls.every(isHostedMoonshot)
}

function about(engine: EngineConfiguration): string {
  if (engine.type === 'openai-compatible') {
    return `${engine.flavour} at ${engine.urls.join(', ')}${engine.model === undefined ? '' : ` (as ${engine.model})`}`
  }
  if (engine.type === 'gguf') return `llama.cpp with ${engine.path}, which counts its own tokens,`
  if (engine.type === 'replay') return `what is recorded in ${engine.cassettes.join(', ')}`
  const scenarios = engine.scenarios?.length ?? 0
  if (scenarios === 0) return 'the offline stand-in, which runs no model,'
  return `the offline stand-in with ${scenarios} scenario file${scenarios === 1 ? '' : 's'}`
}
