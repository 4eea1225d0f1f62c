/** The tab's title and icon: a tab whose answer ended behind one's back shows a full disc. */

import { useEffect } from 'react'
import type { Phase } from '../conversation/index.ts'

/** The discs of `parts/phase.tsx`, in colours that both light and dark tab bars show: a file of the page's own cannot read its tokens. */
const SHAPES: Readonly<Record<Phase | 'none', string>> = {
  none: '<circle cx="5" cy="16" r="10" fill="#8a8d94"/><circle cx="10" cy="4.4" r="2.3" fill="#3d8fd6"/>',
  waiting: '<circle cx="7" cy="7" r="5.2" fill="none" stroke="#7d8089" stroke-width="1.6" stroke-dasharray="2 1.7"/>',
  sent: '<circle cx="7" cy="7" r="5.2" fill="none" stroke="#3d8fd6" stroke-width="1.8"/>',
  thinking:
    '<circle cx="7" cy="7" r="5.2" fill="none" stroke="#3d8fd6" stroke-width="1.2"/><path d="M8 1.4a5.6 5.6 0 0 1 0 11.2A8.6 8.6 0 0 0 8 1.4z" fill="#3d8fd6"/>',
  answering:
    '<circle cx="7" cy="7" r="5.2" fill="none" stroke="#3d8fd6" stroke-width="1.2"/><path d="M7 1.4a5.6 5.6 0 0 1 0 11.2A3.2 5.6 0 0 1 7 1.4z" fill="#3d8fd6"/>',
  complete: '<circle cx="7" cy="7" r="5.6" fill="#8a8d94"/>',
  seam: '<circle cx="7" cy="7" r="5.6" fill="#8a8d94"/><path d="M7 .6v12.8" stroke="#d08a2c" stroke-width="2"/>',
  stopped:
    '<circle cx="7" cy="7" r="5.2" fill="none" stroke="#8a8d94" stroke-width="1.4"/><path d="M7 1.6a5.4 5.4 0 0 1 0 10.8z" fill="#8a8d94"/>',
  failed:
    '<circle cx="7" cy="7" r="5.2" fill="none" stroke="#d0443c" stroke-width="1.7"/><path d="M4 10 10 4" stroke="#d0443c" stroke-width="1.7"/>',
}

function link(): HTMLLinkElement {
  const found = document.querySelector<HTMLLinkElement>('link[rel="icon"]')
  if (found !== null) return found
  const made = document.createElement('link')
  made.rel = 'icon'
  document.head.append(made)
  return made
}

export function useTabSign(title: string, phase: Phase | 'none'): void {
  useEffect(() => {
    document.title = title === '' ? 'moonbase' : `${title} · moonbase`
  }, [title])
  useEffect(() => {
    const drawing = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 14 14">${SHAPES[phase]}</svg>`
    link().href = `data:image/svg+xml,${encodeURIComponent(drawing)}`
  }, [phase])
}
