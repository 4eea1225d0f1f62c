/** What can be done with a conversation of the list. */

import type { Phase } from '../conversation/index.ts'
import type { Summary } from '../history/index.ts'
import type { MenuAct } from '../parts/menu.tsx'
import type { RecentShown } from '../parts/side-bar.tsx'
import type { ToastShown } from '../parts/toast.tsx'
import type { Say } from '../words/say.ts'
import type { Remembered } from './use-history.ts'

/** Of the one that is open its phase is known; of the others, whether they run. */
export function recentShown(
  list: readonly Summary[],
  open: { readonly id: string | null; readonly phase: Phase | 'none' },
): readonly RecentShown[] {
  return list.map((line) => {
    const here = line.id === open.id
    const known = line.running > 0 ? 'answering' : 'complete'
    return {
      id: line.id,
      href: `/c/${line.id}`,
      title: line.title,
      phase: here && open.phase !== 'none' ? open.phase : known,
      at: line.changedAt,
      here,
      pinned: line.pinned,
    }
  })
}

interface Around {
  readonly say: Say
  readonly toast: (toast: ToastShown) => void
  readonly rename: (recent: RecentShown) => void
  readonly removed: (id: string) => void
}

export function recentActs(
  remembered: Remembered,
  around: Around,
): (recent: RecentShown) => readonly (MenuAct | 'line')[] {
  const { say } = around
  const remove = async (recent: RecentShown): Promise<void> => {
    const undo = await remembered.remove(recent.id)
    around.removed(recent.id)
    around.toast({ says: say('deleted', recent.title), ...(undo === null ? {} : { undo }) })
  }
  return (recent) => [
    { key: 'rename', icon: 'pen', says: say('rename'), act: () => around.rename(recent) },
    {
      key: 'pin',
      icon: 'up',
      says: say(recent.pinned ? 'unpin' : 'pin'),
      act: () => remembered.pin(recent.id, !recent.pinned),
    },
    { key: 'json', icon: 'save', says: say('exportOne'), act: () => remembered.exportJson([recent.id]) },
    { key: 'markdown', icon: 'save', says: say('exportMarkdown'), act: () => remembered.exportMarkdown(recent.id) },
    'line',
    {
      key: 'delete',
      icon: 'bin',
      bad: true,
      says: say('delete'),
      act: () => {
        remove(recent).catch(() => around.toast({ says: say('notKept') }))
      },
    },
  ]
}
