/**
 * Compiles `assembly/index.ts` twice: `kernels.wasm` imports an unshared memory, `kernels.shared.wasm` a shared
 * one. Does nothing when both are newer than every source, unless called with `--force`.
 * Plain JavaScript on Node built-ins, so that it runs before anything is transpiled.
 */
import { mkdir, readdir, rename, stat, utimes } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const folder = path.dirname(fileURLToPath(import.meta.url))
const sources = path.join(folder, 'assembly')
const generated = path.join(folder, 'generated')

/** The kernels' own constants lie in 1024..65535; the heap's pages begin after them. */
const common = [
  path.join(sources, 'index.ts'),
  '--importMemory',
  '--runtime=stub',
  '--noAssert',
  '--optimizeLevel=3',
  '--shrinkLevel=0',
  '--memoryBase=1024',
  '--initialMemory=1',
  '--maximumMemory=65536',
  // Comparators of compiled queries are put into the kernels' table, which they are called through.
  '--exportTable',
]
const features = ['simd', 'bulk-memory', 'sign-extension', 'mutable-globals', 'nontrapping-f2i']

const variants = [
  { file: 'kernels.wasm', flags: features.map((feature) => `--enable=${feature}`) },
  {
    file: 'kernels.shared.wasm',
    flags: [...features, 'threads'].map((feature) => `--enable=${feature}`).concat('--sharedMemory'),
  },
]

/** @param {string} file */
async function modifiedMs(file) {
  const info = await stat(file).catch(() => undefined)
  return info?.mtimeMs ?? 0
}

export async function kernelsAreStale() {
  const names = await readdir(sources, { recursive: true })
  const inputs = names.filter((name) => name.endsWith('.ts')).map((name) => path.join(sources, name))
  inputs.push(fileURLToPath(import.meta.url))
  const newestInput = Math.max(...(await Promise.all(inputs.map(modifiedMs))))
  const outputs = variants.map(({ file }) => path.join(generated, file))
  const oldestOutput = Math.min(...(await Promise.all(outputs.map(modifiedMs))))
  return oldestOutput <= newestInput
}

/**
 * AssemblyScript's compiler, found by name only when it runs: its declarations make `i32`, `min` and an `Array.at` that
 * never gives undefined known to every file of the project.
 *
 * @returns {Promise<{ main(args: string[], to: { stderr: NodeJS.WriteStream }): Promise<{ error: Error | null }> }>}
 */
async function compiler() {
  const name = 'assemblyscript/asc'
  return import(name)
}

export async function buildKernels() {
  const asc = await compiler()
  await mkdir(generated, { recursive: true })
  const started = new Date()
  for (const { file, flags } of variants) {
    const output = path.join(generated, file)
    const unfinished = `${output}.${process.pid}`
    const flagsWithOutput = [...common, ...flags, `--outFile=${unfinished}`]
    const { error } = await asc.main(flagsWithOutput, { stderr: process.stderr })
    if (error) throw new Error(`the kernels do not compile: ${error.message}`)
    // a source that changes meanwhile must count as newer
    await utimes(unfinished, started, started)
    await rename(unfinished, output)
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  if (process.argv.includes('--force') || (await kernelsAreStale())) await buildKernels()
}
