// Draws one chart. Nothing is fetched, and expressions are interpreted, so that
// no page needs unsafe-eval.
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
  if (Array.isArray(part)) return typeof part[0] === 'number' ? part : part.map(p => resolved(p, style))
  if (part && typeof part === 'object') {
    return Object.fromEntries(Object.entries(part).map(([k, v]) => [k, resolved(v, style)]))
  }
  return part
}

// drawn draws a Vega-Lite specification into an element, at a width in pixels
// where the specification leaves it open, and returns the view and what Vega had
// to say.
export async function drawn (canvas, source, width) {
  const spec = resolved(source, getComputedStyle(document.documentElement))
  if (spec.width === 'container') spec.width = Math.max(120, Math.floor(width))
  const messages = []
  const logger = { level: () => logger, error: (...m) => { messages.push(...m); return logger }, warn: (...m) => { messages.push(...m); return logger }, info: () => logger, debug: () => logger }
  const runtime = vega.parse(compile(spec, { logger }).spec, null, { ast: true })
  const view = new vega.View(runtime, { renderer: 'svg', expr: expressionInterpreter, hover: false, logger })
  await view.initialize(canvas).runAsync()
  named(canvas, source)
  return { view, messages }
}

// shape is all of a specification but its named data and its description: charts
// of one shape differ in their data alone.
export function shape (source) {
  return JSON.stringify(source, function (key, value) {
    return key === 'description' || key === 'values' && this.name ? undefined : value
  })
}

// filled lists the data of a specification that have a name.
function filled (part, list = []) {
  if (part?.data?.name) list.push(part.data)
  for (const layer of part?.layer || []) filled(layer, list)
  return list
}

// refilled gives a drawing the data of another specification of the same shape.
// Its words may be wider or narrower than those before, so the room for them is
// measured again.
export async function refilled (view, canvas, source) {
  const style = getComputedStyle(document.documentElement)
  for (const data of filled(source)) view.data(data.name, resolved(data.values, style))
  await view.resize().runAsync()
  named(canvas, source)
}

// named makes a drawing one image with one name: the parts are in the table
// behind the chart.
function named (canvas, source) {
  const svg = canvas.querySelector('svg')
  svg.setAttribute('role', 'img')
  svg.setAttribute('aria-label', source.description)
  for (const n of svg.querySelectorAll('[role],[aria-roledescription],[aria-label]')) {
    for (const a of ['role', 'aria-roledescription', 'aria-label', 'aria-hidden']) n.removeAttribute(a)
  }
}

// csv prints rows of objects, one a line.
export function csv (rows) {
  const columns = [...new Set(rows.flatMap(r => Object.keys(r)))]
  const cell = v => v === null || v === undefined ? '' : /[",\n]/.test(String(v)) ? '"' + String(v).replaceAll('"', '""') + '"' : String(v)
  return [columns.map(cell).join(','), ...rows.map(r => columns.map(c => cell(r[c])).join(','))].join('\n') + '\n'
}

export function save (name, href) {
  const a = document.createElement('a')
  a.download = name
  a.href = href
  a.click()
}

export const blob = (text, type) => URL.createObjectURL(new Blob([text], { type }))
