// The state of the page. All of it is in the address, so that it can be shared,
// reloaded and undone.
import type { Case, Found, Picture, Points, Strategy } from './types'
import { ask, stream } from './api'

export const views = ['overview', 'evidence', 'model', 'futures', 'plans', 'watch', 'report'] as const
export type View = typeof views[number]
// What a draft changes of a gate; what is left out stays.
export interface GateDraft { evidence?: number, close?: string, open?: string }
export interface Draft { base: string, levers: Record<string, Points>, gates: Record<string, GateDraft> }
// Marked is a part of the futures: limits or values of uncertainties, by variable.
export type Marked = Record<string, { low?: number, high?: number, options?: number[] }>
export interface Shown {
  view: View, strategies: string[] | null, futures: number, seed: number, horizon: number, series: string, map: string, month: number
  outcome: string, under: string, find: string, plan: string, marked: Marked, draft: Draft | null
}

const blank: Shown = { view: 'overview', strategies: null, futures: 1000, seed: 1, horizon: 0, series: '', map: '', month: 12, outcome: '', under: '', find: '', plan: '', marked: {}, draft: null }

// What the server sends is kept as it is: charts read it far more often than it
// changes, and it changes as a whole.
class Page {
  shown = $state<Shown>({ ...blank })
  case = $state.raw<Case | null>(null)
  found = $state.raw<Found | null>(null)
  picture = $state.raw<Picture | null>(null)
  running = $state(false)
  stopped = $state(false)
  // others says that the charts of all quantities are open.
  others = $state(false)
  problem = $state('')
  undo = $state<string[]>([])
  // seek asks the view of the model to put the cursor into its search.
  seek = $state(false)
  // drawings counts pictures drawn, for tests of latency.
  drawings = $state(0)
}
export const page = new Page()

export function address (s: Shown): string {
  const q = new URLSearchParams()
  if (s.strategies) q.set('s', s.strategies.join(','))
  for (const key of ['futures', 'seed', 'horizon', 'series', 'map', 'month', 'outcome', 'under', 'find', 'plan'] as const) {
    if (s[key] !== blank[key]) q.set(key, String(s[key]))
  }
  if (Object.keys(s.marked).length) q.set('marked', JSON.stringify(s.marked))
  if (s.draft) q.set('draft', JSON.stringify(s.draft))
  const text = q.toString()
  return '#/' + s.view + (text ? '?' + text : '')
}

