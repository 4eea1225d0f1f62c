import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  checkHost,
  checkOrigin,
  checkPort,
  checkSocket,
  checkUpstreamUrl,
  isHostedMoonshot,
  lacksPath,
} from './addresses.ts'

test('the base address of an upstream loses the slashes at its end', () => {
  for (const [given, kept] of [
    ['http://10.0.0.5:8000/v1', 'http://10.0.0.5:8000/v1'],
    ['https://Example.com/v1//', 'https://example.com/v1'],
    ['http://localhost:8000/', 'http://localhost:8000'],
    ['http://[::1]:8000/api/v1/', 'http://[::1]:8000/api/v1'],
  ] as const) {
    assert.deepEqual(checkUpstreamUrl(given), { value: kept })
  }
})

test('an upstream is reached over http, without credentials, query or fragment in its address', () => {
  for (const given of [
    '',
    'localhost:8000',
    '10.0.0.5/v1',
    'ftp://a/v1',
    'file:///etc',
    'http://user@a/v1',
    'http://:secret@a/v1',
    'http://a/v1?key=secret',
    'http://a/v1#',
    'http://a/v1/chat/completions/',
  ]) {
    const checked = checkUpstreamUrl(given)
    assert.ok('wrong' in checked, given)
    assert.ok(!checked.wrong.includes('secret'))
  }
})

test('knows an address without a path, and the hosts of Moonshot', () => {
  assert.equal(lacksPath('http://a:1'), true)
  assert.equal(lacksPath('http://a:1/v1'), false)
  assert.equal(isHostedMoonshot('https://api.moonshot.cn/v1'), true)
  assert.equal(isHostedMoonshot('https://api.moonshot.ai.example.com/v1'), false)
})

test('a host is an IP address or a name, and nothing around it', () => {
  for (const [given, kept] of [
    ['127.0.0.1', '127.0.0.1'],
    ['[::1]', '::1'],
    ['::', '::'],
    ['localhost', 'localhost'],
    ['gateway-1.internal.example.', 'gateway-1.internal.example.'],
  ] as const) {
    assert.deepEqual(checkHost(given), { value: kept })
  }
  for (const given of ['', '*', 'a:80', 'http://a', 'a b', '256.0.0.1', '1.2.3', '-a', 'a..b', `${'a'.repeat(300)}!`]) {
    assert.ok('wrong' in checkHost(given), given)
  }
})

test('a port is a whole number up to 65535', () => {
  assert.deepEqual(checkPort('0'), { value: 0 })
  assert.deepEqual(checkPort(65535), { value: 65535 })
  for (const given of ['', '-1', '65536', '80.5', '0x50', ' 80', '8e1', Number.NaN, 1.5, -1]) {
    assert.ok('wrong' in checkPort(given), String(given))
  }
})

test('an origin is what a browser sends, and nothing after it', () => {
  assert.deepEqual(checkOrigin('https://App.example.com'), { value: 'https://app.example.com' })
  assert.deepEqual(checkOrigin('http://localhost:5173'), { value: 'http://localhost:5173' })
  for (const given of ['*', 'null', 'app.example.com', 'https://a/', 'https://a/b', 'https://a:443', 'file:///']) {
    assert.ok('wrong' in checkOrigin(given), given)
  }
})

test('a socket is one port of one address, written as URLs write it', () => {
  for (const given of ['10.0.0.5:8080', '127.0.0.1:1', '[::1]:65535', '[fd00::5]:80']) {
    assert.deepEqual(checkSocket(given), { value: given })
  }
  for (const given of [
    '',
    '10.0.0.5',
    'localhost:80',
    '10.5:80',
    '[fd00:0::5]:80',
    '[::1%lo]:80',
    '10.0.0.5:0',
    '10.0.0.5:080',
    '10.0.0.5:65536',
    '10.0.0.0/8:80',
    '::1:80',
  ])
    assert.ok('wrong' in checkSocket(given), given)
})
