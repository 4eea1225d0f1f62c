/** What no schema can say: names that must exist, addresses, keys, and lists that only later versions read whole. */

import { MODELS, findModel } from '@moonbase/protocol'
import { wrongWithKey } from '../keys/key-text.ts'
import { checkHost, checkNetwork, checkOrigin, checkSocket, checkUpstreamUrl } from './addresses.ts'
import { didYouMean } from './did-you-mean.ts'
import { fieldsOf, textsOf } from './plain-value.ts'
import { pointerTo } from './pointer.ts'
import { type Checked, quoted } from './problems.ts'
import type { YamlFile } from './read-yaml.ts'
import { checkFilesPlace } from './files-place.ts'
import { DEFAULTS } from './configuration.ts'
import { SHARE_OF_BODIES } from './share-settings.ts'
import { checkLimitsPlace, checkStorePlace } from './store-places.ts'

/**
 * Adds to the problems of the file. The file may be of any shape: what has the wrong one was reported before, and is
 * passed over here.
 *
 * @param known engine names that models may use when the file has no `engines`: those that the environment brings.
 */
export function checkMeaning(file: YamlFile, known: readonly string[]): void {
  const root = fieldsOf(file.value)
  const listen = fieldsOf(root['listen'])
  if (typeof listen['host'] === 'string' && listen['host'] !== '') {
    check(file, '/listen/host', checkHost(listen['host']), listen['host'])
  }
  for (const [index, network] of textsOf(listen['trusted_proxies'])) {
    check(file, `/listen/trusted_proxies/${index}`, checkNetwork(network), network)
  }
  if (typeof root['store'] === 'string') check(file, '/store', checkStorePlace(root['store'], '/'))
  if (typeof root['files'] === 'string') check(file, '/files', checkFilesPlace(root['files'], '/'))
  const limits = fieldsOf(root['limits'])
  const counts = limits['store']
  if (typeof counts === 'string') check(file, '/limits/store', checkLimitsPlace(counts))
  checkBodies(file, limits)
  checkEngines(file, root['engines'])
  checkModels(file, root, known)
  checkKeys(file, root['keys'])
  for (const [index, socket] of textsOf(fieldsOf(root['outgoing'])['may_ask'])) {
    check(file, `/outgoing/may_ask/${index}`, checkSocket(socket), socket)
  }
  const origins = fieldsOf(root['cors'])['origins']
  for (const [index, origin] of textsOf(origins)) {
    check(file, `/cors/origins/${index}`, checkOrigin(origin), origin)
  }
}

/** One owner never has all of the bytes, and a body of the largest size must get through. */
function checkBodies(file: YamlFile, limits: Record<string, unknown>): void {
  const { body_bytes: largest = DEFAULTS.limits.bodyBytes, shares } = limits
  const all = fieldsOf(shares)['bodies_bytes']
  if (typeof all !== 'number' || typeof largest !== 'number' || all * SHARE_OF_BODIES >= largest) return
  const least = Math.ceil(largest / SHARE_OF_BODIES)
  file.add('/limits/shares/bodies_bytes', `must be at least ${least}, so that the largest body has room (got ${all})`)
}

function checkEngines(file: YamlFile, engines: unknown): void {
  for (const [name, engine] of Object.entries(fieldsOf(engines))) {
    const at = pointerTo('/engines', name)
    const { type, url, urls, key, models, headers } = fieldsOf(engine)
    if (type !== 'openai-compatible') continue
    if (typeof url === 'string' && url !== '') check(file, `${at}/url`, checkUpstreamUrl(url))
    for (const [index, one] of textsOf(urls)) check(file, `${at}/urls/${index}`, checkUpstreamUrl(one))
    if (url === undefined && urls === undefined) file.add(at, 'the field "url" is missing', 'key')
    if (url !== undefined && urls !== undefined) file.add(`${at}/urls`, 'stands beside "url"; put all addresses here')
    if (typeof key === 'string' && /[^\x21-\x7e]/.test(key)) {
      file.add(`${at}/key`, 'goes into a header, and may hold neither spaces nor anything but ASCII')
    }
    for (const [header, value] of Object.entries(fieldsOf(headers))) {
      const wrong = wrongWithHeader(header, value)
      if (wrong !== undefined) file.add(pointerTo(`${at}/headers`, header), wrong, 'key')
    }
    for (const model of Object.keys(fieldsOf(models))) {
      if (findModel(model) === undefined) file.add(pointerTo(`${at}/models`, model), unknownModel(model), 'key')
    }
  }
}

