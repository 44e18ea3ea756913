// What the server sends; /api/v1/openapi.json describes it.
export type Points = [number, number][]
export interface Schedule { variable: string, points?: Points, step?: boolean, expression?: string, on_clock?: boolean }
export interface Gate { name: string, close: string, open?: string, evidence: number, meaning: string }
export interface Strategy { id: string, name: string, short: string, description: string, mark: string, levers: Schedule[], gates: Gate[] }
export interface Lever { variable: string, unit: string, meaning: string, label?: string, low: number, high: number, default?: number }
export interface Named { id: string, name: string, unit?: string, headline?: boolean }
export interface Outcome extends Named { better: string, definition: string, event?: string }
export interface Case {
  name: string, title: string, version: string, question: string, base_date: string, horizon: number, reference: string
  default: string[], writable: boolean, strategies: Strategy[], levers: Lever[], outcomes: Outcome[], series: Named[], maps: Named[], months: string[]
  uncertainties: number, limits: string[]
}
export interface Cell { Value: string, Interval: string, Verdict: string, Class: string, Difference: string }
export interface Table {
  Caption: string, Corner: string, Heads: { Mark: string, Text: string }[] | null
  Rows: { Head: string, Note: string, Mark: string, Reference: boolean, Cells: Cell[] | null }[] | null
}
export interface Figure { ID: string, Find: string, Measure: string, Source: string, Mark: string, Spec: any, Table: Table | null }
export interface FigureGroup { Find: string, Measure: string, Source: string, Panels: Figure[] | null, Table: Table | null }
export interface MapGroup extends FigureGroup { Classes: [string, string][] }
export interface Answer { Lead: string, Word: string, Rest: string, Mark: string, Ruler: string, ID: string, Chance: string, Span: string }
export interface Briefing {
  Finding: string, Question: string, Horizon: string, Definition: string, Event: string, Answers: Answer[] | null, EveryAnswer: Answer[] | null
  Chance: Figure | null, Fans: FigureGroup | null, Others: Figure[] | null, Outcomes: Table | null, ByMonth: Table | null, Alternatives: Table | null
  Scale: [string, string][], Fingerprint: string[], Bad: string, Hindcast: string, DataTo: string, Limits: string[] | null
}
export interface Picture { done: number, total: number, final: boolean, elapsed: number, rate: number, briefing: Briefing }
export interface Variable {
  id: string, name: string, kind: string, units: string, over?: string[], meaning: string, source: string, label: string, tier: string
  bounds?: string, equations: string[], uses: string[], used_by: string[]
}
export interface Model {
  title: string, center: string, sectors: { name: string, diagram: string, variables: Variable[] }[]
  loops: { name: string, kind: string, sentence: string, steps: { from: string, to: string, sign: string }[] }[]
}
export interface Range { low: number | null, middle: number | null, high: number | null }
export interface Choice { value: number, name: string }
export interface Uncertain { variable: string, name: string, meaning: string, unit?: string, basis: string }
export interface Column extends Uncertain { options?: Choice[], values: number[] }
export interface Limit extends Uncertain { words: string, low?: number, high?: number, options?: number[] }
export interface Plans {
  futures: number, importance: (Uncertain & { low: number, middle: number, high: number })[], no_importance?: string
  event?: string, share: number, no_boxes?: string, unit: string, strategies: string[], no_robustness?: string, columns: Column[], happens: boolean[]
  boxes: { limits: Limit[], coverage: number, density: number, mass: number }[]
  robustness: { id: string, name: string, meaning: string, better: string, scores: (Range & { rank: number, first: number })[] }[]
  differences: (Range & { better: number, worse: number })[]
}
export interface Watch {
  claims: { id: string, who: string, date: string, words: string, source: string, verdicts: { name: string, word: string, reason?: string, chance?: string, span?: string, data_to?: string, silence: number }[] }[]
  alarms: { name: string, data_to?: string, rings: boolean, last?: string, false_alarms_a_year: number }[]
}
export interface FoundPlan extends Strategy { saved: boolean, settings: { name: string, words: string }[], values: Range[] }
export interface FoundSearch { id: string, title: string, lead: string[], notes: string[], made_from: string[], measures: { name: string, objective: boolean }[], plans: FoundPlan[] }
export interface Found { searches: FoundSearch[], unread: string[] }
export interface BulletinSection { title: string, lead?: string, items: string[], heads: string[], rows: string[][], drawing?: string }
export interface Bulletin { month: string, strategy: string, futures: number, lead: string[], sections: BulletinSection[], foot: string[] }
export interface AskedForecast { person: string, kind: string, made: string, answer: string, reason: string, confidence?: string }
export interface Asked { id: string, title: string, kind: string, background: string, rule: string, opens: string, closes: string, resolves: string, unit?: string, options: { id: string, name: string }[], open: boolean, resolved?: string, changed?: boolean, forecasts: AskedForecast[], together: { method: string, answer: string }[] }
export interface Scores { questions: number, scores: { person: string, kind: string, questions: number, coverage: number, skill: number, brier?: number, crps?: number }[], problem?: string }
export interface Questions { questions: Asked[], people: string[], book: string, problem?: string, writable: boolean }
