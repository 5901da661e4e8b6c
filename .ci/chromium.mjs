/**
 * Finds a Chromium for the browser tests, or installs one: Debian's through apt-get where that is allowed, else
 * Playwright's own download.
 */
import { access } from 'node:fs/promises'
import { npmCommand, run } from '../web/server/prepare.mjs'

const systemBrowsers = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** The path of a browser on this machine: `CHROMIUM_PATH`, one of the system's, or one that Playwright installed. */
export async function findChromium() {
  const { chromium } = await import('@playwright/test')
  for (const candidate of [process.env.CHROMIUM_PATH, ...systemBrowsers, chromium.executablePath()]) {
    if (candidate && (await exists(candidate))) return candidate
  }
  return undefined
}

export async function installChromium() {
  const found = await findChromium()
  if (found !== undefined) return found
  console.log('Installing Chromium …')
  if (!(await installWithApt()))
    await run(...npmCommand(['exec', '--', 'playwright', 'install', '--with-deps', 'chromium']))
  const installed = await findChromium()
  if (installed === undefined) {
    throw new Error('No Chromium could be installed. Install one and name it in CHROMIUM_PATH.')
  }
  return installed
}

async function installWithApt() {
  if (process.platform !== 'linux' || !(await exists('/usr/bin/apt-get'))) return false
  const isRoot = process.getuid?.() === 0
  if (!isRoot && (await run('sudo', ['-n', 'true'])) !== 0) return false
  /** @param {string[]} args */
  const apt = (args) => (isRoot ? run('apt-get', args) : run('sudo', ['-n', 'apt-get', ...args]))
  if ((await apt(['update', '-qq'])) !== 0) return false
  return (
    (await apt(['install', '-y', '-qq', '--no-install-recommends', 'chromium', 'fonts-liberation'])) === 0
  )
}

/** @param {string} file */
function exists(file) {
  return access(file).then(
    () => true,
    () => false,
  )
}
