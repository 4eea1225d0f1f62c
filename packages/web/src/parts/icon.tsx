/** The icons: one family, drawn on 16 by 16 with a stroke of 1.4, by their names. */

const PATHS = {
  prompt: 'm3 4 4 4-4 4M8.8 12.2h4.4',
  columns: 'M2.5 3h4.6v10H2.5zM8.9 3h4.6v10H8.9z',
  lines: 'M2.5 4h11M2.5 8h11M2.5 12h6.5',
  bars: 'M2.5 4.3h11M2.5 8h11M2.5 11.7h11',
  plus: 'M8 3v10M3 8h10',
  down: 'm4.4 6.3 3.6 3.6 3.6-3.6',
  right: 'm6.3 4.4 3.6 3.6-3.6 3.6',
  left: 'm9.7 4.4-3.6 3.6 3.6 3.6',
  up: 'M8 13V3.4M3.9 7.4 8 3.3l4.1 4.1',
  clip: 'M12.7 7.3 8.1 11.9a2.9 2.9 0 0 1-4.1-4.1l5-5a1.95 1.95 0 0 1 2.8 2.8L6.9 10.4a.95.95 0 0 1-1.4-1.4l4.3-4.3',
  braces:
    'M4 3.2C2.8 4.5 2.2 6.2 2.2 8S2.8 11.5 4 12.8M12 3.2c1.2 1.3 1.8 3 1.8 4.8s-.6 3.5-1.8 4.8M6.1 6l3.8 4M9.9 6l-3.8 4',
  copy: 'M5.6 5.6h7.2v7.6H5.6zM3.3 10.3V2.9h7',
  tick: 'm3.4 8.4 3.1 3.1 6.1-7',
  cross: 'm4 4 8 8M12 4l-8 8',
  pen: 'm3 13 .7-2.9 7.1-7.1 2.2 2.2-7.1 7.1zM9.4 4.4l2.2 2.2',
  fork: 'M4.6 2.6v10.8M4.6 9.6c4 0 6.4-.6 6.4-4.6v-.8M9 5.1l2-2 2 2',
  again: 'M12.9 8a4.9 4.9 0 1 1-1.5-3.5M12.9 2.6v2.6h-2.6',
  dots: 'M3.5 8h.01M8 8h.01M12.5 8h.01',
  link: 'M6.8 9.2a2.5 2.5 0 0 0 3.6 0l2.2-2.2a2.55 2.55 0 0 0-3.6-3.6l-.7.7M9.2 6.8a2.5 2.5 0 0 0-3.6 0L3.4 9A2.55 2.55 0 0 0 7 12.6l.7-.7',
  into: 'M8 2.6v8M4.8 7.4 8 10.6l3.2-3.2M3 13.4h10',
  save: 'M8 2.6v8M4.8 7.4 8 10.6l3.2-3.2M3 13.4h10',
  lock: 'M4.4 7.2h7.2v6H4.4zM5.9 7.2V5.4a2.1 2.1 0 0 1 4.2 0v1.8',
  wrench: 'M13 4.4a3 3 0 0 1-4 3.3l-4.7 4.7a1.2 1.2 0 0 1-1.7-1.7L7.3 6a3 3 0 0 1 3.4-4L8.9 3.9l.4 1.8 1.8.4z',
  sliders:
    'M2.5 5h5.8M11.5 5h2M2.5 11h2M7.7 11h5.8M9.9 6.6a1.6 1.6 0 1 0 0-3.2 1.6 1.6 0 0 0 0 3.2zM6.1 12.6a1.6 1.6 0 1 0 0-3.2 1.6 1.6 0 0 0 0 3.2z',
  code: 'm5.5 4.4-3.6 3.6 3.6 3.6M10.5 4.4l3.6 3.6-3.6 3.6',
  gear: 'M8 10.2a2.2 2.2 0 1 0 0-4.4 2.2 2.2 0 0 0 0 4.4zM8 2v1.7M8 12.3V14M2 8h1.7M12.3 8H14M3.8 3.8 5 5M11 11l1.2 1.2M3.8 12.2 5 11M11 5l1.2-1.2',
  find: 'M7 11.2a4.2 4.2 0 1 0 0-8.4 4.2 4.2 0 0 0 0 8.4zM10.2 10.2l3.2 3.2',
  warn: 'M8 2.6 14 13H2zM8 6.5v3M8 11.4h.01',
  bin: 'M3 4.5h10M6.3 4.3V2.8h3.4v1.5M4.4 4.5l.5 8.7h6.2l.5-8.7',
  film: 'M2.5 3.5h11v9h-11zM5.5 3.5v9M10.5 3.5v9M2.5 8h11',
  person: 'M8 7.6a2.6 2.6 0 1 0 0-5.2 2.6 2.6 0 0 0 0 5.2zM3 13.6c.4-2.8 2.4-4.2 5-4.2s4.6 1.4 5 4.2',
} as const

export type IconName = keyof typeof PATHS | 'stop' | 'play'

export function Icon({ name, small = false }: { readonly name: IconName; readonly small?: boolean }) {
  const shape = small ? 'icon small' : 'icon'
  if (name === 'stop')
    return (
      <svg className={shape} viewBox="0 0 16 16" aria-hidden="true">
        <rect x="4" y="4" width="8" height="8" rx="1.5" fill="currentColor" stroke="none" />
      </svg>
    )
  if (name === 'play')
    return (
      <svg className={shape} viewBox="0 0 16 16" aria-hidden="true">
        <path d="M5 3.2 12.6 8 5 12.8z" fill="currentColor" stroke="none" />
      </svg>
    )
  return (
    <svg className={shape} viewBox="0 0 16 16" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  )
}
