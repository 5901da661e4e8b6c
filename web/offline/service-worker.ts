/**
 * Keeps the site's own files, so that the page opens without a network. Files of a build are named by their content and
 * come from the cache; the page itself comes from the network where there is one, so that a new build is seen at once.
 * Whatever else is asked for, such as data that a person named, goes past it.
 *
 * A new build waits until no tab shows the old one: that may still need files of its own.
 */
declare const self: ServiceWorkerGlobalScope

/** Put in when the site is built (`web/server/offline-files.mjs`): names relative to the page, `./` the page itself. */
declare const SITE_FILES: { readonly version: string; readonly files: readonly string[] }

const CACHE_PREFIX = 'lakebook-site-'
const CACHE = `${CACHE_PREFIX}${SITE_FILES.version}`
/** A network that does not answer by then is as good as none. */
const PATIENCE_MS = 4000

const page = new URL('./', self.location.href)
const kept = new Set(SITE_FILES.files.map((name) => new URL(name, page).href))

self.addEventListener('install', (event) => {
  event.waitUntil(keepAll())
})

self.addEventListener('activate', (event) => {
  event.waitUntil(forgetOlder())
})

self.addEventListener('fetch', (event) => {
  const { request } = event
  if (request.method !== 'GET' || request.headers.has('Range')) return
  const url = new URL(request.url)
  url.hash = ''
  if (request.mode === 'navigate') {
    url.search = ''
    if (url.href.replace(/index\.html$/, '') === page.href) event.respondWith(newestPage(request))
  } else if (kept.has(url.href)) {
    event.respondWith(keptFile(request))
  }
})

async function keepAll(): Promise<void> {
  const cache = await caches.open(CACHE)
  // what the page has loaded is in the browser's own cache, and only asked about
  await cache.addAll([...kept].map((url) => new Request(url, { cache: 'no-cache' })))
}

async function forgetOlder(): Promise<void> {
  const names = await caches.keys()
  const older = names.filter((name) => name.startsWith(CACHE_PREFIX) && name !== CACHE)
  await Promise.all(older.map((name) => caches.delete(name)))
}

async function newestPage(request: Request): Promise<Response> {
  const old = await caches.match(page, { cacheName: CACHE, ignoreVary: true })
  if (old === undefined) return fetch(request)
  const late = new Promise<Response>((resolve) => {
    setTimeout(() => resolve(old), PATIENCE_MS)
  })
  return Promise.race([fetch(request).catch(() => old), late])
}

async function keptFile(request: Request): Promise<Response> {
  return (await caches.match(request, { cacheName: CACHE, ignoreVary: true })) ?? fetch(request)
}

export {}
