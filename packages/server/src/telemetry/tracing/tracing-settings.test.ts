import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { StartError } from '../../configuration/index.ts'
import { tracingSettings } from './tracing-settings.ts'

const ENDPOINT = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318/' }

describe('tracingSettings', () => {
  it('wants nothing of a server without a collector, or whose operator has turned it off', () => {
    for (const environment of [
      {},
      { OTEL_SERVICE_NAME: 'kimi' },
      { OTEL_EXPORTER_OTLP_ENDPOINT: ' ' },
      { ...ENDPOINT, OTEL_SDK_DISABLED: 'TRUE' },
      { ...ENDPOINT, OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none' },
    ]) {
      assert.equal(tracingSettings(environment), undefined)
    }
  })

  it('sends both to one collector, or each where it says', () => {
    const both = tracingSettings(ENDPOINT)
    assert.equal(both?.traces?.url, 'http://collector:4318/v1/traces')
    assert.equal(both?.metrics?.url, 'http://collector:4318/v1/metrics')
    const one = tracingSettings({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://traces/in' })
    assert.equal(one?.traces?.url, 'https://traces/in')
    assert.equal(one?.metrics, undefined)
    assert.equal(tracingSettings({ ...ENDPOINT, OTEL_METRICS_EXPORTER: 'none' })?.metrics, undefined)
  })

  it('adds the headers of one signal to those of both', () => {
    const settings = tracingSettings({
      ...ENDPOINT,
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20abc, x-team = red',
      OTEL_EXPORTER_OTLP_METRICS_HEADERS: 'x-team=blue',
    })
    assert.deepEqual(settings?.traces?.headers, { authorization: 'Bearer abc', 'x-team': 'red' })
    assert.deepEqual(settings?.metrics?.headers, { authorization: 'Bearer abc', 'x-team': 'blue' })
  })

  it('names the service as it is told to', () => {
    assert.deepEqual(tracingSettings(ENDPOINT)?.resource, { 'service.name': 'moonbase' })
    const named = { ...ENDPOINT, OTEL_RESOURCE_ATTRIBUTES: 'service.name=kimi,deployment.environment.name=a%2Cb' }
    assert.deepEqual(tracingSettings(named)?.resource, { 'service.name': 'kimi', 'deployment.environment.name': 'a,b' })
    assert.equal(tracingSettings({ ...named, OTEL_SERVICE_NAME: 'kimi-2' })?.resource['service.name'], 'kimi-2')
  })

  it('samples as the standard has it', () => {
    const sampler = (more: Record<string, string>) => tracingSettings({ ...ENDPOINT, ...more })?.sampler
    assert.deepEqual(sampler({}), { parentBased: true, root: 'always_on', ratio: 1 })
    assert.deepEqual(sampler({ OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.25' }), {
      parentBased: false,
      root: 'traceidratio',
      ratio: 0.25,
    })
  })

  it('tells what is wrong, and repeats no value: it may be a secret', () => {
    for (const wrong of [
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'secret' },
      { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'ftp://secret' },
      { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' },
      { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/secret' },
      { OTEL_TRACES_EXPORTER: 'secret' },
      { OTEL_METRICS_EXPORTER: 'console' },
      { OTEL_EXPORTER_OTLP_HEADERS: 'secret' },
      { OTEL_EXPORTER_OTLP_HEADERS: 'a=%secret' },
      { OTEL_EXPORTER_OTLP_HEADERS: '=secret' },
      { OTEL_EXPORTER_OTLP_HEADERS: 'a=secret%0Asecret' },
      { OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'sec%20ret=a' },
      { OTEL_RESOURCE_ATTRIBUTES: 'secret' },
      { OTEL_TRACES_SAMPLER: 'secret' },
      { OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '1.5' },
      { OTEL_METRIC_EXPORT_INTERVAL: '10' },
    ]) {
      assert.throws(
        () => tracingSettings({ ...ENDPOINT, ...wrong }),
        (error) =>
          error instanceof StartError && error.message.startsWith('OTEL_') && !error.message.includes('secret'),
      )
    }
  })

  it('says which variable of the two names the wrong protocol', () => {
    assert.throws(
      () => tracingSettings({ ...ENDPOINT, OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: 'grpc' }),
      /^StartError: OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: only http\/json/,
    )
    const settings = tracingSettings({
      ...ENDPOINT,
      OTEL_TRACES_EXPORTER: 'otlp',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
    })
    assert.ok(settings?.traces !== undefined && settings.metrics !== undefined)
  })
})
