import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LENIENT_SWITCHES } from '@moonbase/protocol'
import { Ajv } from 'ajv'
import { readSchema } from './check-shape.ts'
import {
  DEFAULTS,
  FLAVOURS,
  GGUF_MEMORY,
  GGUF_TEMPLATES,
  GPU_CHOICES,
  LOG_FORMATS,
  LOG_LEVELS,
  REPLAY_MATCHES,
} from './configuration.ts'
import { isRecord } from './plain-value.ts'
import { valueAt } from './pointer.ts'

const schema: Record<string, unknown> = JSON.parse(await readSchema())
const defaultOf = (path: string): unknown =>
  valueAt(schema, `/properties/${path.replaceAll('.', '/properties/')}/default`)

test('the published schema is a valid draft 7 schema, also in the strict reading', () => {
  const ajv = new Ajv({ strict: true, allowUnionTypes: true, allErrors: true })
  assert.equal(ajv.validateSchema(schema), true, ajv.errorsText())
  ajv.compile(schema)
})

test('it states the defaults that the code has', () => {
  for (const [path, value] of Object.entries({
    'listen.host': DEFAULTS.listen.host,
    'listen.port': DEFAULTS.listen.port,
    data: DEFAULTS.data,
    store_lease_ms: DEFAULTS.storeLeaseMs,
    lenient: [],
    'log.level': DEFAULTS.log.level,
    'log.format': DEFAULTS.log.format,
    'limits.body_bytes': DEFAULTS.limits.bodyBytes,
    'limits.body_timeout_ms': DEFAULTS.limits.bodyTimeoutMs,
    'limits.shutdown_ms': DEFAULTS.limits.shutdownMs,
    'limits.lease_ms': DEFAULTS.limits.leaseMs,
    allow_lenient_header: DEFAULTS.allowLenientHeader,
    'limits.shares.body_bytes_per_second': DEFAULTS.limits.shares.bodyBytesPerSecond,
    'limits.shares.body_values': DEFAULTS.limits.shares.bodyValues,
    'limits.shares.bodies_waiting': DEFAULTS.limits.shares.bodiesWaiting,
    'limits.shares.prompts_waiting': DEFAULTS.limits.shares.promptsWaiting,
    'limits.shares.videos_waiting': DEFAULTS.limits.shares.videosWaiting,
    'limits.shares.estimates_per_minute': DEFAULTS.limits.shares.estimatesPerMinute,
    'limits.shares.idle_connections': DEFAULTS.limits.shares.idleConnections,
    'limits.overload.heap': DEFAULTS.limits.overload.heap,
    'limits.overload.delay_ms': DEFAULTS.limits.overload.delayMs,
    'limits.reasoning.keep_ms': DEFAULTS.limits.reasoning.keepMs,
    'limits.reasoning.entries': DEFAULTS.limits.reasoning.entries,
    'limits.reasoning.bytes': DEFAULTS.limits.reasoning.bytes,
    allow_development_keys: DEFAULTS.allowDevelopmentKeys,
    'cors.origins': DEFAULTS.cors.origins,
    web: DEFAULTS.web ? 'on' : 'off',
  })) {
    assert.deepEqual(defaultOf(path), value, path)
  }
  const engine = '/definitions/openaiCompatibleEngine/properties'
  assert.equal(valueAt(schema, `${engine}/flavour/default`), DEFAULTS.flavour)
  for (const [name, value] of Object.entries(DEFAULTS.gguf)) {
    assert.equal(valueAt(schema, `/definitions/ggufEngine/properties/${name}/default`), value, name)
  }
  for (const [name, value] of [
    ['connect_ms', DEFAULTS.timeouts.connectMs],
    ['first_byte_ms', DEFAULTS.timeouts.firstByteMs],
    ['silence_ms', DEFAULTS.timeouts.silenceMs],
  ]) {
    assert.equal(valueAt(schema, `${engine}/timeouts/properties/${name}/default`), value, String(name))
  }
})

test('it lists the choices that the code has', () => {
  assert.deepEqual(valueAt(schema, '/properties/log/properties/level/enum'), LOG_LEVELS)
  assert.deepEqual(valueAt(schema, '/properties/log/properties/format/enum'), LOG_FORMATS)
  assert.deepEqual(valueAt(schema, '/definitions/openaiCompatibleEngine/properties/flavour/enum'), FLAVOURS)
  assert.deepEqual(valueAt(schema, '/definitions/ggufEngine/properties/gpu/enum'), GPU_CHOICES)
  assert.deepEqual(valueAt(schema, '/definitions/replayEngine/properties/match/enum'), REPLAY_MATCHES)
  assert.equal(valueAt(schema, '/definitions/replayEngine/properties/match/default'), DEFAULTS.replay.match)
  assert.deepEqual(valueAt(schema, '/definitions/ggufEngine/properties/template/enum'), GGUF_TEMPLATES)
  assert.deepEqual(valueAt(schema, '/definitions/ggufEngine/properties/memory/enum'), GGUF_MEMORY)
  assert.deepEqual(valueAt(schema, '/definitions/lenient/items/enum'), Object.keys(LENIENT_SWITCHES))
})

test('its examples and defaults are valid where they stand', () => {
  const seen: string[] = []
  const visit = (value: unknown, at: string): void => {
    if (Array.isArray(value)) {
      for (const [index, item] of value.entries()) visit(item, `${at}/${index}`)
      return
    }
    if (!isRecord(value)) return
    const examples = Array.isArray(value['examples']) ? value['examples'] : []
    const validate = new Ajv({ allowUnionTypes: true, strict: false }).compile({
      ...value,
      definitions: schema['definitions'],
    })
    for (const example of 'default' in value ? [...examples, value['default']] : examples) {
      seen.push(at)
      assert.equal(validate(example), true, `${at}: ${JSON.stringify(example)} ${JSON.stringify(validate.errors)}`)
    }
    for (const keyword of ['properties', 'definitions']) {
      if (!isRecord(value[keyword])) continue
      for (const [name, child] of Object.entries(value[keyword])) visit(child, `${at}/${keyword}/${name}`)
    }
  }
  visit(schema, '')
  assert.ok(seen.length > 20)
})

test('every field is described', () => {
  const bare: string[] = []
  const visit = (value: unknown, at: string): void => {
    if (!isRecord(value)) return
    for (const [name, field] of Object.entries(isRecord(value['properties']) ? value['properties'] : {})) {
      if (isRecord(field) && field['description'] === undefined && field['const'] === undefined)
        bare.push(`${at}.${name}`)
      visit(field, `${at}.${name}`)
    }
    for (const [name, definition] of Object.entries(isRecord(value['definitions']) ? value['definitions'] : {})) {
      visit(definition, name)
    }
  }
  visit(schema, '')
  assert.deepEqual(bare, [])
})
