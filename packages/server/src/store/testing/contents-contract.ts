/** Contents of requests: kept where their project wants it, until they expire or are forgotten, and nobody else's business. */

import assert from 'node:assert/strict'
import type { ProjectRecord } from '../../records/account-records.ts'
import { MOST_SIDE_BYTES, type RequestContent } from '../../contents/request-content.ts'
import { type ContractTest, HOUR, START, type StoreBench } from './contract-test.ts'

const DAY = 24 * HOUR

/** As JSON that holds what databases dislike: quotes, an escaped NUL, half of a pair, and half a megabyte in two bytes each. */
const ODD = JSON.stringify({ said: 'Straße "eins" \u0000 \ud83d \u{1f600} 5 % \\' })

async function project(bench: StoreBench, organisation: string, more: Partial<ProjectRecord> = {}): Promise<string> {
  const id = more.id ?? bench.newId('proj')
  const usual = { status: 'active', limits: null, budget: null, contentRetentionDays: 7, createdAt: START } as const
  await bench.store.accounts.put({ projects: [{ ...usual, id, organisation, name: id, ...more }] })
  return id
}

function content(request: string, of: Pick<RequestContent, 'organisation' | 'project'>, more = {}): RequestContent {
  return {
    request,
    at: START,
    ...of,
    expiresAt: START + 7 * DAY,
    error: null,
    asked: ODD,
    askedShortened: false,
    answered: '{"choices":[]}',
    answeredShortened: false,
    cut: false,
    ...more,
  }
}

async function scene(bench: StoreBench): Promise<Pick<RequestContent, 'organisation' | 'project'>> {
  const organisation = await bench.organisation()
  return { organisation, project: await project(bench, organisation) }
}

/** Which of these there are. */
async function found(bench: StoreBench, ...requests: readonly string[]): Promise<string[]> {
  const contents = await Promise.all(requests.map((request) => bench.store.contents.read(request, null)))
  return contents.flatMap((one) => one?.request ?? [])
}

