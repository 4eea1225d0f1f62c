import assert from 'node:assert/strict'
import { test } from 'node:test'
import { adminKeyId, keyId, organisationId, projectId } from './identifiers.ts'

test('ids have the shape of the platform’s, and stay what they are', () => {
  // What is kept is kept under these. They may never change.
  assert.equal(organisationId('default'), 'org-da3b3ec2d2cf189e78757b37')
  assert.equal(projectId('default', 'default'), 'proj-629e1b414aa4a7e0042c59fb')
  assert.equal(keyId('generated', 'default', 'development'), 'ak-a8f800e6a6bc64d47c430e71')
})

test('names that differ in any part have ids that differ', () => {
  const ids = [
    projectId('a', 'bc'),
    projectId('ab', 'c'),
    projectId('a","b', 'c'),
    keyId('configured', 'a', 'b'),
    keyId('environment', 'a', 'b'),
    keyId('configured', 'b', 'b'),
    organisationId('a'),
    organisationId('A'),
    adminKeyId('environment'),
    adminKeyId('generated'),
  ].map((id) => id.split('-')[1])
  assert.equal(new Set(ids).size, ids.length)
})
