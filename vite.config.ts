import react from '@vitejs/plugin-react'
import path from 'node:path'
import { defineConfig, type UserConfig } from 'vite'
import { asciiScripts } from './web/server/ascii-scripts.mjs'
import { offlineFiles } from './web/server/offline-files.mjs'
import { nodeAssets } from './web/server/node-assets.mjs'
import { responseHeaders } from './web/server/headers.mjs'
import { sqlParserLoader } from './web/server/sql-parser-loader.mjs'

const projectFolder = import.meta.dirname
const developmentNonce = 'development'

/**
 * Three builds share `dist/`: the site (`vite build`), the engine for pages (`--mode engine`) and the engine for
 * Node (`--mode node`). Every asset is a file of its own, because the site's policy forbids data: requests, and
 * is named by its content, so the builds share what is equal.
 */
export default defineConfig(({ mode, command }) => {
  const shared: UserConfig = {
    base: './',
    worker: {
      format: 'es',
      plugins: () => [sqlParserLoader({ forNode: false }), asciiScripts()],
      rolldownOptions: { output: { entryFileNames: 'assets/[name]-[hash].js' } },
    },
    build: {
      outDir: path.join(projectFolder, 'dist'),
      target: 'es2023',
      assetsInlineLimit: 0,
      chunkSizeWarningLimit: 8000,
      reportCompressedSize: false,
      emptyOutDir: false,
    },
    logLevel: command === 'build' ? 'warn' : 'info',
  }
  if (mode === 'engine') return engineForPages(shared)
  if (mode === 'node') return engineForNode(shared)
  return {
    ...shared,
    root: path.join(projectFolder, 'web'),
    publicDir: path.join(projectFolder, 'public'),
    plugins: [react(), sqlParserLoader({ forNode: false }), offlineFiles()],
    build: {
      ...shared.build,
      emptyOutDir: true,
      rolldownOptions: {
        input: [
          path.join(projectFolder, 'web/index.html'),
          path.join(projectFolder, 'web/offline/service-worker.ts'),
        ],
        output: {
          entryFileNames: ({ name }) =>
            name === 'service-worker' ? 'service-worker.js' : 'assets/[name]-[hash].js',
        },
      },
    },
    optimizeDeps: { exclude: ['parquet-wasm', '@guanmingchiu/sqlparser-ts'] },
    ...(command === 'serve' ? { html: { cspNonce: developmentNonce } } : {}),
    server: {
      headers: responseHeaders({ isolated: true, developmentNonce }),
      fs: { allow: [projectFolder] },
    },
  }
})

function engineForPages(shared: UserConfig): UserConfig {
  return {
    ...shared,
    publicDir: false,
    plugins: [sqlParserLoader({ forNode: false })],
    build: {
      ...shared.build,
      rolldownOptions: {
        input: path.join(projectFolder, 'engine/index.ts'),
        preserveEntrySignatures: 'strict',
        output: { entryFileNames: 'lakebook.js', chunkFileNames: 'assets/[name]-[hash].js' },
      },
    },
  }
}

function engineForNode(shared: UserConfig): UserConfig {
  return {
    ...shared,
    publicDir: false,
    plugins: [sqlParserLoader({ forNode: true }), nodeAssets()],
    ssr: { noExternal: true, target: 'node' },
    build: {
      ...shared.build,
      ssr: true,
      minify: false,
      rolldownOptions: {
        input: path.join(projectFolder, 'engine/node.ts'),
        preserveEntrySignatures: 'strict',
        output: {
          entryFileNames: 'lakebook.node.js',
          chunkFileNames: 'assets/[name]-[hash].node.js',
          assetFileNames: 'assets/[name]-[hash][extname]',
        },
      },
    },
  }
}
