// Light or dark: the reader's choice, else the system's.
export const look = $state({ theme: 'light' })

export function setTheme (theme: string) {
  look.theme = theme
  document.documentElement.dataset.theme = theme
}

export function toggleTheme () {
  const theme = look.theme === 'dark' ? 'light' : 'dark'
  setTheme(theme)
  try { localStorage.setItem('theme', theme) } catch { /* blocked: the choice lasts until the page is closed */ }
}

export function firstTheme () {
  let kept: string | null = null
  try { kept = localStorage.getItem('theme') } catch { /* blocked */ }
  setTheme(kept === 'dark' || kept === 'light' ? kept : matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light')
}
