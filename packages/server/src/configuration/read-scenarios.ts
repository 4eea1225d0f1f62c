/** Scenario files as plain values. What they mean is the offline engine's business. */

import type { Configuration } from './configuration.ts'
import { Problems } from './problems.ts'
import { type ReadFile, readTextFile, whyUnreadable } from './read-text-file.ts'
import { readYaml } from './read-yaml.ts'
import { StartError } from '../records/start-error.ts'

/**
 * Reads YAML or JSON (which is YAML too), in the given order. `${…}` is not filled in: a scenario is a script, and
 * says the same everywhere.
 *
 * @throws StartError when a file cannot be read or is not YAML
 */
export async function readScenarios(
  paths: readonly string[],
  readFile: ReadFile = readTextFile,
): Promise<{ path: string; value: unknown }[]> {
  const problems = new Problems()
  const scenarios: { path: string; value: unknown }[] = []
  for (const path of paths) {
    let text: string
    try {
      text = await readFile(path)
    } catch (error) {
      throw new StartError(`${path}: the scenario file ${whyUnreadable(error)}`, error)
    }
    const { readable, value } = await readYaml(text, path, 'literal', problems)
    if (readable && !isScenarioFile(value)) throw new StartError(`${path}: is no scenario file: it has no "scenarios"`)
    scenarios.push({ path, value })
  }
  problems.throwIfAny()
  return scenarios
}

/**
 * Nothing else of this shape is anywhere. A path may be wrong, and lead to a file that nobody wants to see in a log: what is
 * wrong with it is told in the words of that file, and so only of one that is meant to be a scenario.
 */
function isScenarioFile(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, 'scenarios')
}

/** The scenarios of all engines that play some. @throws StartError for the first file that cannot be read */
export async function readAllScenarios(
  { engines }: Pick<Configuration, 'engines'>,
  readFile: ReadFile = readTextFile,
): Promise<void> {
  for (const engine of Object.values(engines)) {
    if (engine.type === 'offline') await readScenarios(engine.scenarios ?? [], readFile)
  }
}
