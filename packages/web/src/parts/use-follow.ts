/** Whether the page follows the end of what grows. Started and stopped by what the reader does, never guessed from distances. */

import { useCallback, useEffect, useRef, useState, type RefObject } from 'react'

const UP_KEYS = new Set(['ArrowUp', 'PageUp', 'Home'])

interface Follow {
  /** The end lies below what is seen. */
  readonly below: boolean
  readonly toEnd: () => void
}

/** `grown` changes whenever there is more; `live` while something grows. */
export function useFollow(box: RefObject<HTMLElement | null>, grown: unknown, live: boolean): Follow {
  const following = useRef(false)
  const [below, setBelow] = useState(false)

  const measure = useCallback((): void => {
    const element = box.current
    if (element === null) return
    const end = element.querySelector('[data-end]')
    if (end === null) return
    setBelow(end.getBoundingClientRect().top > element.getBoundingClientRect().bottom + 4)
  }, [box])

  const toEnd = useCallback((): void => {
    following.current = true
    box.current?.querySelector('[data-end]')?.scrollIntoView({ block: 'end' })
    setBelow(false)
  }, [box])

  useEffect(() => {
    const element = box.current
    if (element === null) return undefined
    const leave = (): void => {
      following.current = false
    }
    const wheel = ({ deltaY }: WheelEvent): void => {
      if (deltaY < 0) leave()
    }
    let touched = 0
    const touch = (event: TouchEvent): void => {
      const y = event.touches[0]?.clientY ?? 0
      if (event.type === 'touchmove' && y > touched) leave()
      touched = y
    }
    const key = ({ key: name }: KeyboardEvent): void => {
      if (UP_KEYS.has(name)) leave()
    }
    // What is dragged is the scroll bar, where nothing of ours lies.
    const press = ({ target }: PointerEvent): void => {
      if (target === element) leave()
    }
    const scrolled = (): void => measure()
    element.addEventListener('wheel', wheel, { passive: true })
    element.addEventListener('touchstart', touch, { passive: true })
    element.addEventListener('touchmove', touch, { passive: true })
    element.addEventListener('keydown', key)
    element.addEventListener('pointerdown', press)
    element.addEventListener('scroll', scrolled, { passive: true })
    return () => {
      element.removeEventListener('wheel', wheel)
      element.removeEventListener('touchstart', touch)
      element.removeEventListener('touchmove', touch)
      element.removeEventListener('keydown', key)
      element.removeEventListener('pointerdown', press)
      element.removeEventListener('scroll', scrolled)
    }
  }, [box, measure])

  useEffect(() => {
    if (live && following.current) toEnd()
    else measure()
  }, [grown, live, measure, toEnd])

  useEffect(() => {
    if (!live) following.current = false
  }, [live])

  return { below, toEnd }
}
