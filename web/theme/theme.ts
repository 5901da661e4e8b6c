import { create } from 'zustand'

export type Theme = 'system' | 'light' | 'dark'

const STORAGE_KEY = 'lakebook-theme'

function storedTheme(): Theme {
  const stored = localStorage.getItem(STORAGE_KEY)
  return stored === 'light' || stored === 'dark' ? stored : 'system'
}

const systemIsDark = matchMedia('(prefers-color-scheme: dark)')

export const useTheme = create<{ readonly theme: Theme; readonly dark: boolean }>()(() => ({
  theme: storedTheme(),
  dark: isDark(storedTheme()),
}))

export function setTheme(theme: Theme): void {
  if (theme === 'system') localStorage.removeItem(STORAGE_KEY)
  else localStorage.setItem(STORAGE_KEY, theme)
  applyTheme(theme)
}

/** Called once before the first paint; follows the system from then on. */
export function startTheme(): void {
  applyTheme(storedTheme())
  systemIsDark.addEventListener('change', () => applyTheme(useTheme.getState().theme))
}

function applyTheme(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = theme
  knownColours.clear()
  useTheme.setState({ theme, dark: isDark(theme) })
}

function isDark(theme: Theme): boolean {
  return theme === 'system' ? systemIsDark.matches : theme === 'dark'
}

/** Of the theme on show. Asking has the browser style the whole page first. */
const knownColours = new Map<string, string>()

/** The value of a token as canvases need it: `#rrggbb` or `rgb(…)` of the theme on show. */
export function tokenColour(name: string): string {
  const known = knownColours.get(name)
  if (known !== undefined) return known
  const probe = document.createElement('span')
  probe.style.color = `var(--${name})`
  document.body.append(probe)
  const { color } = getComputedStyle(probe)
  probe.remove()
  knownColours.set(name, color)
  return color
}

export const SERIES_TOKENS = [
  'series-1',
  'series-2',
  'series-3',
  'series-4',
  'series-5',
  'series-6',
  'series-7',
] as const
