import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app/app.tsx'
import { exampleOf, firstExample } from './demo/examples.ts'
import { registerDemoPanels } from './demo/run-panels.ts'
import { openEngine } from './session/engine-session.ts'
import { keepSite } from './offline/keep-site.ts'
import { startPersistence } from './session/persistence.ts'
import { guessPrivateWindow } from './storage/storage-store.ts'
import { startTheme } from './theme/theme.ts'
import './theme/base.css'

const root = document.getElementById('root')
if (!root) throw new Error('index.html has no #root')

startTheme()
registerDemoPanels()
void openEngine()
guessPrivateWindow()
keepSite()
await startPersistence(firstExample(), exampleOf)
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
)
