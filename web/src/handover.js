// Draws the charts of a report. A host is <div data-chart="ID">; its Vega-Lite
// specification is JSON in <script type="application/json" id="ID">.
import { blob, csv, drawn, save } from './draw.js'

const views = new Map()

const specification = host => JSON.parse(document.getElementById(host.dataset.chart).textContent)

async function draw (host) {
  const old = views.get(host)
  const canvas = host.querySelector('.drawing') || host.appendChild(Object.assign(document.createElement('div'), { className: 'drawing' }))
  const { view, messages } = await drawn(canvas, specification(host), host.clientWidth)
  if (old) old.finalize()
  views.set(host, view)
  host.dataset.ready = messages.length ? 'warned' : '1'
  if (messages.length) console.warn(host.dataset.chart, ...messages)
}

async function menu (event) {
  const button = event.target.closest('button[data-save]')
  if (!button) return
  const host = button.closest('figure').querySelector('[data-chart]')
  const name = host.dataset.chart
  const view = views.get(host)
  if (button.dataset.save === 'csv') save(name + '.csv', blob(csv(specification(host).data?.values || []), 'text/csv'))
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
