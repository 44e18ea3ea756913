// Builds into temporary folders and compares with what is committed.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const folders = ['report/assets', 'workbench/assets']
const fresh = folders.map(() => mkdtempSync(join(tmpdir(), 'handover-web-')))
try {
  execFileSync(process.execPath, [join(here, 'build.mjs'), ...fresh], { stdio: 'inherit' })
  for (const [i, folder] of folders.entries()) {
    const committed = join(here, '..', folder)
    const names = new Set([...readdirSync(committed), ...readdirSync(fresh[i])])
    const different = [...names].filter(n => {
      try {
        return !readFileSync(join(committed, n)).equals(readFileSync(join(fresh[i], n)))
      } catch {
        return true
      }
    })
    if (different.length) {
      console.error(`${folder} is not what web/ builds: ${different.join(', ')}. Run "npm --prefix web run build" and commit the result.`)
      process.exitCode = 1
    } else {
      console.log(`${folder} is what web/ builds: ${names.size} files`)
    }
  }
} finally {
  for (const folder of fresh) rmSync(folder, { recursive: true, force: true })
}
