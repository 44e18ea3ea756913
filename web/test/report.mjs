// Opens a report and the page of events in a real browser, from a file address with the network off,
// and looks for what a reader would stumble over. Usage:
//   node test/report.mjs [report.html [folder for screenshots and PDF]]
// Without a page it makes both with the command.
import { chromium } from 'playwright-core'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const root = join(here, '../..')
const browserPath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync)
if (!browserPath) {
  console.log('SKIP: no Chromium is installed')
  process.exit(process.env.CI === 'true' ? 1 : 0)
}

function make () {
  const folder = mkdtempSync(join(tmpdir(), 'handover-report-'))
  execFileSync('go', ['run', './cmd/handover', 'run', 'iraq', '--futures', '60', '--out', folder], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] })
  return join(folder, 'iraq', readdirSync(join(folder, 'iraq'))[0], 'report.html')
}

// invented is a table of events that never were.
function invented () {
  const places = ['Anbar', 'Baghdad', 'Diyala', 'Kirkuk', 'Nineveh', 'Salah al-Din']
  const rows = ['id,date,place,a,b,low,best,high']
  for (let i = 0; i < 600; i++) {
    const month = i % 132
    const best = 1 + (i * 7) % 11
    rows.push([i, `${2008 + Math.floor(month / 12)}-${String(1 + month % 12).padStart(2, '0')}-${String(1 + i % 27).padStart(2, '0')}`, places[(i * i) % 6], 'IS', 'Government of Iraq', best, best, best + 2].join(','))
  }
  return rows.join('\n') + '\n'
}

// events makes the page of past violence, from invented events.
function events () {
  const folder = mkdtempSync(join(tmpdir(), 'handover-events-'))
  const store = join(folder, 'store')
  const table = join(folder, 'events.csv')
  writeFileSync(table, invented())
  execFileSync('go', ['run', './cmd/handover', 'import', table, '--store', store, '--columns', 'id=id,date=date,place=place,actor_a=a,actor_b=b,low=low,best=best,high=high'], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] })
  execFileSync('go', ['run', './cmd/handover', 'events', 'iraq', '--store', store, '--page', join(folder, 'events.html')], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] })
  return join(folder, 'events.html')
}

const pages = process.argv[2] ? { report: resolve(process.argv[2]) } : { report: make(), events: events() }
const out = process.argv[3] ? resolve(process.argv[3]) : mkdtempSync(join(tmpdir(), 'handover-shots-'))
mkdirSync(out, { recursive: true })
const axe = readFileSync(join(here, '../node_modules/axe-core/axe.min.js'), 'utf8')
let passed = 0
let failed = 0
const check = (ok, what) => {
  if (ok) passed++
  else { failed++; console.log('FAIL', what) }
}

const browser = await chromium.launch({
  executablePath: browserPath,
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']
})
try {
  for (const [kind, file] of Object.entries(pages)) for (const scheme of ['light', 'dark']) {
    const address = pathToFileURL(file).href
    for (const width of [360, 768, 1024, 1440]) {
      const name = `${kind} ${scheme} ${width}`
      // axe is put in by the test, so the page's policy is set aside for it alone;
      // one pass keeps the policy, to see that the page lives with it.
      const strict = width === 1440
      const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme: scheme, offline: true, bypassCSP: !strict })
      const page = await context.newPage()
      const messages = []
      const requests = []
      page.on('console', m => { if (['error', 'warning'].includes(m.type())) messages.push(m.text()) })
      page.on('pageerror', e => messages.push(String(e)))
      page.on('request', r => { if (!/^(file|data|blob):/.test(r.url())) requests.push(r.url()) })
      await page.goto(address)
      await page.waitForFunction(() => document.documentElement.dataset.charts === 'drawn', null, { timeout: 60000 })
      check(messages.length === 0, `${name}: console: ${messages.slice(0, 3).join(' | ')}`)
      check(requests.length === 0, `${name}: the page asked for ${requests[0]}`)
      const seen = await page.evaluate(() => {
        const hosts = [...document.querySelectorAll('[data-chart]')]
        const overflow = document.documentElement.scrollWidth - document.documentElement.clientWidth
        const collisions = []
        for (const host of hosts) {
          const texts = [...host.querySelectorAll('svg text')].filter(t => t.textContent.trim() && t.getAttribute('opacity') !== '0' && getComputedStyle(t).opacity !== '0')
          const boxes = texts.map(t => ({ t: t.textContent, r: t.getBoundingClientRect() })).filter(b => b.r.width)
          const frame = host.getBoundingClientRect()
          for (let i = 0; i < boxes.length; i++) {
            const a = boxes[i].r
            if (a.left < frame.left - 2 || a.right > frame.right + 2) collisions.push(`${host.dataset.chart}: "${boxes[i].t}" leaves its chart`)
            for (let j = i + 1; j < boxes.length; j++) {
              const b = boxes[j].r
              const x = Math.min(a.right, b.right) - Math.max(a.left, b.left)
              const y = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top)
              if (x > 2 && y > 4) collisions.push(`${host.dataset.chart}: "${boxes[i].t}" over "${boxes[j].t}"`)
            }
          }
        }
        return { hosts: hosts.length, drawn: hosts.filter(h => h.querySelector('svg') && h.dataset.ready === '1').length, overflow, collisions }
      })
      check(seen.hosts > 0 && seen.drawn === seen.hosts, `${name}: ${seen.drawn} of ${seen.hosts} charts drawn`)
      check(seen.overflow <= 0, `${name}: the page is ${seen.overflow} px wider than the window`)
      check(seen.collisions.length === 0, `${name}: ${seen.collisions.length} labels collide: ${seen.collisions.slice(0, 5).join('; ')}`)
      if (!strict) {
        await page.evaluate(axe)
        const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }))
        check(found.violations.length === 0, `${name}: axe: ${found.violations.map(v => `${v.id} (${v.nodes.length}: ${v.nodes[0].html.slice(0, 120)} ${v.nodes[0].any?.[0]?.message || ''})`).join('; ')}`)
      }
      await page.screenshot({ path: join(out, `${kind}-${scheme}-${width}.png`), fullPage: true })
      if (scheme === 'light' && width === 1024) {
        const pdf = await page.pdf({ format: 'A4', printBackground: true, preferCSSPageSize: true })
        writeFileSync(join(out, `${kind}.pdf`), pdf)
        const sheets = (pdf.toString('latin1').match(/\/Type\s*\/Page[^s]/g) || []).length
        check(sheets >= 2 && sheets <= 14, `${kind}: ${sheets} pages of A4`)
        console.log(`${kind}: ${sheets} pages of A4`)
      }
      await context.close()
    }
  }
} finally {
  await browser.close()
}
console.log(`screenshots in ${out}`)
console.log(`${passed} passed, ${failed} failed`)
process.exit(failed ? 1 : 0)
