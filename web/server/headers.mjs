/**
 * The headers of every response, for the server of `npm start`, the development server and the browser tests.
 *
 * - Scripts come from the site alone; WebAssembly may be compiled, text may not be evaluated.
 * - Styles may be inline because the code editor writes style elements.
 * - Fetching any https address, and any of this machine, is allowed, because a person may name one; nothing else is
 *   ever requested.
 *
 * @param {{ isolated: boolean, developmentNonce?: string }} options `isolated` adds cross-origin isolation, which
 *   shared memory and compute workers need; `developmentNonce` admits the development server's own inline script
 *   and its socket.
 * @returns {Record<string, string>}
 */
export function responseHeaders({ isolated, developmentNonce }) {
  const policy = [
    "default-src 'self'",
    `script-src 'self' 'wasm-unsafe-eval'${developmentNonce ? ` 'nonce-${developmentNonce}'` : ''}`,
    "worker-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    `connect-src 'self' https: http://localhost:* http://127.0.0.1:*${developmentNonce ? ' ws:' : ''}`,
    "img-src 'self' data: blob:",
    "font-src 'self' data:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
  return {
    'Content-Security-Policy': policy,
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
    ...(isolated
      ? { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' }
      : {}),
  }
}
