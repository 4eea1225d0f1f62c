/** The desk as the workbench sees it: its state once a frame, and its acts, which stay the same objects. */

import { useEffect, useMemo, useSyncExternalStore } from 'react'
import { path, type Remedy, type TurnId } from '../conversation/index.ts'
import type { ModelShown } from '../parts/inspector/settings-form.tsx'
import type { TurnActs } from '../parts/turn-acts.ts'
import type { Me } from '../server.ts'
import type { Desk, DeskActs } from '../screens/desk.ts'
import type { Language } from '../words/format.ts'
import { download } from './download.ts'
import { mend } from './mend.ts'
import { runHeaders } from './run-request.ts'
import type { DeskWork } from './desk.ts'
import type { ToolSetting } from './desk-state.ts'

const NO_TOOL: ToolSetting = { on: true, example: '' }

const DOABLE: ReadonlySet<Remedy> = new Set([
  'again',
  'again-soon',
  'copy-id',
  'copy-for-operator',
  'edit',
  'enter-key',
  'go-on',
  'lower-limit',
  'run-when-room',
  'show-place',
  'think-not',
  'use-value',
])

export interface Around {
  readonly language: Language
  readonly enterKey: () => void
  readonly showJson: () => void
  readonly say: (text: string) => void
  readonly share: () => void
  readonly importFiles: (files: readonly File[]) => void
}

function copy(text: string): void {
  navigator.clipboard.writeText(text).catch(() => {
    // Refused by the browser: the text is still there to be marked by hand.
  })
}

function turnActs(work: DeskWork, around: Around): TurnActs {
  const { store } = work
  return {
    act: (turn, action) => work.act(turn, action),
    fork: (turn) => {
      const kept = store.conversation.turns[turn]
      if (kept === undefined) return
      const parts = kept.runs.length > 0 ? [{ kind: 'text' as const, text: '' }] : kept.parts
      if (kept.runs.length > 0) store.set({ draft: '' })
      else store.act({ type: 'edit', turn, as: crypto.randomUUID(), parts, at: Date.now() })
      document.getElementById('composer')?.focus()
    },
    copy,
    branch: (turn) => {
      store.act({ type: 'branch', turn })
      work.changed()
    },
    edit: (turn, text, run) => {
      const as = crypto.randomUUID()
      const media = store.conversation.turns[turn]?.parts.filter(({ kind }) => kind !== 'text') ?? []
      store.act({ type: 'edit', turn, as, parts: [...media, { kind: 'text', text }], at: Date.now() })
      if (run) work.again(as)
      else work.changed()
    },
    remove: (turn) => {
      store.act({ type: 'remove', turn })
      work.changed()
    },
    move: (turn, by) => {
      store.act({ type: 'move', turn, by })
      work.changed()
    },
    turnOn: (turn, on) => {
      store.act({ type: 'switch', turn, on })
      work.changed()
    },
    setResult: (run, call, text) => store.act({ type: 'result', run, call, text }),
    example: (name) => {
      const { example } = store.get().tools[name] ?? NO_TOOL
      return example === '' ? undefined : example
    },
    showPlace: (place) => {
      const element = document.getElementById(`place-${place}`)
      if (element === null) around.showJson()
      element?.scrollIntoView({ block: 'center' })
      element?.focus()
    },
  }
}

async function takeStarter(work: DeskWork, key: string, language: Language): Promise<void> {
  const { drawnChart, starter } = await import('../request/starter-requests.ts')
  const found = starter(key, language)
  if (found === null) return
  const { store } = work
  const { model } = store.get().settings
  const tools = Object.fromEntries(
    Object.entries(found.examples).map(([name, example]) => [name, { on: true, example }]),
  )
  const media = found.picture ? [await work.media.add(await drawnChart())] : []
  store.set({ settings: { ...found.settings, model, messages: [], stream: true }, tools, draft: found.text, media })
  work.system(found.system)
  document.getElementById('composer')?.focus()
}

async function takeFile(work: DeskWork, file: File): Promise<void> {
  const part = await work.media.add(file)
  const { media } = work.store.get()
  if (media.some(({ digest }) => digest === part.digest)) return
  work.store.set({ media: [...media, part] })
  work.changed()
}

