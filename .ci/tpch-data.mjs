/**
 * TPC-H at scale factor 1, for the tests that need more data than any small heap holds: made once, in `.cache/`, by
 * `tpchgen-cli`, a Python package. Those tests are left out where the queries or Python are missing.
 */
import { access, mkdir, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { projectFolder, run } from '../web/server/prepare.mjs'

const cache = path.join(projectFolder, '.cache')
const data = path.join(cache, 'tpch-sf1')
const generator = path.join(cache, 'tpchgen')
const queries = path.join(projectFolder, '../shared/suites/tpch/queries')

/** The folder of the tables, a Parquet file each; null, with a reason on the console, when there is none. */
export async function makeTpchData() {
  if (await exists(data)) return data
  if (!(await exists(queries))) {
    console.log("TPC-H's queries are not beside this checkout: what needs them at scale factor 1 is skipped.")
    return null
  }
  await mkdir(cache, { recursive: true })
  const part = `${data}.part`
  await rm(part, { recursive: true, force: true })
  const made =
    (await succeeds('python3', ['-m', 'pip', 'install', '--quiet', '--target', generator, 'tpchgen-cli'])) &&
    (await succeeds(path.join(generator, 'bin/tpchgen-cli'), [
      'parquet',
      ...['--scale-factor', '1', '--output-dir', part, '--quiet'],
      ...['--compression', 'ZSTD(1)', '--row-group-bytes', '16MB'],
    ]))
  if (!made) {
    console.log('TPC-H at scale factor 1 could not be made with tpchgen-cli: what needs it is skipped.')
    return null
  }
  await rename(part, data)
  return data
}

/**
 * @param {string} command
 * @param {string[]} args
 */
function succeeds(command, args) {
  return run(command, args, { PIP_DISABLE_PIP_VERSION_CHECK: '1', PIP_ROOT_USER_ACTION: 'ignore' }).then(
    (status) => status === 0,
    () => false,
  )
}

/** @param {string} file */
function exists(file) {
  return access(file).then(
    () => true,
    () => false,
  )
}
