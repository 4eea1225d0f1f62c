/** What Oxen calls the models that are called otherwise elsewhere. */

/** By our own ids. Others, such as `kimi-k3`, are the same there. */
const NAMES: ReadonlyMap<string, string> = new Map([['kimi-k2.5', 'moonshotai-kimi-k2-5']])
const IDS: ReadonlyMap<string, string> = new Map([...NAMES].map(([id, name]) => [name, id]))

export function oxenName(id: string): string {
  return NAMES.get(id) ?? id
}

/** The id by which it is found; what nobody has heard of stays as it is. */
export function modelId(name: string): string {
  return IDS.get(name) ?? name
}
