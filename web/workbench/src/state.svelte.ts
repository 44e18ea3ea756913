// The state of the page. All of it is in the address, so that it can be shared,
// reloaded and undone.
import type { Case, Picture, Points } from './types'
import { ask, stream } from './api'

export const views = ['overview', 'evidence', 'model', 'futures', 'plans', 'watch', 'report'] as const
export type View = typeof views[number]
export interface Draft { base: string, levers: Record<string, Points>, gates: Record<string, number> }
export interface Shown {
  view: View, strategies: string[] | null, futures: number, seed: number, horizon: number, series: string, map: string, month: number
  outcome: string, under: string, find: string, draft: Draft | null
}

const blank: Shown = { view: 'overview', strategies: null, futures: 1000, seed: 1, horizon: 0, series: '', map: '', month: 12, outcome: '', under: '', find: '', draft: null }

export const page = $state({
  shown: { ...blank } as Shown,
  case: null as Case | null,
  picture: null as Picture | null,
  running: false,
  stopped: false,
  problem: '',
  undo: [] as string[],
  // seek asks the view of the model to put the cursor into its search.
  seek: false,
  // drawings counts pictures drawn, for tests of latency.
  drawings: 0
})

export function address (s: Shown): string {
  const q = new URLSearchParams()
  if (s.strategies) q.set('s', s.strategies.join(','))
  for (const key of ['futures', 'seed', 'horizon', 'series', 'map', 'month', 'outcome', 'under', 'find'] as const) {
    if (s[key] !== blank[key]) q.set(key, String(s[key]))
  }
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
  for (const key of ['series', 'map', 'outcome', 'under', 'find'] as const) s[key] = (q.get(key) || '').slice(0, 200)
  try {
    const d = JSON.parse(q.get('draft') || 'null')
    const finite = (v: unknown) => typeof v === 'number' && Number.isFinite(v)
    if (d && typeof d.base === 'string' && Object.values(d.levers).every((p: any) => Array.isArray(p) && p.every(x => Array.isArray(x) && x.length === 2 && x.every(finite))) && Object.values(d.gates).every(finite)) {
      s.draft = { base: d.base, levers: d.levers, gates: d.gates }
    }
  } catch { /* a damaged address: there is no draft */ }
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

export function draftId (c: Case): string {
  for (let n = 1; ; n++) {
    if (!c.strategies.some(s => s.id.toLowerCase() === 'n' + n)) return 'N' + n
  }
}

export function draftBody (c: Case, d: Draft, named?: { id: string, name: string, short: string, description: string }) {
  const base = c.strategies.find(s => s.id === d.base)!
  return {
    base: d.base, ...(named || { id: draftId(c), name: `Your plan, from ${base.name}`, short: 'Your plan', description: `Made from ${base.name}.` }),
    levers: Object.entries(d.levers).map(([variable, points]) => ({ variable, points })),
    gates: Object.entries(d.gates).map(([name, evidence]) => ({ name, evidence }))
  }
}

// settings are what determines the futures.
export function settings (): Record<string, unknown> {
  const s = page.shown
  const c = page.case!
  const body: Record<string, unknown> = { strategies: (s.strategies || c.default).filter(id => c.strategies.some(x => x.id === id)), futures: s.futures, seed: s.seed }
  if (s.horizon) body.horizon = s.horizon
  if (s.draft && c.strategies.some(x => x.id === s.draft!.base)) body.draft = draftBody(c, s.draft)
  return body
}

export function withDraft (): string[] {
  const body = settings() as { strategies: string[], draft?: { id: string } }
  const ids = page.case!.strategies.map(s => s.id).filter(id => id === page.case!.reference || body.strategies.includes(id))
  return body.draft ? [...ids, body.draft.id] : ids
}

let current: AbortController | null = null
const tab = Math.random().toString(36).slice(2)

// run asks for pictures; the older request ends.
export async function run () {
  current?.abort()
  const mine = current = new AbortController()
  page.running = true
  page.stopped = false
  page.problem = ''
  try {
    for await (const p of stream({ ...settings(), page: tab, series: page.shown.series }, mine.signal)) {
      if (current !== mine) return
      page.picture = p
    }
  } catch (e) {
    if (current === mine && !mine.signal.aborted) page.problem = String((e as Error).message)
  }
  if (current === mine) page.running = false
}

export function stop () {
  current?.abort()
  page.running = false
  page.stopped = true
}

export async function readCase () { page.case = await ask<Case>('case') }
