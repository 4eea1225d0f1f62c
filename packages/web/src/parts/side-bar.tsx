/** The side bar: where one can go, what was run lately, and whose money it is. */

import { memo, type ReactNode } from 'react'
import { Link } from 'wouter'
import type { Phase } from '../conversation/index.ts'
import { IconButton } from './button.tsx'
import { Icon, type IconName } from './icon.tsx'
import { Logo } from './logo.tsx'
import { Menu, type MenuAct } from './menu.tsx'
import { PhaseDisc } from './phase.tsx'
import { Tooltip } from './tooltip.tsx'
import { useWords } from './use-words.ts'

export interface PlaceShown {
  readonly href: string
  readonly says: string
  readonly icon: IconName
  readonly here: boolean
}

export interface RecentShown {
  readonly id: string
  readonly href: string
  readonly title: string
  readonly phase: Phase
  readonly at: number
  readonly here: boolean
  readonly pinned: boolean
}

interface OwnerShown {
  readonly name: string
  readonly about: string
  /** Decimal text. */
  readonly available: string | null
  readonly currency: string
}

interface SideBarProps {
  readonly host: string
  readonly places: readonly PlaceShown[]
  readonly recent: readonly RecentShown[]
  readonly acts: (recent: RecentShown) => readonly (MenuAct | 'line')[]
  readonly owner: OwnerShown | null
  readonly openOwner: () => void
  readonly now: number
  readonly note?: ReactNode
}

const RecentLine = memo(function RecentLine({
  recent,
  acts,
  now,
}: {
  readonly recent: RecentShown
  readonly acts: SideBarProps['acts']
  readonly now: number
}) {
  const { say, format } = useWords()
  return (
    <li>
      <Link href={recent.href} aria-current={recent.here ? 'page' : undefined}>
        <PhaseDisc phase={recent.phase} />
        <span className="cut">{recent.title === '' ? say('untitled') : recent.title}</span>
        <time dateTime={new Date(recent.at).toISOString()} title={format.exactly(recent.at)}>
          {now - recent.at < 60_000 ? say('now') : format.when(recent.at, now)}
        </time>
      </Link>
      <Menu button={<IconButton icon="dots" label={say('more')} small className="more" />} acts={acts(recent)} />
    </li>
  )
})

export function SideBar({ host, places, recent, acts, owner, openOwner, now, note }: SideBarProps) {
  const { say, format } = useWords()
  return (
    <aside className="side" aria-label={say('sideBar')}>
      <div className="brand">
        <Logo />
        <span>moonbase</span>
        <span className="host">{host}</span>
      </div>
      <nav className="nav" aria-label={say('build')}>
        {places.map((place) => (
          <Tooltip key={place.href} says={place.says} side="right">
            <Link href={place.href} aria-current={place.here ? 'page' : undefined} aria-label={place.says}>
              <Icon name={place.icon} />
              <span>{place.says}</span>
            </Link>
          </Tooltip>
        ))}
      </nav>
      <h2 className="label side-label">{say('recent')}</h2>
      {recent.length === 0 ? (
        <p className="label side-empty">{say('nothingKept')}</p>
      ) : (
        <ul className="history">
          {recent.map((one) => (
            <RecentLine key={one.id} recent={one} acts={acts} now={now} />
          ))}
        </ul>
      )}
      {note}
      {owner !== null && (
        <button type="button" className="who" onClick={openOwner}>
          <span className="rail-only">
            <Icon name="person" />
          </span>
          <span>
            <b className="cut">{owner.name}</b>
            {owner.available !== null && (
              <span className="number" title={format.wholeMoney(owner.available, owner.currency)}>
                {format.money(owner.available, owner.currency)}
              </span>
            )}
          </span>
          <span className="label">
            <span className="cut">{owner.about}</span>
            {owner.available !== null && <span>{say('available')}</span>}
          </span>
        </button>
      )}
    </aside>
  )
}
