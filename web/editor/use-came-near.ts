import { useEffect, useState, type RefObject } from 'react'

/** How far from what is on screen an element may be. */
const NEAR = '600px 0px'

/** Whether the element is on screen or near it, or has been, or is wanted where it is: it stays true. */
export function useCameNear(element: RefObject<Element | null>, isWanted: boolean): boolean {
  const [cameNear, setCameNear] = useState(isWanted)
  if (isWanted && !cameNear) setCameNear(true)
  useEffect(() => {
    if (cameNear || !element.current) return undefined
    // the page scrolls inside an element, whose margin browsers that do not know `scrollMargin` leave out
    const options = { rootMargin: NEAR, scrollMargin: NEAR }
    const observer = new IntersectionObserver((entries) => {
      if (entries.some(({ isIntersecting }) => isIntersecting)) setCameNear(true)
    }, options)
    observer.observe(element.current)
    return () => observer.disconnect()
  }, [cameNear, element])
  return cameNear
}
