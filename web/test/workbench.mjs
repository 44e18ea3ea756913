// Drives the workbench in a real browser: from opening to a saved report, every
// view in light and dark at three widths, and how long a lever takes to answer.
// Usage: node test/workbench.mjs [folder for screenshots]
import { chromium } from 'playwright-core'
import { execFileSync, spawn } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const root = join(here, '../..')
const browserPath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync)
if (!browserPath) {
  console.log('SKIP: no Chromium is installed')
  process.exit(process.env.CI === 'true' ? 1 : 0)
}
const scratch = mkdtempSync(join(tmpdir(), 'handover-workbench-'))
const out = process.argv[2] ? resolve(process.argv[2]) : join(scratch, 'shots')
mkdirSync(out, { recursive: true })
const command = join(scratch, 'handover')
execFileSync('go', ['build', '-o', command, './cmd/handover'], { cwd: root, stdio: 'inherit' })
execFileSync(command, ['new', 'iraq'], { cwd: scratch, stdio: 'ignore' })
cpSync(join(root, 'workbench/testdata/searches'), join(scratch, 'searches'), { recursive: true })
const before = readFileSync(join(scratch, 'iraq/strategies.yaml'), 'utf8')

// serve serves a case folder and returns the server and its address.
const servers = []
async function serve (folder) {
  const server = spawn(command, ['serve', folder], { cwd: scratch, stdio: ['ignore', 'pipe', 'inherit'] })
  const address = await new Promise((done, fail) => {
    server.stdout.on('data', d => { const found = /http:\S+/.exec(String(d)); if (found) done(found[0]) })
    server.on('exit', code => fail(new Error(`the server ended with ${code}`)))
  })
  server.removeAllListeners('exit')
  servers.push(server)
  return { server, address }
}
const { server, address } = await serve('./iraq')
const axe = readFileSync(join(here, '../node_modules/axe-core/axe.min.js'), 'utf8')
let passed = 0
let failed = 0
const check = (ok, what) => {
  if (ok) passed++
  else { failed++; console.log('FAIL', what) }
}
const views = ['overview', 'evidence', 'model', 'futures', 'plans', 'watch', 'report']

async function open (browser, options) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options })
  const page = await context.newPage()
  const messages = []
  const requests = []
  page.on('console', m => { if (['error', 'warning'].includes(m.type())) messages.push(m.text()) })
  page.on('pageerror', e => messages.push(String(e)))
  page.on('request', r => { if (!r.url().startsWith(address) && !/^(data|blob|about):/.test(r.url())) requests.push(r.url()) })
  return { context, page, messages, requests }
}
const ready = page => page.waitForSelector('main[data-final=true]', { timeout: 60000 })

// go goes to an address of the page. It returns once the page has taken it, so
// that ready is of what it asks for.
const go = (page, hash) => page.evaluate(hash => new Promise(done => {
  if (new URL(hash, location.href).hash === location.hash) { done(); return }
  addEventListener('hashchange', () => done(), { once: true })
  location.hash = hash
}), hash)

async function settled (page, view) {
  await ready(page)
  if (view === 'plans') await page.waitForSelector('[data-plans]', { timeout: 60000 })
  if (view === 'model') await page.waitForSelector('.sector')
  if (view === 'watch') await Promise.all([page.waitForSelector('blockquote'), page.waitForSelector('[data-bulletin=whole]', { timeout: 60000 })])
  if (view === 'evidence') await page.frameLocator('iframe').locator('h1').first().waitFor({ timeout: 60000 })
  if (view === 'overview' || view === 'futures') await page.waitForFunction(() => [...document.querySelectorAll('main .host')].every(h => h.dataset.ready === '1'), null, { timeout: 60000 })
  if (view === 'futures') await page.waitForSelector('.maps svg', { timeout: 60000 })
}

// drawings are the shapes and words of all charts.
const drawings = page => page.evaluate(() => [...document.querySelectorAll('main .host svg')].map(svg =>
  [...svg.querySelectorAll('path,line,rect,text')].map(n => [n.tagName, n.getAttribute('d'), n.getAttribute('transform'), n.getAttribute('fill'), n.textContent].join(' '))))

const browser = await chromium.launch({
  executablePath: browserPath,
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']
})
const spread = list => { const s = [...list].sort((a, b) => a - b); return `median ${Math.round(s[Math.floor(s.length / 2)])} ms, 95th percentile ${Math.round(s[Math.min(s.length - 1, Math.floor(s.length * 0.95))])} ms` }