export function contentsContract(it: ContractTest): void {
  it('contents come back as they went in, at once and after a restart', async (bench) => {
    const of = await scene(bench)
    const whole = content('c1', of)
    const cut = content('c2', of, { error: 'engine_cut', cut: true, askedShortened: true, answeredShortened: true })
    const refused = content('c3', of, { error: 'rpm_limit', answered: null, asked: null })
    for (const one of [whole, cut, refused]) bench.store.contents.keep(one)
    assert.deepEqual(await bench.store.contents.read('c1', null), whole)
    await bench.reopen()
    assert.deepEqual(await bench.store.contents.read('c1', of.organisation), whole)
    assert.deepEqual(await bench.store.contents.read('c2', null), cut)
    assert.deepEqual(await bench.store.contents.read('c3', null), refused)
    assert.equal(await bench.store.contents.read('c4', null), undefined)
  })

  it('what waits is kept by the sweep and by a close; a crash loses it, and nothing else', async (bench) => {
    const of = await scene(bench)
    bench.store.contents.keep(content('swept', of))
    await bench.site.sweep(bench.store)
    assert.equal(bench.store.contents.figures.kept, 1)
    assert.equal(bench.store.contents.figures.waitingBytes, 0)
    bench.store.contents.keep(content('closed', of))
    await bench.reopen()
    bench.store.contents.keep(content('lost', of))
    await bench.crash()
    assert.deepEqual(await found(bench, 'swept', 'closed', 'lost'), ['swept', 'closed'])
  })

  it('the largest contents are kept, many of them at once', async (bench) => {
    const of = await scene(bench)
    const asked = JSON.stringify('\u6708'.repeat(Math.floor(MOST_SIDE_BYTES / 3) - 1))
    const names = Array.from({ length: 12 }, (_, index) => `big-${index}`)
    for (const name of names) bench.store.contents.keep(content(name, of, { asked, answered: asked }))
    assert.deepEqual(await found(bench, ...names), names)
    assert.equal((await bench.store.contents.read('big-0', null))?.asked, asked)
  })

  it('what finds no room is dropped and counted, and there is room again when it is written', async (bench) => {
    const of = await scene(bench)
    const asked = JSON.stringify('x'.repeat(MOST_SIDE_BYTES - 2))
    // Each takes half a megabyte of memory at most, and a little.
    for (let index = 0; index < 70; index++) bench.store.contents.keep(content(`n-${index}`, of, { asked }))
    const { dropped, waitingBytes } = bench.store.contents.figures
    assert.ok(dropped >= 6 && dropped < 10, String(dropped))
    assert.ok(waitingBytes <= 32 * 1024 * 1024)
    await bench.site.sweep(bench.store)
    assert.deepEqual(await found(bench, 'n-0', 'n-50', 'n-69'), ['n-0', 'n-50'])
    bench.store.contents.keep(content('later', of, { asked }))
    assert.deepEqual(await found(bench, 'later'), ['later'])
    assert.equal(bench.store.contents.figures.dropped, dropped)
  })

  it('only contents of projects that want it are kept, as they want it when it is written', async (bench) => {
    const of = await scene(bench)
    const off = { ...of, project: await project(bench, of.organisation, { contentRetentionDays: null }) }
    const unknown = { ...of, project: 'proj-of-nobody' }
    const other = { organisation: await bench.organisation(), project: of.project }
    for (const [name, whose] of Object.entries({ off, unknown, other })) bench.store.contents.keep(content(name, whose))
    bench.store.contents.keep(content('before', of))
    assert.deepEqual(await found(bench, 'before', 'off', 'unknown', 'other'), ['before'])
    bench.store.contents.keep(content('waiting', of))
    await project(bench, of.organisation, { id: of.project, contentRetentionDays: null })
    bench.store.contents.keep(content('after', of))
    // What was kept stays until it expires.
    assert.deepEqual(await found(bench, 'before', 'waiting', 'after'), ['before'])
    assert.equal(bench.store.contents.figures.kept, 1)
    assert.equal(bench.store.contents.figures.dropped, 0)
  })

  it('a request has one content: a second one changes nothing', async (bench) => {
    const of = await scene(bench)
    bench.store.contents.keep(content('c1', of))
    assert.deepEqual(await found(bench, 'c1'), ['c1'])
    bench.store.contents.keep(content('c1', of, { asked: '"other"' }))
    assert.equal((await bench.store.contents.read('c1', null))?.asked, ODD)
  })

  it('another organisation neither reads nor forgets it', async (bench) => {
    const of = await scene(bench)
    const other = await bench.organisation()
    bench.store.contents.keep(content('c1', of))
    assert.equal(await bench.store.contents.read('c1', other), undefined)
    assert.equal(await bench.store.contents.forget('c1', other), false)
    assert.equal(await bench.store.contents.forgetProject(other, of.project), 0)
    assert.deepEqual(await found(bench, 'c1'), ['c1'])
    assert.equal(await bench.store.contents.forget('c1', of.organisation), true)
    assert.equal(await bench.store.contents.forget('c1', of.organisation), false)
    assert.deepEqual(await found(bench, 'c1'), [])
  })

  it('a project is forgotten as a whole, with what waits, and its others are not', async (bench) => {
    const of = await scene(bench)
    const second = { ...of, project: await project(bench, of.organisation) }
    for (let index = 0; index < 450; index++) bench.store.contents.keep(content(`c-${index}`, of))
    bench.store.contents.keep(content('second', second))
    bench.time.now = START + 1
    bench.store.contents.keep(content('later', of, { at: START + 2 }))
    assert.equal(await bench.store.contents.forgetProject(of.organisation, of.project), 450)
    assert.deepEqual(await found(bench, 'c-0', 'c-449', 'second', 'later'), ['second', 'later'])
    assert.equal(bench.store.contents.figures.deleted, 450)
  })

  it('what has expired is read by nobody from that moment, and deleted by the sweep', async (bench) => {
    const of = await scene(bench)
    for (let index = 0; index < 450; index++) {
      bench.store.contents.keep(content(`c-${index}`, of, { expiresAt: START + DAY }))
    }
    bench.store.contents.keep(content('stays', of))
    await bench.site.sweep(bench.store)
    bench.time.now = START + DAY - 1
    assert.deepEqual(await found(bench, 'c-0', 'stays'), ['c-0', 'stays'])
    bench.time.now = START + DAY
    assert.deepEqual(await found(bench, 'c-0', 'stays'), ['stays'])
    assert.equal(await bench.store.contents.forget('c-0', null), false)
    await bench.site.sweep(bench.store)
    assert.equal(bench.store.contents.figures.deleted, 450)
    bench.time.now = START
    assert.deepEqual(await found(bench, 'c-0', 'stays'), ['stays'])
  })

  it('what expired while no server ran is deleted soon after the start', async (bench) => {
    const of = await scene(bench)
    bench.store.contents.keep(content('old', of))
    await bench.store.close()
    bench.time.now = START + 8 * DAY
    bench.store = await bench.site.open()
    await bench.store.contents.purge()
    assert.equal(bench.store.contents.figures.deleted, 1)
  })

  it('money goes on beside it', async (bench) => {
    const org = await bench.organisation(1_000)
    const of = { organisation: org, project: await project(bench, org) }
    await Promise.all(
      Array.from({ length: 50 }, async (_, index) => {
        bench.store.contents.keep(content(`c-${index}`, of))
        await bench.spend(org, 1)
        await bench.store.contents.read(`c-${index}`, org)
      }),
    )
    await bench.assertBalance(org, { cash: 950, held: 0 })
    assert.equal(bench.store.contents.figures.kept, 50)
  })

  it('a single request of the log is found by its id, in its organisation alone', async (bench) => {
    const org = await bench.organisation(100)
    const other = await bench.organisation(100)
    await bench.spend(org, 1, { request: 'r1' })
    await bench.spend(org, 2, { request: 'r2' })
    assert.equal((await bench.store.usage.request('r1'))?.cost, 1)
    assert.equal((await bench.store.usage.request('r2', org))?.cost, 2)
    assert.equal(await bench.store.usage.request('r2', other), undefined)
    assert.equal(await bench.store.usage.request('r2', 'org-of-nobody'), undefined)
    assert.equal(await bench.store.usage.request('r3'), undefined)
  })
}
