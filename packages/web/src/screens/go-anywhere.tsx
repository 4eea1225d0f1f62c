/** The palette of the frame: its places, models and actions by a few letters. */

import { Palette, type PaletteEntry } from '../parts/palette.tsx'
import type { PlaceShown, RecentShown } from '../parts/side-bar.tsx'
import { useWords } from '../parts/use-words.ts'
import { preferences } from '../preferences.ts'

interface GoAnywhereProps {
  readonly close: () => void
  readonly places: readonly PlaceShown[]
  readonly go: (href: string) => void
  readonly newRequest: () => void
  readonly models: readonly string[]
  readonly recent: readonly RecentShown[]
}

export default function GoAnywhere({ close, places, go, newRequest, models, recent }: GoAnywhereProps) {
  const { say } = useWords()
  const themes = [
    { theme: 'system', says: say('themeSystem') },
    { theme: 'light', says: say('themeLight') },
    { theme: 'dark', says: say('themeDark') },
  ] as const
  const entries: readonly PaletteEntry[] = [
    ...places.map((place) => ({
      key: place.href,
      group: say('pages'),
      says: place.says,
      icon: place.icon,
      act: () => go(place.href),
    })),
    { key: 'new', group: say('actions'), says: say('newRequest'), icon: 'plus', act: newRequest },
    ...recent.map((one) => ({
      key: one.id,
      group: say('conversations'),
      says: one.title === '' ? say('untitled') : one.title,
      icon: 'lines' as const,
      act: () => go(one.href),
    })),
    ...models.map((model) => ({
      key: model,
      group: say('models'),
      says: model,
      icon: 'prompt' as const,
      act: () => go(`/?model=${encodeURIComponent(model)}`),
    })),
    ...themes.map(({ theme, says }) => ({
      key: theme,
      group: say('theme'),
      says: `${say('theme')}: ${says}`,
      icon: 'gear' as const,
      act: () => preferences.set({ theme }),
    })),
    {
      key: 'en',
      group: say('language'),
      says: 'English',
      icon: 'gear',
      act: () => preferences.set({ language: 'en' }),
    },
    {
      key: 'zh',
      group: say('language'),
      says: '简体中文',
      icon: 'gear',
      act: () => preferences.set({ language: 'zh' }),
    },
  ]
  return <Palette open close={close} entries={entries} />
}
