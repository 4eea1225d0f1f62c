import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Listed, OpenHolds } from './open-holds.ts'

interface One extends Listed<One> {}

function holdOf(request: string): One {
  return { hold: { request }, before: undefined, after: undefined, next: undefined }
}

test('holds are found by request, and come in the order in which they were added, whoever leaves', () => {
  const open = new OpenHolds<One>()
  const model: One[] = []
  let seed = 20_261_128
  const random = (below: number): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
    return seed % below
  }
  for (let step = 0; step < 20_000; step += 1) {
    if (model.length === 0 || random(100) < 52) {
      // Many share the characters that are hashed, and so a place of the table.
      const hold = holdOf(`same-beginning-${random(4)}-${step}`)
      open.add(hold)
      model.push(hold)
    } else {
      const [gone] = model.splice(random(model.length), 1)
      assert.ok(gone)
      open.remove(gone)
      assert.equal(open.get(gone.hold.request), undefined)
      assert.deepEqual([gone.before, gone.after, gone.next], [undefined, undefined, undefined])
      open.remove(gone)
    }
    assert.equal(open.size, model.length)
    const one = model[random(Math.max(model.length, 1))]
    if (one !== undefined) assert.equal(open.get(one.hold.request), one)
    if (step % 500 === 0) assert.deepEqual([...open], model)
  }
  assert.equal(open.get('nobody'), undefined)
})