// shownAt reads an address; what does not make sense is left at its default.
export function shownAt (hash: string): Shown {
  const [path, text] = hash.replace(/^#\/?/, '').split('?', 2)
  const q = new URLSearchParams(text || '')
  const s: Shown = { ...blank }
  if ((views as readonly string[]).includes(path)) s.view = path as View
  const chosen = q.get('s')
  if (chosen !== null) s.strategies = chosen.split(',').filter(id => /^[A-Za-z][\w-]*$/.test(id)).slice(0, 11)
  const whole = (key: 'futures' | 'seed' | 'horizon' | 'month', low: number, high: number) => {
    const v = Number(q.get(key))
    if (q.has(key) && Number.isInteger(v) && v >= low && v <= high) s[key] = v
  }
  whole('futures', 1, 4096); whole('seed', 1, 2 ** 32); whole('horizon', 1, 600); whole('month', 0, 600)
  for (const key of ['series', 'map', 'outcome', 'under', 'find', 'plan'] as const) s[key] = (q.get(key) || '').slice(0, 200)
  const finite = (v: unknown) => typeof v === 'number' && Number.isFinite(v)
  const maybe = (v: unknown, good: (v: unknown) => boolean) => v === undefined || good(v)
  const read = (key: string, take: (found: any) => void) => {
    try { take(JSON.parse(q.get(key) || 'null')) } catch { /* a damaged address: as if it were not there */ }
  }
  read('draft', d => {
    if (!d || typeof d.base !== 'string') return
    const points = Object.values(d.levers).every((p: any) => Array.isArray(p) && p.length && p.every(x => Array.isArray(x) && x.length === 2 && x.every(finite)))
    const text = (v: unknown) => typeof v === 'string' && v.length <= 2000
    const gates = Object.values(d.gates).every((g: any) => g && maybe(g.evidence, finite) && maybe(g.close, text) && maybe(g.open, text))
    if (points && gates) s.draft = { base: d.base, levers: d.levers, gates: d.gates }
  })
  read('marked', m => {
    if (m && Object.values(m).every((x: any) => x && maybe(x.low, finite) && maybe(x.high, finite) && maybe(x.options, o => Array.isArray(o) && o.every(finite)))) s.marked = m
  })
  return s
}

// change changes the state; steps of one drag are one step of undo.
let dragging = ''
export function change (to: Partial<Shown>, drag = '') {
  const before = location.hash || address(page.shown)
  Object.assign(page.shown, to)
  const now = address(page.shown)
  if (now === before) return
  if (!drag || drag !== dragging) page.undo.push(before)
  dragging = drag
  if (page.undo.length > 200) page.undo.shift()
  history.replaceState(null, '', now)
}

export function endDrag () { dragging = '' }

export function undo () {
  const before = page.undo.pop()
  if (before === undefined) return
  history.replaceState(null, '', before)
  page.shown = shownAt(before)
}

// known are the strategies of the case and the plans that searches found.
export function known (): Strategy[] {
  const saved = page.case!.strategies
  return [...saved, ...(page.found?.searches || []).flatMap(s => s.plans).filter(p => !saved.some(x => x.id === p.id))]
}

export function draftId (c: Case): string {
  for (let n = 1; ; n++) {
    if (!c.strategies.some(s => s.id.toLowerCase() === 'n' + n)) return 'N' + n
  }
}

export function draftBody (c: Case, d: Draft, named?: { id: string, name: string, short: string, description: string }) {
  const base = known().find(s => s.id === d.base)!
  return {
    base: d.base, ...(named || { id: draftId(c), name: `Your plan, from ${base.name}`, short: 'Your plan', description: `Made from ${base.name}.` }),
    levers: Object.entries(d.levers).map(([variable, points]) => ({ variable, points })),
    gates: Object.entries(d.gates).map(([name, g]) => ({ name, ...g }))
  }
}

// settings are what determines the futures.
export function settings (): Record<string, unknown> {
  const s = page.shown
  const c = page.case!
  const body: Record<string, unknown> = { strategies: (s.strategies || c.default).filter(id => known().some(x => x.id === id)), futures: s.futures, seed: s.seed }
  if (s.horizon) body.horizon = s.horizon
  if (s.draft && known().some(x => x.id === s.draft!.base)) body.draft = draftBody(c, s.draft)
  return body
}

export function withDraft (): string[] {
  const body = settings() as { strategies: string[], draft?: { id: string } }
  const ids = known().map(s => s.id).filter(id => id === page.case!.reference || body.strategies.includes(id))
  return body.draft ? [...ids, body.draft.id] : ids
}

// without lists the parts of a picture that the view does not show.
function without (): string[] {
  const { view } = page.shown
  return ['fans', 'others', 'details'].filter(part => !(part === 'details' ? view === 'overview' : view === 'futures' && (part === 'fans' || page.others)))
}

let current: AbortController | null = null
const tab = Math.random().toString(36).slice(2)
// What the latest request was for, and which parts it left out.
let asked = ''
let left: string[] = []

// update asks for pictures unless those that are here, or on their way, have
// what the view shows.
export function update () {
  const wanted = JSON.stringify([settings(), page.shown.series])
  const out = without()
  if (wanted === asked && left.every(part => out.includes(part))) return
  run()
}

// A request waits for its first picture. While a lever is dragged, the next one
// is sent when that has come, so that pictures follow the hand.
let waiting = false
let again = false

// run asks for pictures; the older request ends once it has shown one.
export async function run () {
  asked = JSON.stringify([settings(), page.shown.series])
  left = without()
  page.running = true
  page.stopped = false
  page.problem = ''
  again = waiting
  if (waiting) return
  current?.abort()
  const mine = current = new AbortController()
  waiting = true
  try {
    for await (const p of stream({ ...settings(), page: tab, series: page.shown.series, without: left }, mine.signal)) {
      if (current !== mine) return
      page.picture = p
      waiting = false
      if (again) { run(); return }
    }
  } catch (e) {
    if (current === mine && !mine.signal.aborted) page.problem = String((e as Error).message)
  }
  if (current !== mine) return
  waiting = false
  if (again) run()
  else page.running = false
}

export function stop () {
  current?.abort()
  waiting = again = false
  page.running = false
  page.stopped = true
}

export async function readCase () {
  const [found, read] = await Promise.all([ask<Found>('searches'), ask<Case>('case')])
  page.found = found
  page.case = read
}
