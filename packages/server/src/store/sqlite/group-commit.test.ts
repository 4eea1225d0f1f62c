import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { GroupCommit, type GroupEntry } from './group-commit.ts'
import type { Cells } from './group-steps.ts'
import type { GroupOutcome } from './group-writer.ts'
import type { StoreThread } from './store-thread.ts'

/** A thread that answers when the test says so. */
class SlowThread {
  readonly groups: Cells[] = []
  #answer: (outcome: GroupOutcome) => void = () => undefined

  ask(_: string, cells: Cells): Promise<GroupOutcome> {
    this.groups.push(cells)
    return new Promise((resolve) => {
      this.#answer = resolve
    })
  }

  async answer(kept: boolean, ...conflicts: readonly number[]): Promise<void> {
    this.#answer({ kept, conflicts })
    await setImmediate()
  }
}

function openCommit(): { readonly thread: SlowThread; readonly commit: GroupCommit } {
  const thread = new SlowThread()
  let tail = 0
  const commit = new GroupCommit(
    thread as unknown as StoreThread,
    {
      write(cells) {
        cells.push(`tail ${++tail}`)
        return () => undefined
      },
    },
    { uptime: () => 0, pause: () => Promise.resolve(), underWay: () => 0 },
  )
  return { thread, commit }
}

function entryOf(tag: number, told: string[], weight = 0): GroupEntry {
  return {
    tag,
    weight,
    write: (cells) => void cells.push(tag),
    conflicted: () => void told.push(`${tag} conflicted`),
    kept: () => void told.push(`${tag} kept`),
    undo: () => void told.push(`${tag} undone`),
    failed: () => void told.push(`${tag} failed`),
  }
}

test('a group with ends in conflict is written again with all that came meanwhile, and no documents join it then', async () => {
  const { thread, commit } = openCommit()
  const told: string[] = []
  commit.add(entryOf(1, told))
  commit.add(entryOf(2, told))
  await setImmediate()
  commit.add(entryOf(3, told))
  assert.equal(commit.whenFree(), undefined)
  await thread.answer(false, 2)
  assert.deepEqual(told, ['2 conflicted'])
  assert.deepEqual(thread.groups, [
    [1, 2, 'tail 1'],
    [1, 2, 3, 'tail 2'],
  ])
  let isFree = false
  const free = commit.whenFree()
  assert.ok(free)
  void (async () => {
    await free
    isFree = true
  })()
  // Three came before anybody was told to wait.
  await thread.answer(false, 3)
  assert.equal(isFree, false)
  await thread.answer(true)
  assert.deepEqual(told, ['2 conflicted', '3 conflicted', '1 kept', '2 kept', '3 kept'])
  await free
  assert.equal(commit.whenFree(), undefined)
  assert.deepEqual(commit.figures, { commits: 1, rows: 3, failures: 0 })
})

test('others that may go without their documents are told, and all else is kept', async () => {
  const { thread, commit } = openCommit()
  const told: string[] = []
  commit.add(entryOf(-1, told))
  commit.add(entryOf(-2, told))
  await setImmediate()
  await thread.answer(true, -2)
  assert.deepEqual(told, ['-2 conflicted', '-1 kept', '-2 kept'])
  assert.equal(thread.groups.length, 1)
})

test('a group that has enough to carry takes no more documents until it is through', async () => {
  const { thread, commit } = openCommit()
  const told: string[] = []
  commit.add(entryOf(1, told, 33 * 1024 * 1024))
  const free = commit.whenFree()
  assert.ok(free)
  await setImmediate()
  assert.equal(commit.whenFree(), undefined)
  await thread.answer(true)
  await free
  assert.deepEqual(told, ['1 kept'])
})
