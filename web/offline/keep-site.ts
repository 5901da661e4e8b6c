import { useEngine } from '../session/engine-store.ts'

/** The network and the disk are for the engine and the editor first. */
const DELAY_MS = 5000

/** Some time after the start the browser keeps the site's files, so that the page opens without a network too. */
export function keepSite(): void {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return
  const stop = useEngine.subscribe(({ phase }) => {
    if (phase.kind !== 'ready') return
    stop()
    setTimeout(() => {
      // where it is not allowed, as in some private windows, the page works with a network only
      navigator.serviceWorker.register('./service-worker.js').catch(() => undefined)
    }, DELAY_MS)
  })
}

/** Bytes of the site's files that the browser keeps; 0 while it keeps none. */
export async function keptSiteBytes(): Promise<number> {
  if (!('caches' in globalThis)) return 0
  let bytes = 0
  for (const name of await caches.keys()) {
    const cache = await caches.open(name)
    for (const response of await cache.matchAll()) {
      bytes += Number(response.headers.get('Content-Length') ?? 0)
    }
  }
  return bytes
}