try {
  // The whole way, with the page's own policy in force.
  {
    const { context, page, messages, requests } = await open(browser, { colorScheme: 'light', acceptDownloads: true })
    const files = []
    page.on('response', r => { if (!r.url().includes('/api/')) files.push(r.body().then(b => b.length, () => 0)) })
    const began = Date.now()
    await page.goto(address)
    await page.waitForSelector('.answers li')
    const took = Date.now() - began
    const paint = await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime || 0)
    const size = (await Promise.all(files)).reduce((a, b) => a + b, 0)
    console.log(`first load: ${files.length} files of ${Math.round(size / 1024)} kB; first paint after ${Math.round(paint)} ms, the answer after ${took} ms`)
    await ready(page)
    check((await page.locator('.answers li').count()) === 5, 'the overview begins with five sentences')
    await page.getByRole('link', { name: 'Futures' }).click()
    await page.getByLabel('Start from').selectOption('A3')
    await ready(page)
    // The chances may round to what they were; of all outcomes one does not.
    const outcomes = () => page.locator('[role=region][aria-label*="What each plan"] tbody').innerText()
    const old = await outcomes()
    const slider = page.getByRole('slider', { name: /Highest value of enforcement/ })
    await slider.fill('0.8')
    await ready(page)
    check((await page.locator('.short').innerText()).includes('N1'), 'the futures of the moved lever are shown')
    check((await outcomes()) !== old, 'a moved lever moves outcomes')
    check(page.url().includes('draft='), 'the draft is in the address')

    // How long a lever takes to answer, as the reader sees it.
    const first = []
    const final = []
    for (let i = 0; i < 20; i++) {
      await page.waitForTimeout(50)
      const times = await page.evaluate(value => new Promise(done => {
        const main = document.querySelector('main')
        const drawn = Number(main.dataset.drawings)
        const began = performance.now()
        let first = 0
        const watch = new MutationObserver(() => {
          if (!first && Number(main.dataset.drawings) > drawn) first = performance.now() - began
          if (first && main.dataset.final === 'true') { watch.disconnect(); done({ first, final: performance.now() - began }) }
        })
        watch.observe(main, { attributes: true })
        const slider = [...document.querySelectorAll('input[type=range]')].find(r => r.getAttribute('aria-label').includes('enforcement'))
        slider.value = value
        slider.dispatchEvent(new Event('input', { bubbles: true }))
      }), String(0.2 + i * 0.01))
      first.push(times.first)
      final.push(times.final)
    }
    console.log(`slider to first picture: ${spread(first)}; to the final one of 1,000 futures: ${spread(final)}`)

    // Pictures follow a lever that is dragged, and the last one is of where it is.
    const shown = Number(await page.locator('main').getAttribute('data-drawings'))
    await page.evaluate(async () => {
      const slider = [...document.querySelectorAll('input[type=range]')].find(r => r.getAttribute('aria-label').includes('enforcement'))
      for (let i = 0; i < 120; i++) {
        slider.value = String(0.2 + i * 0.005)
        slider.dispatchEvent(new Event('input', { bubbles: true }))
        await new Promise(done => setTimeout(done, 16))
      }
      slider.dispatchEvent(new Event('change', { bubbles: true }))
    })
    const during = Number(await page.locator('main').getAttribute('data-drawings')) - shown
    check(during >= 2, `${during} pictures while a lever is dragged`)
    console.log(`${during} pictures in a drag of two seconds`)
    await ready(page)
    const dragged = await page.locator('.short').innerText()
    await page.reload()
    await ready(page)
    check((await page.locator('.short').innerText()) === dragged, 'the picture after a drag is of where the lever is')
    await slider.fill('0.4')
    await ready(page)

    // What the page says is undone, and comes back from its address.
    await page.getByRole('button', { name: 'Undo' }).click()
    await settled(page, 'futures') // the last picture is there before its charts are drawn
    const shared = page.url()
    // Charts of one shape are given new data, whose words may be wider: they are
    // those that a page which opens here draws.
    const same = async what => {
      const refilled = await drawings(page)
      await page.reload()
      await settled(page, 'futures')
      const fresh = await drawings(page)
      check(fresh.length > 5 && JSON.stringify(fresh) === JSON.stringify(refilled), `charts that were given new data are those that are drawn anew: ${what}`)
    }
    await same('after an undo')
    check(page.url() === shared && (await page.getByLabel('Start from').inputValue()) === 'A3', 'the state survives a reload')
    for (const value of ['0.9', '0.1', '0.6']) {
      await slider.fill(value)
      await settled(page, 'futures')
      await same(`a lever at ${value}`)
    }
    await slider.fill('0.4')

    // Exports.
    await settled(page, 'futures')
    for (const kind of ['SVG', 'PNG', 'CSV']) {
      await page.locator('figure details.save').first().evaluate(d => { d.open = true })
      const [file] = await Promise.all([page.waitForEvent('download'), page.locator('figure details.save').first().getByRole('button', { name: kind }).click()])
      check(file.suggestedFilename().endsWith('.' + kind.toLowerCase()), `a chart is saved as ${kind}`)
    }
    const [sheet] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: /Save as CSV.*What each plan/ }).click()])
    check(readFileSync(await sheet.path(), 'utf8').startsWith('Outcome,'), 'a table is saved as CSV')

    // A gate is edited; what is wrong in a condition is said.
    await page.getByLabel('Months for which a condition must hold').first().fill('5')
    await page.getByLabel('Months for which a condition must hold').first().blur()
    await ready(page)
    check(decodeURIComponent(page.url()).includes('"evidence":5'), 'the months of evidence of a gate are in the address')
    await page.getByLabel(/^Closes when/).first().fill('no_such_thing > 1')
    await page.getByLabel(/^Closes when/).first().blur()
    await page.getByRole('alert').filter({ hasText: 'no_such_thing' }).first().waitFor()
    await page.getByRole('button', { name: 'Undo' }).click()
    await ready(page)
    const gone = await page.waitForFunction(() => !document.querySelector('[role=alert]'), null, { timeout: 10000 }).then(() => true, () => false)
    check(gone, 'undo takes a bad condition back')
    messages.splice(0, messages.length, ...messages.filter(m => !m.includes('422'))) // the browser tells of every refusal

    // A strategy is saved, and what it is called is only ever text.
    await slider.fill('0.6')
    await ready(page)
    const hostile = '</script><img src=x onerror="window.broken=1"><script>window.broken=1</script>'
    await page.getByLabel('Id', { exact: true }).fill('X1')
    await page.getByLabel('Name', { exact: true }).fill('Enforce ' + hostile)
    await page.getByLabel('Short name').fill('<b>Enforce</b>')
    await page.getByLabel('Description').fill(hostile)
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.getByText('X1 is saved in strategies.yaml.').waitFor()
    const after = readFileSync(join(scratch, 'iraq/strategies.yaml'), 'utf8')
    check(after.startsWith(before) && after.includes('id: "X1"'), 'the strategy is in the file, and every old line too')
    await ready(page)
    for (const view of views) {
      await go(page, `#/${view}?s=A0,X1`)
      await settled(page, view)
    }
    check(!(await page.evaluate(() => window.broken)), 'a script in a name does not run')

    // A question is asked, refused once, and answered.
    await go(page, '#/watch')
    await page.waitForSelector('[data-questions=there]')
    const asks = page.locator('details').filter({ has: page.getByRole('heading', { name: 'Ask a question' }) })
    await asks.locator('summary').click()
    const day = months => { const d = new Date(); d.setMonth(d.getMonth() + months); return d.toISOString().slice(0, 10) }
    for (const [label, text] of [['Short id of the question', 'tried'], ['Question', 'Will it hold? ' + hostile], ['Background', hostile], ['Resolution rule', 'As it says'], ['Opens on', day(-1)], ['Closes on', day(6)], ['Resolves by', day(3)], ['Where the answer is looked up', 'the gazette']]) await asks.getByLabel(label, { exact: true }).fill(text)
    await asks.getByRole('button', { name: 'Ask it' }).click()
    await asks.getByRole('alert').waitFor()
    check((await asks.getByRole('alert').innerText()).includes('resolves'), 'a question that resolves before it closes is refused')
    await asks.getByLabel('Resolves by', { exact: true }).fill(day(12))
    await asks.getByRole('button', { name: 'Ask it' }).click()
    await page.getByText('tried is in questions.yaml.').waitFor()
    const gives = page.locator('details').filter({ has: page.getByRole('heading', { name: 'Enter a forecast' }) })
    await gives.locator('summary').click()
    await gives.getByLabel('Question', { exact: true }).selectOption('tried')
    await gives.getByLabel('Your pseudonym in the book').fill('heron')
    await gives.getByLabel('What it rests on').fill('because ' + hostile)
    await gives.getByLabel('Chance of yes, percent').fill('130')
    await gives.getByRole('button', { name: 'Enter the forecast' }).click()
    await gives.getByRole('alert').waitFor()
    await gives.getByLabel('Chance of yes, percent').fill('30')
    await gives.getByRole('button', { name: 'Enter the forecast' }).click()
    await gives.getByText('knows no forecaster').waitFor()
    await gives.getByLabel('This pseudonym is new: add it to the book').check()
    await gives.getByRole('button', { name: 'Enter the forecast' }).click()
    await page.getByText('The forecast of heron on tried is in the book.').waitFor()
    check((await page.locator('[data-questions] details').filter({ hasText: '1 forecast' }).count()) === 1, 'the forecast is shown with its question')
    await gives.getByLabel('Your pseudonym in the book').fill('wren')
    await gives.getByLabel('This pseudonym is new: add it to the book').check()
    await gives.getByLabel('What it rests on').fill('a second view')
    await gives.getByLabel('Chance of yes, percent').fill('60')
    await gives.getByRole('button', { name: 'Enter the forecast' }).click()
    await page.getByText('The forecast of wren on tried is in the book.').waitFor()
    const two = page.locator('[data-questions] details').filter({ hasText: '2 forecasts' })
    await two.locator('summary').click()
    check((await two.innerText()).includes('together: mean of log odds'), 'two forecasts are put together')
    check(!(await page.evaluate(() => window.broken)), 'a script in a question does not run')
    messages.splice(0, messages.length, ...messages.filter(m => !m.includes('422')))

    // Part of the futures is marked; a found plan is picked, tried and saved.
    await go(page, '#/plans?outcome=arms-secured&under=A3&s=A3')
    await page.waitForSelector('.strip', { timeout: 60000 })
    const meant = await page.locator('.bars li .iv, .stripname .iv').allInnerTexts()
    check(meant.length > 12 && meant.every(m => /^[A-Z].{5,} \((fitted|(sourced|assumed)(, then fitted to the past)?)\)$/.test(m)), `what uncertainties mean: ${meant.join(' | ')}`)
    const said = () => page.locator('.brushed').innerText()
    const all = await said()
    await page.locator('.strip').first().scrollIntoViewIfNeeded()
    const strip = await page.locator('.strip').first().boundingBox()
    await page.mouse.move(strip.x + strip.width * 0.1, strip.y + 20)
    await page.mouse.down()
    await page.mouse.move(strip.x + strip.width * 0.5, strip.y + 20, { steps: 4 })
    await page.mouse.up()
    check((await said()) !== all && decodeURIComponent(page.url()).includes('marked='), 'a drag over a strip marks futures')
    await page.getByLabel(/: at least$/).first().fill('1e9')
    await page.getByLabel(/: at least$/).first().blur()
    check((await said()) === 'No future lies inside.', 'limits can be typed')
    await page.getByRole('button', { name: 'Clear', exact: true }).click()
    check((await said()) === all, 'marks are cleared')
    const boxes = page.getByRole('button', { name: /^Mark box/ })
    if (await boxes.count()) {
      await boxes.first().click()
      const [, inside, density] = /^([\d,]+) of .*?(\d+)% of them/.exec(await said())
      const words = await page.locator('.box p').first().innerText()
      check(words.startsWith(`It happens in ${density}% of the futures inside`) && Number(inside.replace(',', '')) > 0, `a box is marked: ${await said()} against ${words}`)
    } else check(false, 'there are boxes to mark')
    await page.getByRole('radio', { name: 'Pick exit-2' }).check()
    check((await page.locator('.chosenplan').innerText()).includes('month of exit'), 'a plan that was found is picked')
    await page.getByRole('button', { name: 'Save into the case' }).click()
    await page.getByText('exit-2 is saved in strategies.yaml.').waitFor()
    check(readFileSync(join(scratch, 'iraq/strategies.yaml'), 'utf8').includes('exit-2'), 'a found plan is saved')
    await page.getByRole('radio', { name: 'Pick exit-1' }).check()
    await page.getByRole('button', { name: 'See its futures' }).click()
    await settled(page, 'futures')
    check((await page.locator('.short').innerText()).includes('exit-1'), 'the futures of a plan that is not saved')
    await go(page, '#/report?s=A0,X1')
    await ready(page)

    // The report.
    await page.getByLabel('What the report is for').fill('Test ' + hostile)
    await page.getByRole('button', { name: 'Preview' }).click()
    await page.frameLocator('iframe').locator('h1').first().waitFor({ timeout: 60000 })
    await page.getByRole('button', { name: 'Save the report' }).click()
    const file = await page.getByText(/Saved with its run as/).innerText()
    const saved = readFileSync(join(scratch, 'runs', /as (\S+) in/.exec(file)[1]), 'utf8')
    check(saved.includes('X1') && !saved.includes('<img src=x'), 'the report is saved, and hostile text is text')
    check(messages.length === 0, `console: ${messages.slice(0, 3).join(' | ')}`)
    check(requests.length === 0, `the page asked for ${requests[0]}`)
    await context.close()
  }

  // A case with script in every text: it is text everywhere. The page does without
  // storage, which some block, and says what it needs where scripts are blocked.
  {
    const folder = join(scratch, 'hostile')
    execFileSync('go', ['test', './workbench', '-count=1', '-run', '^TestScriptInEveryText$'], { cwd: root, env: { ...process.env, HOSTILE_CASE: folder }, stdio: ['ignore', 'ignore', 'inherit'] })
    const other = await serve(folder)
    const { context, page, messages } = await open(browser, {})
    await page.addInitScript(() => Object.defineProperty(window, 'localStorage', { get () { throw new DOMException('blocked', 'SecurityError') } }))
    await page.goto(other.address)
    for (const view of views) {
      await go(page, '#/' + view)
      await settled(page, view)
      const frames = page.frames().length
      check(!(await page.evaluate(() => window.broken || document.querySelectorAll('main img').length)), `hostile text in ${view}, ${frames} frames`)
      for (const frame of page.frames()) check(!(await frame.evaluate(() => window.broken)), `hostile text in a frame of ${view}`)
    }
    check((await page.locator('.question').innerText()).includes('<img src=x'), 'hostile text is shown as text')
    check(messages.length === 0, `hostile case: console: ${messages.slice(0, 3).join(' | ')}`)
    await context.close()
    other.server.kill('SIGINT')
    const without = await browser.newContext({ javaScriptEnabled: false })
    const bare = await without.newPage()
    await bare.goto(address)
    check((await bare.locator('noscript').innerText()).includes('Allow scripts for this address'), 'without scripts the page says what it needs')
    await without.close()
  }

  // Every view by eye and by axe.
  for (const scheme of ['light', 'dark']) {
    for (const width of [360, 1024, 2560]) {
      const { context, page, messages } = await open(browser, { viewport: { width, height: 900 }, colorScheme: scheme, bypassCSP: true })
      await page.goto(address)
      for (const view of views) {
        const name = `${view} ${scheme} ${width}`
        const state = { futures: '?draft=' + encodeURIComponent(JSON.stringify({ base: 'A3', levers: {}, gates: {} })), plans: '?s=A3&under=A3&outcome=arms-secured&plan=exit-1' }
        await go(page, '#/' + view + (state[view] || ''))
        await settled(page, view)
        if (view === 'futures' && width < 1024) await page.locator('.sheet > summary').click()
        const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
        check(over <= 0, `${name}: the page is ${over} px wider than the window`)
        await page.evaluate(axe)
        const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'], iframes: false }))
        check(found.violations.length === 0, `${name}: axe: ${found.violations.map(v => `${v.id} (${v.nodes.length}: ${v.nodes[0].html.slice(0, 160)} ${v.nodes[0].any?.[0]?.message || ''})`).join('; ')}`)
        await page.screenshot({ path: join(out, `${view}-${scheme}-${width}.png`), fullPage: view !== 'model' })
      }
      check(messages.length === 0, `${scheme} ${width}: console: ${messages.slice(0, 3).join(' | ')}`)
      await context.close()
    }
  }

  // By keyboard alone.
  {
    const { context, page } = await open(browser, {})
    await page.goto(address)
    await ready(page)
    await page.keyboard.press('4')
    check((await page.getByRole('link', { name: 'Futures' }).getAttribute('aria-current')) === 'page', 'a digit goes to a view')
    await page.keyboard.press('?')
    check(await page.getByRole('dialog').isVisible(), '? shows the keys')
    await page.keyboard.press('Escape')
    await page.keyboard.press('/')
    await page.locator('#find:focus').waitFor()
    check(true, '/ finds')
    await context.close()
  }
} finally {
  await browser.close()
  for (const one of servers) one.kill('SIGINT')
  if (!process.argv[2]) rmSync(scratch, { recursive: true, force: true })
}
console.log(`${passed} passed, ${failed} failed`)
process.exit(failed ? 1 : 0)
