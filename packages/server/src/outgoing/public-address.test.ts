import assert from 'node:assert/strict'
import { it } from 'node:test'
import { isPublicAddress } from './public-address.ts'

const PUBLIC = [
  '1.1.1.1',
  '8.8.8.8',
  '9.255.255.255',
  '11.0.0.0',
  '100.63.255.255',
  '100.128.0.0',
  '128.0.0.1',
  '169.253.255.255',
  '172.15.255.255',
  '172.32.0.0',
  '192.0.1.1',
  '192.167.1.1',
  '223.255.255.255',
  '2606:4700:4700::1111',
  '2a00:1450:4001:830::200e',
  // Dressed as six, and public all the same.
  '::ffff:8.8.8.8',
  '::ffff:808:808',
  '64:ff9b::8.8.8.8',
]

const NOT_PUBLIC = [
  // This network, loopback, private, the provider's, link-local.
  '0.0.0.0',
  '0.1.2.3',
  '127.0.0.1',
  '127.255.255.254',
  '10.0.0.1',
  '10.255.255.255',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.0.1',
  '100.64.0.1',
  '100.127.255.255',
  '169.254.0.1',
  // Metadata services: everybody's, Alibaba's, Oracle's, Azure's, AWS's and Google's of six.
  '169.254.169.254',
  '169.254.170.2',
  '100.100.100.200',
  '192.0.0.192',
  '168.63.129.16',
  'fd00:ec2::254',
  'fd20:ce::254',
  // Protocols, documentation, benchmarks, relays.
  '192.0.0.1',
  '192.0.2.1',
  '192.31.196.1',
  '192.52.193.1',
  '192.88.99.1',
  '192.175.48.1',
  '198.18.0.1',
  '198.19.255.255',
  '198.51.100.1',
  '203.0.113.1',
  // Multicast, kept back, broadcast.
  '224.0.0.1',
  '239.255.255.255',
  '240.0.0.1',
  '255.255.255.255',
  // Six: nothing, loopback, link-local, site-local, unique local, multicast.
  '::',
  '::1',
  'fe80::1',
  'fe80::1%lo',
  'fec0::1',
  'fc00::1',
  'fdff:ffff::1',
  'ff02::1',
  // Another address inside: mapped, compatible, translated, NAT64, its local prefix, 6to4, Teredo.
  '::ffff:127.0.0.1',
  '::ffff:7f00:1',
  '0:0:0:0:0:ffff:a00:1',
  '::ffff:169.254.169.254',
  '::127.0.0.1',
  '::ffff:0:127.0.0.1',
  '64:ff9b::127.0.0.1',
  '64:ff9b::a9fe:a9fe',
  '64:ff9b:1::8.8.8.8',
  '2002:7f00:1::',
  '2002:808:808::',
  '2001:0:4136:e378:8000:63bf:3fff:fdd2',
  '2001:10::1',
  '2001:db8::1',
  '3fff::1',
  '2620:4f:8000::1',
  // Given out to nobody, and no address.
  '100::1',
  '4000::1',
  '5f00::1',
  'localhost',
  '127.1',
  '2130706433',
  '',
]

it('knows what is of the public internet', () => {
  for (const address of PUBLIC) assert.equal(isPublicAddress(address), true, address)
})

it('knows what is not, however it is written', () => {
  for (const address of NOT_PUBLIC) assert.equal(isPublicAddress(address), false, address)
})
