/**
 * `node --import ./engine/testing/typescript.mjs file.ts` runs TypeScript sources as they are: Node 20 cannot, and
 * waiting for a build would make the command-line tests slow. Worker threads inherit it.
 */
import { register } from 'node:module'

register('./typescript-hooks.mjs', import.meta.url)
