/**
 * Brings a checkout up to date: dependencies as the lockfile says, `dist/` as the sources say.
 * Node built-ins only, because it runs before anything is installed.
 */
import { spawn } from 'node:child_process'
import { readdir, readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

export const projectFolder = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..')

/** Runs `npm ci` unless every package of the lockfile that fits this machine is there in its version. */
export async function installIfStale() {
  if (await dependenciesAreInstalled()) return
  console.log('Installing dependencies …')
  await runNpm(['ci', '--no-audit', '--no-fund'])
}

/** Runs `npm run build` unless `dist/` is newer than every source. */
export async function buildIfStale() {
  if (!(await buildIsStale())) return
  console.log('Building …')
  await runNpm(['run', '--silent', 'build'])
}

async function dependenciesAreInstalled() {
  const wanted = await packagesOf(path.join(projectFolder, 'package-lock.json'))
  const installed = await packagesOf(path.join(projectFolder, 'node_modules', '.package-lock.json'))
  if (!wanted || !installed) return false
  return Object.entries(wanted).every(
    ([name, { version, optional }]) =>
      name === '' || installed[name]?.version === version || (optional && !installed[name]),
  )
}

/**
 * @param {string} lockfile
 * @returns {Promise<Record<string, { version?: string, optional?: boolean }> | undefined>}
 */
async function packagesOf(lockfile) {
  const text = await readFile(lockfile, 'utf8').catch(() => undefined)
  return text === undefined ? undefined : JSON.parse(text).packages
}

async function buildIsStale() {
  const built = await Promise.all(
    ['index.html', 'lakebook.js', 'lakebook.node.js'].map((name) => modifiedMs(path.join('dist', name))),
  )
  const inputs = ['engine', 'workers', 'web', 'public', 'package-lock.json', 'vite.config.ts']
  const newestInput = Math.max(...(await Promise.all(inputs.map(newestMs))))
  return Math.min(...built) <= newestInput
}

/** The newest change under `entry`; what the build itself writes and tests do not count.
 * @param {string} entry
 * @returns {Promise<number>}
 */
async function newestMs(entry) {
  const info = await stat(path.join(projectFolder, entry)).catch(() => undefined)
  if (!info) return 0
  if (!info.isDirectory()) return info.mtimeMs
  const names = await readdir(path.join(projectFolder, entry))
  const kept = names.filter(
    (name) => name !== 'generated' && name !== 'testing' && !/\.(test\.tsx?|slt)$/.test(name),
  )
  return Math.max(0, ...(await Promise.all(kept.map((name) => newestMs(path.join(entry, name))))))
}

/** @param {string} file relative to the project */
async function modifiedMs(file) {
  const info = await stat(path.join(projectFolder, file)).catch(() => undefined)
  return info?.mtimeMs ?? 0
}

/**
 * Runs npm in the project, its output passed through. Rejects when it fails.
 *
 * @param {string[]} args
 */
async function runNpm(args) {
  const status = await run(...npmCommand(args))
  if (status !== 0) throw new Error(`npm ${args.join(' ')} failed with status ${status}`)
}

/**
 * The same npm that runs this script, if one does; else the one on the path.
 *
 * @param {string[]} args
 * @returns {[string, string[]]}
 */
export function npmCommand(args) {
  const npm = process.env.npm_execpath
  if (npm && /\.c?js$/.test(npm)) return [process.execPath, [npm, ...args]]
  return [process.platform === 'win32' ? 'npm.cmd' : 'npm', args]
}

/**
 * Runs one command in the project, its output passed through.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {Record<string, string>} [environment] added to this process's own
 * @returns {Promise<number>} the exit status; 127 when the command does not exist
 */
export function run(command, args, environment = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: projectFolder,
      stdio: ['ignore', 'inherit', 'inherit'],
      shell: command.endsWith('.cmd'),
      env: { ...process.env, ...environment },
    })
    child.once('error', () => {
      resolve(127)
    })
    child.once('exit', (code) => {
      resolve(code ?? 1)
    })
  })
}
