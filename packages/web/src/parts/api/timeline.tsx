/** The events of an answer over time: a mark each, its height by its bytes, its colour by its kind; silences and seams are labelled. */

import { useEffect, useRef, useState, type PointerEvent } from 'react'
import { useWords } from '../use-words.ts'
import type { WireEventShown, WireKind } from '../../wire/wire-shown.ts'

/** Tokens of the page: what they are is asked of an element, because a canvas knows neither variables nor themes. */
const COLOURS: Readonly<Record<WireKind, string>> = {
  reasoning: '--thought',
  text: '--ink',
  tool: '--tool',
  seam: '--seam',
  error: '--bad',
  finish: '--ink',
  done: '--ink',
  role: '--edge',
  usage: '--edge',
  receipt: '--edge',
  comment: '--edge',
  other: '--edge',
}

const HEIGHT = 58
const LABELS = 16
const SILENCE_MS = 1000
/** From here on there is no room for words at the right. */
const LATE = 0.72

export interface TimeRange {
  readonly from: number
  readonly to: number
}

const STEPS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800]

/** Seconds between ticks, so that there are at most six. */
function tickStep(ms: number): number {
  return STEPS.find((step) => ms / 1000 / step <= 6) ?? 3600
}

function draw(canvas: HTMLCanvasElement, events: readonly WireEventShown[], scale: number): void {
  const context = canvas.getContext('2d')
  const { clientWidth: width } = canvas
  if (context === null || width === 0) return
  const ratio = devicePixelRatio
  canvas.width = width * ratio
  canvas.height = HEIGHT * ratio
  context.scale(ratio, ratio)
  const colours = new Map<string, string>()
  const colourOf = (token: string): string => {
    const known = colours.get(token)
    if (known !== undefined) return known
    canvas.style.color = `var(${token})`
    const { color } = getComputedStyle(canvas)
    colours.set(token, color)
    return color
  }
  const most = Math.sqrt(Math.max(1, ...events.map(({ bytes }) => bytes)))
  for (const { ms, bytes, kind } of events) {
    const x = Math.min(width - 1, (ms / scale) * width)
    const strong = kind === 'seam' || kind === 'finish' || kind === 'done' || kind === 'error'
    const height = strong ? HEIGHT - LABELS : Math.max(3, (Math.sqrt(bytes) / most) * (HEIGHT - LABELS - 4))
    context.fillStyle = colourOf(COLOURS[kind])
    context.fillRect(Math.round(x), HEIGHT - height, strong ? 2 : 1, height)
  }
}

interface Flag {
  readonly key: string
  readonly ms: number
  readonly says: string
  readonly kind: 'first' | 'seam' | 'gap'
}

function useFlags(events: readonly WireEventShown[]): Flag[] {
  const { say, format } = useWords()
  const flags: Flag[] = []
  const first = events.find(({ kind }) => kind === 'reasoning' || kind === 'text' || kind === 'tool')
  if (first !== undefined)
    flags.push({ key: 'first', ms: first.ms, says: say('firstTokenAt', first.ms), kind: 'first' })
  let before = first?.ms ?? 0
  for (const { ms, key } of events) {
    if (first !== undefined && ms - before > SILENCE_MS && flags.length < 6)
      flags.push({ key: `gap${key}`, ms: (ms + before) / 2, says: format.duration(ms - before), kind: 'gap' })
    before = Math.max(before, ms)
  }
  return flags
}

interface TimelineProps {
  readonly events: readonly WireEventShown[]
  readonly ms: number
  readonly range: TimeRange | null
  readonly choose: (range: TimeRange | null) => void
}

export function Timeline({ events, ms, range, choose }: TimelineProps) {
  const { say, format } = useWords()
  const canvas = useRef<HTMLCanvasElement>(null)
  const [from, setFrom] = useState<number | null>(null)
  const step = tickStep(ms)
  const scale = Math.max(step, Math.ceil(ms / 1000 / step) * step) * 1000
  const ticks = Array.from({ length: Math.round(scale / 1000 / step) + 1 }, (_, at) => at * step)
  const flags = useFlags(events)

  useEffect(() => {
    const element = canvas.current
    if (element === null) return undefined
    draw(element, events, scale)
    const observer = new ResizeObserver(() => draw(element, events, scale))
    observer.observe(element)
    return () => observer.disconnect()
  }, [events, scale])

  const at = (event: PointerEvent<HTMLDivElement>): number => {
    const { left, width } = event.currentTarget.getBoundingClientRect()
    return Math.min(1, Math.max(0, (event.clientX - left) / width)) * scale
  }
  const down = (event: PointerEvent<HTMLDivElement>): void => {
    event.currentTarget.setPointerCapture(event.pointerId)
    setFrom(at(event))
    choose(null)
  }
  const move = (event: PointerEvent<HTMLDivElement>): void => {
    if (from === null) return
    const to = at(event)
    if (Math.abs(to - from) > scale / 200) choose({ from: Math.min(from, to), to: Math.max(from, to) })
  }

  return (
    <div
      className="timeline"
      role="img"
      aria-label={`${say('timeline')}: ${say(
        'sums',
        events.length,
        events.reduce((sum, event) => sum + event.bytes, 0),
        ms,
      )}`}
      onPointerDown={down}
      onPointerMove={move}
      onPointerUp={() => setFrom(null)}
    >
      <canvas ref={canvas} />
      {flags.map((flag) => (
        <span
          key={flag.key}
          className={`flag ${flag.kind}${flag.ms > scale * LATE ? ' late' : ''}`}
          style={{ left: `${(flag.ms / scale) * 100}%` }}
        >
          {flag.says}
        </span>
      ))}
      {range !== null && (
        <span
          className="range"
          style={{ left: `${(range.from / scale) * 100}%`, width: `${((range.to - range.from) / scale) * 100}%` }}
        />
      )}
      {ticks.map((tick, index) => (
        <span
          key={tick}
          className={index === 0 ? 'tick first' : index === ticks.length - 1 ? 'tick last' : 'tick'}
          style={{ left: `${((tick * 1000) / scale) * 100}%` }}
        >
          {tick < 1 && tick > 0 ? format.duration(tick * 1000) : `${tick} ${format.language === 'zh' ? '秒' : 's'}`}
        </span>
      ))}
    </div>
  )
}
