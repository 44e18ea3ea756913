// Builds into a temporary folder and compares with what is committed.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const committed = join(here, '../report/assets')
const fresh = mkdtempSync(join(tmpdir(), 'handover-web-'))
try {
  execFileSync(process.execPath, [join(here, 'build.mjs'), fresh], { stdio: 'inherit' })
  const names = new Set([...readdirSync(committed), ...readdirSync(fresh)])
  const different = [...names].filter(n => {
    try {
      return !readFileSync(join(committed, n)).equals(readFileSync(join(fresh, n)))
    } catch {
      return true
    }
  })
  if (different.length) {
    console.error(`report/assets is not what web/ builds: ${different.join(', ')}. Run "npm --prefix web run build" and commit the result.`)
    process.exitCode = 1
  } else {
    console.log(`report/assets is what web/ builds: ${names.size} files`)
  }
} finally {
  rmSync(fresh, { recursive: true, force: true })
}
