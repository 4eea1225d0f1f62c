/** Spend limits as Cloudflare's REST API writes them: windows in seconds, filters by metadata, models and providers. */

import { isFields } from '@moonbase/protocol'
import { type SpendLimits, type SpendRule, TECHNIQUES } from '../../gateways/gateway-object.ts'
import { wrong } from './gateway-wrong.ts'

/** Source: the platform's page of budgets. */
const MOST_RULES = 20
const MOST_WINDOW_SECONDS = 366 * 86_400
const MOST_LIMIT = 1_000_000
const MOST_VALUES = 100
const MOST_CHARACTERS = 256

export function spendLimitsFields({ enabled, rules }: SpendLimits) {
  return {
    enabled,
    rules: rules.map(({ id, enabled: isOn, limit, window, technique, metadata, models, providers }) => ({
      id,
      enabled: isOn,
      limit,
      limitType: 'cost',
      window,
      technique,
      metadata: Object.fromEntries(
        Object.entries(metadata).map(([name, way]) => [
          name,
          way === 'partition' ? { mode: 'partition' } : { mode: 'filter', values: way },
        ]),
      ),
      ...(models === null ? {} : { model: { mode: 'filter', values: models } }),
      ...(providers === null ? {} : { provider: { mode: 'filter', values: providers } }),
    })),
  }
}

/** @throws ApiError that names the field */
export function readSpendLimits(name: string, value: unknown): SpendLimits {
  if (!isFields(value)) throw wrong(name, value, 'an object')
  const { enabled, rules } = value
  if (typeof enabled !== 'boolean') throw wrong(`${name}.enabled`, enabled, 'true or false')
  const list: readonly unknown[] = Array.isArray(rules) ? rules : []
  if (rules !== undefined && !Array.isArray(rules)) throw wrong(`${name}.rules`, rules, 'an array')
  if (list.length > MOST_RULES) throw wrong(`${name}.rules`, list.length, `at most ${MOST_RULES}`)
  return { enabled, rules: list.map((rule, index) => readRule(`${name}.rules[${index}]`, rule, index)) }
}

function readRule(at: string, rule: unknown, index: number): SpendRule {
  if (!isFields(rule)) throw wrong(at, rule, 'an object')
  const { id = `rule-${index}`, enabled = true, limit, limitType, window, technique = 'fixed', metadata } = rule
  if (!isShort(id)) throw wrong(`${at}.id`, id, SHORT)
  if (typeof enabled !== 'boolean') throw wrong(`${at}.enabled`, enabled, 'true or false')
  if (typeof limit !== 'number' || !(limit > 0 && limit <= MOST_LIMIT)) {
    throw wrong(`${at}.limit`, limit, `a number above 0, at most ${MOST_LIMIT}`)
  }
  if (limitType !== undefined && limitType !== 'cost') throw wrong(`${at}.limitType`, limitType, "'cost'")
  if (typeof window !== 'number' || !Number.isSafeInteger(window) || window < 1 || window > MOST_WINDOW_SECONDS) {
    throw wrong(`${at}.window`, window, `whole seconds from 1 to ${MOST_WINDOW_SECONDS}`)
  }
  const found = TECHNIQUES.find((one) => one === technique)
  if (found === undefined) throw wrong(`${at}.technique`, technique, `one of ${TECHNIQUES.join(', ')}`)
  return {
    id,
    enabled,
    limit,
    window,
    technique: found,
    metadata: readMetadata(`${at}.metadata`, metadata),
    models: readValues(`${at}.model`, rule['model']),
    providers: readValues(`${at}.provider`, rule['provider']),
  }
}

function readMetadata(at: string, value: unknown): SpendRule['metadata'] {
  if (value === undefined || value === null) return {}
  if (!isFields(value)) throw wrong(at, value, 'an object')
  return Object.fromEntries(
    Object.entries(value).map(([name, way]) => {
      const mode = isFields(way) ? way['mode'] : undefined
      if (mode === 'partition') return [name, mode]
      const values = readValues(`${at}.${name}`, way)
      if (mode !== 'filter' || values === null)
        throw wrong(`${at}.${name}`, way, '{mode: partition} or {mode: filter, values}')
      return [name, values]
    }),
  )
}

/** Of `{values: […]}` or of the array alone; `null`: nothing is said. */
function readValues(at: string, value: unknown): readonly string[] | null {
  if (value === undefined || value === null) return null
  const values: unknown = isFields(value) ? value['values'] : value
  if (!Array.isArray(values) || values.length === 0 || values.length > MOST_VALUES || !values.every(isShort)) {
    throw wrong(at, value, `values: 1 to ${MOST_VALUES}, each ${SHORT}`)
  }
  return values
}

const SHORT = `text of 1 to ${MOST_CHARACTERS} characters`

function isShort(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= MOST_CHARACTERS
}