function deskActs(work: DeskWork, around: Around): Omit<DeskActs, 'raisedTo'> {
  const { store } = work
  const changing = (change: Parameters<typeof store.set>[0]): void => {
    store.set(change)
    work.changed()
  }
  const tool = (name: string): ToolSetting => store.get().tools[name] ?? NO_TOOL
  return {
    setSettings: (settings) => work.settings(settings),
    setRequest: (request) => work.open(request),
    setSystem: (text) => work.system(text),
    setBegin: (begin) => changing({ begin }),
    setDraft: (draft) => changing({ draft, offer: null }),
    setVariable: (name, value) => changing({ variables: { ...store.get().variables, [name]: value } }),
    addFiles: (files) => {
      for (const file of files) takeFile(work, file).catch(() => around.say(file.name))
    },
    removeMedia: (key) => changing({ media: store.get().media.filter(({ digest }) => digest !== key) }),
    setDetach: (detach) => store.set({ detach }),
    pasted: (text) => work.pasted(text),
    openOffer: () => work.openOffer(),
    keepText: () => store.set({ offer: null }),
    run: () => work.run(),
    stop: () => work.stop(),
    starter: (key) => {
      takeStarter(work, key, around.language).catch(() => around.say(key))
    },
    rename: (title) => store.set({ title }),
    share: around.share,
    importFiles: around.importFiles,
    turns: turnActs(work, around),
    remedy: (turn: TurnId, remedy, error) => {
      if (remedy === 'enter-key') around.enterKey()
      else if (remedy === 'show-place') around.showJson()
      else if (remedy === 'copy-id') copy(error.requestId ?? '')
      else if (remedy === 'copy-for-operator')
        copy(`${error.status ?? ''} ${error.type ?? ''} ${error.requestId ?? ''}\n${error.words}`)
      else mend(work, turn, remedy, error)
    },
    can: (remedy) => DOABLE.has(remedy),
    waits: (turn) => store.get().waiting[turn] !== undefined,
    doNotRun: (turn) => work.doNotRun(turn),
    mediaOf: work.media.shown,
    tool,
    setTool: (name, change) => changing({ tools: { ...store.get().tools, [name]: { ...tool(name), ...change } } }),
  }
}

function modelsOf(me: Me): ModelShown[] {
  return me.models.map((model) => ({
    name: model.id,
    longestDefault: model.default_max_tokens,
    longestMost: model.context_length,
    thinking: model.thinking,
    engines: model.engines.map(({ name }) => name),
  }))
}

function standInsOf({ models }: Me): ReadonlySet<string> {
  return new Set(
    models.flatMap(({ engines }) => engines.flatMap(({ name, stand_in: standIn }) => (standIn ? [name] : []))),
  )
}

export function useDesk(work: DeskWork, me: Me, around: Around): Desk {
  const state = useSyncExternalStore(work.store.subscribe, work.store.get)
  const acts = useMemo(() => deskActs(work, around), [work, around])
  const models = useMemo(() => modelsOf(me), [me])
  useEffect(() => {
    const standIns = standInsOf(me)
    work.isOffline = (engine) => standIns.has(engine)
  }, [work, me])
  const turns = path(state.conversation)
  const [first] = turns
  const system =
    first?.role === 'system' ? first.parts.map((part) => (part.kind === 'text' ? part.text : '')).join('\n') : ''
  const model = me.models.find(({ id }) => id === state.settings.model)
  const running = state.view.running.length > 0
  const { settings, draft, media, begin, variables, tools } = state
  const { turns: written, chosen } = state.conversation
  const request = useMemo(() => {
    // What an answer says while it comes is in no request: only what these are, and its end, change the next one.
    void [settings, draft, media, begin, variables, tools, written, chosen, running]
    return work.request()
  }, [work, settings, draft, media, begin, variables, tools, written, chosen, running])
  const held = state.estimate?.held ?? state.estimate?.atMost
  return {
    id: state.id,
    title: state.title,
    kept: state.kept,
    view: state.view,
    turnAt: (turn) => state.conversation.turns[turn]?.at ?? null,
    request,
    settings: state.settings,
    system,
    begin: state.begin,
    draft: state.draft,
    media: media.map(work.media.shown).filter((one) => one !== null),
    variables: state.variables,
    estimate: state.estimate,
    offer: state.offer,
    queued: state.queue.length,
    held:
      running && held !== undefined && held !== null
        ? { amount: held, currency: state.estimate?.currency ?? 'USD' }
        : null,
    detach: state.detach,
    tools: state.tools,
    models,
    offline: model?.engines.some(({ stand_in: standIn }) => standIn) === true,
    wire: work.record?.shown() ?? null,
    downloads: {
      sse: () =>
        download('answer.sse', 'text/event-stream', work.record?.shown().events.map(({ raw }) => `${raw}\n\n`) ?? []),
      har: () => download('exchange.har', 'application/json', work.record === null ? [] : [work.record.har()]),
    },
    headers: useMemo(
      () => runHeadersOf(state.settings.stream !== false, state.detach),
      [state.settings.stream, state.detach],
    ),
    acts: { ...acts, raisedTo: work.raisedTo() },
  }
}

/** Of those that a run of the page has, the ones that matter to a program as well. */
function runHeadersOf(stream: boolean, detach: boolean): Readonly<Record<string, string>> {
  const { 'x-moonbase-on-disconnect': left } = runHeaders(stream, detach)
  return left === undefined ? {} : { 'x-moonbase-on-disconnect': left }
}
