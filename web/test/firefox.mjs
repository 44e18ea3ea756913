// Drives the workbench in Firefox: every view, a moved lever, no error on the
// console. Usage: node test/firefox.mjs
import puppeteer from 'puppeteer-core'
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '../..')
const browserPath = ['/usr/bin/firefox-esr', '/usr/bin/firefox'].find(existsSync)
if (!browserPath) {
  console.log('SKIP: no Firefox is installed')
  process.exit(0)
}
const scratch = mkdtempSync(join(tmpdir(), 'handover-firefox-'))
const command = join(scratch, 'handover')
execFileSync('go', ['build', '-o', command, './cmd/handover'], { cwd: root, stdio: 'inherit' })
execFileSync(command, ['new', 'iraq'], { cwd: scratch, stdio: 'ignore' })
const server = spawn(command, ['serve', './iraq'], { cwd: scratch, stdio: ['ignore', 'pipe', 'ignore'] })
const address = await new Promise((done, fail) => {
  server.stdout.on('data', d => { const found = /http:\S+/.exec(String(d)); if (found) done(found[0]) })
  server.on('exit', code => fail(new Error(`the server ended with ${code}`)))
})
let passed = 0
let failed = 0
const check = (ok, what) => {
  if (ok) passed++
  else { failed++; console.log('FAIL', what) }
}
const browser = await puppeteer.launch({ browser: 'firefox', executablePath: browserPath, headless: true })
try {
  const page = await browser.newPage()
  await page.setViewport({ width: 1440, height: 900 })
  const messages = []
  page.on('console', m => { if (['error', 'warn'].includes(m.type())) messages.push(m.text()) })
  page.on('pageerror', e => messages.push(String(e)))
  const began = Date.now()
  await page.goto(address)
  await page.waitForSelector('.answers li', { timeout: 60000 })
  console.log(`${await browser.version()}: the answer after ${Date.now() - began} ms`)
  const ready = () => page.waitForSelector('main[data-final=true]', { timeout: 90000 })
  // go returns once the page has taken the new address, so that ready is of it.
  const go = hash => page.evaluate(hash => new Promise(done => {
    if (new URL(hash, location.href).hash === location.hash) { done(); return }
    addEventListener('hashchange', () => done(), { once: true })
    location.hash = hash
  }), hash)
  const there = { evidence: 'iframe', model: '.sector', watch: 'blockquote', plans: '[data-plans]', report: '#purpose', futures: '.maps svg', overview: '.host[data-ready="1"] svg' }
  for (const [view, selector] of Object.entries(there)) {
    await go('#/' + view)
    await ready()
    await page.waitForSelector(selector, { timeout: 90000 })
    check(await page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth), `${view} is no wider than the window`)
  }
  await go('#/futures?draft=' + encodeURIComponent(JSON.stringify({ base: 'A3', levers: {}, gates: {} })))
  await ready()
  // The chances may round to what they were; of all outcomes one does not.
  const outcomes = () => page.$eval('[role=region][aria-label*="What each plan"] tbody', n => n.innerText)
  const before = await outcomes()
  await page.evaluate(() => {
    const slider = [...document.querySelectorAll('input[type=range]')].find(r => r.getAttribute('aria-label').includes('enforcement'))
    slider.value = '0.8'
    slider.dispatchEvent(new Event('input', { bubbles: true }))
  })
  await ready()
  check((await page.$eval('.short', n => n.innerText)).includes('N1'), 'the futures of the moved lever are shown')
  check((await outcomes()) !== before, 'a moved lever moves outcomes')
  check(page.url().includes('draft='), 'the draft is in the address')
  check(messages.length === 0, `console: ${messages.slice(0, 3).join(' | ')}`)
} finally {
  await browser.close()
  server.removeAllListeners('exit')
  server.kill('SIGINT')
  rmSync(scratch, { recursive: true, force: true })
}
console.log(`${passed} passed, ${failed} failed`)
process.exit(failed ? 1 : 0)
