// Draws the charts of a report. A host is <div data-chart="ID">; its Vega-Lite
// specification is JSON in <script type="application/json" id="ID">. Nothing is
// fetched, and expressions are interpreted, so that no page needs unsafe-eval.
import * as vega from 'vega'
import { compile } from 'vega-lite'
import { expressionInterpreter } from 'vega-interpreter'

const property = /^var\((--[\w-]+)\)$/

// resolved replaces "var(--name)" by the property's value in the page's theme.
function resolved (part, style) {
  if (typeof part === 'string') {
    const found = property.exec(part)
    return found ? style.getPropertyValue(found[1]).trim() : part
  }
  if (Array.isArray(part)) return part.map(p => resolved(p, style))
  if (part && typeof part === 'object') {
    return Object.fromEntries(Object.entries(part).map(([k, v]) => [k, resolved(v, style)]))
  }
  return part
}

const views = new Map()

async function draw (host) {
  const source = JSON.parse(document.getElementById(host.dataset.chart).textContent)
  const spec = resolved(source, getComputedStyle(document.documentElement))
  if (spec.width === 'container') spec.width = Math.max(120, Math.floor(host.clientWidth))
  const old = views.get(host)
  const canvas = host.querySelector('.drawing') || host.appendChild(Object.assign(document.createElement('div'), { className: 'drawing' }))
  const messages = []
  const logger = { level: () => logger, error: (...m) => { messages.push(...m); return logger }, warn: (...m) => { messages.push(...m); return logger }, info: () => logger, debug: () => logger }
  const runtime = vega.parse(compile(spec, { logger }).spec, null, { ast: true })
  const view = new vega.View(runtime, { renderer: 'svg', expr: expressionInterpreter, hover: false, logger })
  await view.initialize(canvas).runAsync()
  if (old) old.finalize()
  views.set(host, view)
  const svg = canvas.querySelector('svg')
  svg.setAttribute('role', 'img')
  svg.setAttribute('aria-label', source.description)
  // One image with one name: the parts are in the table behind the chart.
  for (const n of svg.querySelectorAll('[role],[aria-roledescription],[aria-label]')) {
    for (const a of ['role', 'aria-roledescription', 'aria-label', 'aria-hidden']) n.removeAttribute(a)
  }
  host.dataset.ready = messages.length ? 'warned' : '1'
  if (messages.length) console.warn(host.dataset.chart, ...messages)
}

function save (name, href) {
  const a = document.createElement('a')
  a.download = name
  a.href = href
  a.click()
}

const blob = (text, type) => URL.createObjectURL(new Blob([text], { type }))

// csv prints the chart's data, one row a datum.
function csv (host) {
  const rows = JSON.parse(document.getElementById(host.dataset.chart).textContent).data?.values || []
  const columns = [...new Set(rows.flatMap(r => Object.keys(r)))]
  const cell = v => v === null || v === undefined ? '' : /[",\n]/.test(String(v)) ? '"' + String(v).replaceAll('"', '""') + '"' : String(v)
  return [columns.join(','), ...rows.map(r => columns.map(c => cell(r[c])).join(','))].join('\n') + '\n'
}

async function menu (event) {
  const button = event.target.closest('button[data-save]')
  if (!button) return
  const host = button.closest('figure').querySelector('[data-chart]')
  const name = host.dataset.chart
  const view = views.get(host)
  if (button.dataset.save === 'csv') save(name + '.csv', blob(csv(host), 'text/csv'))
  if (button.dataset.save === 'svg') save(name + '.svg', blob(await view.toSVG(), 'image/svg+xml'))
  if (button.dataset.save === 'png') save(name + '.png', await view.toImageURL('png', 2))
}

async function render () {
  for (const host of document.querySelectorAll('[data-chart]')) {
    try {
      await draw(host)
    } catch (error) {
      host.dataset.ready = 'failed'
      console.error(host.dataset.chart, error)
    }
  }
  document.documentElement.dataset.charts = 'drawn'
}

function theme () {
  const root = document.documentElement
  const dark = root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches
  root.dataset.theme = dark ? 'light' : 'dark'
  for (const b of document.querySelectorAll('[data-theme-button]')) b.textContent = dark ? 'Dark' : 'Light'
  render()
}

function begin () {
  const root = document.documentElement
  if (matchMedia('(prefers-color-scheme: dark)').matches) root.dataset.theme = 'dark'
  for (const b of document.querySelectorAll('[data-theme-button]')) {
    b.textContent = root.dataset.theme === 'dark' ? 'Light' : 'Dark'
    b.addEventListener('click', theme)
  }
  for (const b of document.querySelectorAll('[data-print-button]')) b.addEventListener('click', () => print())
  document.addEventListener('click', menu)
  let width = innerWidth
  let timer
  addEventListener('resize', () => {
    clearTimeout(timer)
    timer = setTimeout(() => { if (innerWidth !== width) { width = innerWidth; render() } }, 150)
  })
  // Paper is light.
  let before
  addEventListener('beforeprint', () => { before = root.dataset.theme; root.dataset.theme = 'light'; render() })
  addEventListener('afterprint', () => { root.dataset.theme = before || 'light'; render() })
  document.fonts.ready.then(render)
}

begin()