/** Those that make HTTP what it is are ours. */
const OUR_HEADERS = new Set([
  'host',
  'content-type',
  'content-length',
  'accept',
  'accept-encoding',
  'connection',
  'transfer-encoding',
])

function wrongWithHeader(name: string, value: unknown): string | undefined {
  if (!/^[A-Za-z0-9-]+$/.test(name)) return 'must be the name of a header: letters, digits and "-"'
  if (OUR_HEADERS.has(name.toLowerCase())) return 'is a header that the server sets itself'
  return typeof value === 'string' && /[^\x20-\x7e]/.test(value) ? 'must be printable ASCII' : undefined
}

function checkModels(file: YamlFile, root: Record<string, unknown>, known: readonly string[]): void {
  const engines = root['engines'] === undefined ? known : Object.keys(fieldsOf(root['engines']))
  for (const [id, model] of Object.entries(fieldsOf(root['models']))) {
    const at = pointerTo('/models', id)
    if (findModel(id) === undefined) file.add(at, unknownModel(id), 'key')
    const fields = fieldsOf(model)
    const names = textsOf(fields['engines'])
    for (const [index, name] of names) {
      if (!engines.includes(name))
        file.add(`${at}/engines/${index}`, unknownEngine(file, `${at}/engines/${index}`, name, engines))
    }
    const standIn = fields['stand_in']
    if (typeof standIn !== 'string') continue
    if (findModel(standIn) === undefined) file.add(`${at}/stand_in`, unknownModel(standIn))
    else if (standIn === id) file.add(`${at}/stand_in`, 'is the model itself; leave the field out')
  }
  if (root['models'] === undefined && Object.keys(fieldsOf(root['engines'])).length > 1) {
    file.add('/engines', 'with more than one engine the field "models" must say which serves what', 'key')
  }
}

function unknownModel(id: string): string {
  const ids = MODELS.map((model) => model.id)
  const hint = didYouMean(id, ids)
  return `the catalogue has no model of this name${hint === '' ? `; it has ${ids.join(', ')}` : hint}`
}

function unknownEngine(file: YamlFile, pointer: string, name: string, engines: readonly string[]): string {
  const hint = didYouMean(name, engines)
  const others = engines.length === 0 ? '' : `; there is ${engines.join(', ')}`
  return `there is no engine ${quoted(file.expressionAt(pointer)?.source ?? name)}${hint === '' ? others : hint}`
}

function checkKeys(file: YamlFile, keys: unknown): void {
  const names = new Map<string, number>()
  const secrets = new Map<string, number>()
  if (!Array.isArray(keys)) return
  for (const [index, entry] of keys.entries()) {
    const { name, key } = fieldsOf(entry)
    if (typeof name === 'string') {
      const first = names.get(name)
      if (first === undefined) names.set(name, index)
      else file.add(`/keys/${index}/name`, `is the name of keys[${first}] already`)
    }
    if (typeof key !== 'string' || key === '' || file.isUnknown(`/keys/${index}/key`)) continue
    const wrong = wrongWithKey(key)
    if (wrong !== undefined) file.add(`/keys/${index}/key`, wrong)
    const first = secrets.get(key)
    if (first === undefined) secrets.set(key, index)
    else file.add(`/keys/${index}/key`, `is the same key as that of keys[${first}]`)
  }
}

function check(file: YamlFile, pointer: string, checked: Checked<unknown>, shown?: string): void {
  if (!('wrong' in checked)) return
  const fromOutside = file.expressionAt(pointer) !== undefined
  file.add(pointer, shown === undefined || fromOutside ? checked.wrong : `${checked.wrong} (got ${quoted(shown)})`)
}
