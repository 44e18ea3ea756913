// Measures in a real browser how long a lever takes to answer: from the move of
// the slider to the first picture on the screen, and to the final one of 1,000
// futures of the Iraq case. Several programs are measured turn about, so that
// they meet the same machine.
// Usage: node test/latency.mjs [moves] [program of handover ...]
import { chromium } from 'playwright-core'
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '../..')
const browserPath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync)
if (!browserPath) throw new Error('no Chromium is installed')
const scratch = mkdtempSync(join(tmpdir(), 'handover-latency-'))
const moves = Number(process.argv[2] || 40)
const programs = process.argv.slice(3).map(p => resolve(p))
if (!programs.length) {
  programs.push(join(scratch, 'handover'))
  execFileSync('go', ['build', '-o', programs[0], './cmd/handover'], { cwd: root, stdio: 'inherit' })
}

// serve starts a program and returns its address.
async function serve (program) {
  const server = spawn(program, ['serve', 'iraq'], { cwd: scratch, stdio: ['ignore', 'pipe', 'ignore'] })
  const address = await new Promise((done, fail) => {
    server.stdout.on('data', d => { const found = /http:\S+/.exec(String(d)); if (found) done(found[0]) })
    server.on('exit', code => fail(new Error(`${program} ended with ${code}`)))
  })
  server.removeAllListeners('exit')
  return { server, address }
}

// heard notes when the first part of the latest stream came in, and how long the
// server took to make it.
function heard () {
  const fetched = window.fetch
  window.fetch = async (...args) => {
    const answer = await fetched(...args)
    if (!String(args[0]).endsWith('/live')) return answer
    window.first = 0
    const note = (part, to) => {
      if (!window.first) {
        window.first = performance.now()
        window.elapsed = Number(/"elapsed":(\d+)/.exec(new TextDecoder().decode(part))?.[1])
      }
      to.enqueue(part)
    }
    const body = answer.body.pipeThrough(new TransformStream({ transform: note }))
    return new Response(body, { status: answer.status, headers: answer.headers })
  }
}

// move moves the slider and resolves when the final picture is there.
const move = value => new Promise(done => {
  const main = document.querySelector('main')
  const drawn = Number(main.dataset.drawings)
  const slider = [...document.querySelectorAll('input[type=range]')].find(r => r.getAttribute('aria-label').includes('enforcement'))
  const began = performance.now()
  let first = 0
  let came = 0
  const watch = new MutationObserver(() => {
    if (!first && Number(main.dataset.drawings) > drawn) { first = performance.now() - began; came = window.first - began }
    if (first && main.dataset.final === 'true') { watch.disconnect(); done({ server: window.elapsed, came, first, final: performance.now() - began }) }
  })
  watch.observe(main, { attributes: true })
  slider.value = value
  slider.dispatchEvent(new Event('input', { bubbles: true }))
})

const at = (list, p) => { const s = [...list].sort((a, b) => a - b); return Math.round(s[Math.min(s.length - 1, Math.floor(s.length * p))]) }
const browser = await chromium.launch({ executablePath: browserPath, args: ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'] })
const measured = []
try {
  for (const program of programs) {
    const one = { program, ...await serve(program), times: [] }
    measured.push(one)
    one.page = await (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage()
    await one.page.addInitScript(heard)
    await one.page.goto(one.address + '#/futures?draft=' + encodeURIComponent(JSON.stringify({ base: 'A3', levers: {}, gates: {} })))
    await one.page.waitForSelector('main[data-final=true]', { timeout: 60000 })
  }
  for (let i = -2; i < moves; i++) { // two to warm up
    for (const one of measured) {
      await one.page.bringToFront()
      await one.page.waitForTimeout(150)
      const times = await one.page.evaluate(move, String(0.2 + (i + 2) * 0.01))
      if (i >= 0) one.times.push(times)
    }
  }
  for (const one of measured) {
    const of = what => one.times.map(x => x[what])
    const said = what => `median ${at(of(what), 0.5)} ms, 95th percentile ${at(of(what), 0.95)} ms`
    console.log(`${one.program.replace(scratch + '/', '')}: ${moves} moves; the server's part: ${said('server')}; first bytes: ${said('came')}; first picture: ${said('first')}; final picture: ${said('final')}`)
  }
} finally {
  await browser.close()
  for (const one of measured) one.server.kill('SIGINT')
  rmSync(scratch, { recursive: true, force: true })
}
