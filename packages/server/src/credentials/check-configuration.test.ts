import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkConfiguration } from './check-configuration.ts'
import { CWD, type Situation, reader } from '../configuration/testing/in-memory-load.ts'
import { readScenarios } from '../configuration/read-scenarios.ts'
import { StartError } from '../records/start-error.ts'

const check = ({ files, environment = {}, arguments: given = {} }: Situation) =>
  checkConfiguration({ arguments: given, environment, cwd: CWD, readFile: reader(files) })

test('says what a start would do', async () => {
  const lines = await check({ arguments: { port: 0, host: '::1' } })
  assert.ok(lines[2]?.startsWith('strict: '))
  assert.deepEqual(lines.toSpliced(2, 1), [
    'configuration: no file, from the environment and defaults',
    'engine offline: the offline stand-in, which runs no model, serves every model of the catalogue',
    'listen: http://[::1]:any free port',
    'data: /srv/data',
  ])
})

test('refuses what a start would refuse about its keys', async () => {
  await assert.rejects(check({ arguments: { host: '0.0.0.0' } }), StartError)
  await check({ arguments: { host: '0.0.0.0', allowDevelopmentKeys: true } })
  await check({ arguments: { host: '0.0.0.0' }, environment: { MOONBASE_API_KEY: 'sk-my-own-key' } })
  await check({ arguments: { host: '0.0.0.0' }, files: 'keys: [{ name: a, key: sk-my-own-key }]' })
})

test('reads the scenario files too', async () => {
  const file = 'engines: { o: { type: offline, scenarios: [s.yaml] } }'
  await assert.rejects(check({ files: file }), new StartError('/srv/s.yaml: the scenario file does not exist'))
  const broken = { '/srv/moonbase.yaml': file, '/srv/s.yaml': 'a: [1' }
  await assert.rejects(check({ files: broken }), /^StartError: \/srv\/s\.yaml:1:6 /)
  await check({ files: { ...broken, '/srv/s.yaml': 'scenarios: [1]' } })
})

test('a path that leads to another file than a scenario shows nothing of it', async () => {
  const file = 'engines: { o: { type: offline, scenarios: [/etc/other] } }'
  for (const other of [
    'root:$y$j9T$hush-hush:19000:0:99999:7:::\ndaemon:*:1:::::\n',
    'KEY=hush-hush\nTOKEN="hush-hush\n',
    '-----BEGIN PRIVATE KEY-----\nhush-hush\n-----END PRIVATE KEY-----\n',
    '{"hush-hush": {"hush-hush": "hush-hush"}}',
    'hush-hush: hush-hush\nhush-hush: 1\n',
    'a: hush-hush: hush-hush\n',
    '%hush-hush\n---\n*hush-hush\n',
    '!hush-hush &hush-hush "hush-hush\\q"',
    '[hush-hush]\nkey = hush-hush\n',
    'hush-hush',
    '- hush-hush\n',
    '',
  ]) {
    await assert.rejects(check({ files: { '/srv/moonbase.yaml': file, '/etc/other': other } }), (error: unknown) => {
      assert.ok(error instanceof StartError, other)
      assert.doesNotMatch(error.lines.join('\n'), /hush/, other)
      return true
    })
  }
})

test('scenarios come as they are written, JSON too, in the order of their files', async () => {
  const files = { '/a.json': '{"scenarios": "${HOME}", "b": [1, null]}', '/b.yaml': 'scenarios: "\uE041"\n' }
  const scenarios = await readScenarios(['/b.yaml', '/a.json'], reader(files))
  assert.deepEqual(structuredClone(scenarios), [
    { path: '/b.yaml', value: { scenarios: '\uE041' } },
    { path: '/a.json', value: { scenarios: '${HOME}', b: [1, null] } },
  ])
})
