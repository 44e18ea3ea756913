// Every text of the page that does not come from the case or the server.
// A translation is another file with the same names.
export const t = {
  name: 'Handover',
  skip: 'Skip to the view',
  viewsLabel: 'Views',
  views: { overview: 'Overview', evidence: 'Evidence', model: 'Model', futures: 'Futures', plans: 'Plans', watch: 'Watch', report: 'Report' },
  asked: 'What was asked',
  dark: 'Dark', light: 'Light', undo: 'Undo', keys: 'Keys',
  keysTitle: 'Keys',
  keyList: [
    ['1 to 7', 'go to a view'], ['z', 'undo the last change'], ['/', 'find a variable of the model'], ['d', 'light or dark'],
    ['?', 'show these keys'], ['Arrow keys', 'move a slider by one step; Page Up and Page Down by ten; Home and End to its ends']
  ] as [string, string][],
  close: 'Close',
  loading: 'Reading the case',
  computing: (done: number, total: number) => `${number(done)} of ${number(total)} futures`,
  finished: (total: number, ms: number) => `${number(total)} futures, ready after ${(ms / 1000).toFixed(1)} s`,
  rate: (rate: number, left: number) => `${number(Math.round(rate))} runs a second, ${left < 1 ? 'less than a second' : Math.ceil(left) + ' s'} left`,
  stop: 'Stop', again: 'Try again', stopped: 'Stopped. What is shown rests on the futures so far.',
  failed: 'The last change could not be run.', safe: 'The picture below is the one before it.',
  unreachable: 'The workbench does not answer. Is “handover serve” still running?',
  means: (event: string) => `${event} here means:`, by: (when: string) => `By ${when}.`,
  interval: 'The chance is the share of futures in which it happens. Intervals are 80% intervals: they span the model’s structural alternatives and the number of futures, and not what the model leaves out. Differences are paired: the same future under both plans.',
  words: 'Words: ICD 203.',
  tested: 'Tested on the past:', cannotSay: 'What this cannot say', rests: 'What these numbers rest on',
  thinking: 'This is a thinking aid for public policy. It does not predict individuals, and must not be used to select targets.',
  gains: 'What each plan gains and costs', gainsNote: 'Middle value, then the interval that holds 80% of futures, then the paired difference to the reference where it is clear of zero. Chances are in percent.',
  when: 'When it would have begun', structures: 'Where the structures disagree', unfold: 'How it would unfold',
  asTable: 'Show as table', save: 'Save', saveChart: (name: string) => `Save the chart “${name}”`, table: (name: string) => `Table: ${name}`, csvTable: 'Save as CSV',
  strategies: 'Strategies side by side', reference: 'reference', settings: 'Futures and horizon', futures: 'Futures', seed: 'Seed', horizon: 'Months', series: 'Quantity',
  levers: 'Levers', moveFrom: 'Start from', moveNone: 'nothing: show saved strategies', draftOf: (base: string) => `Your plan, made from ${base}`,
  leverHint: 'Choose a strategy to start from, then move a lever. The futures answer at once.',
  peak: (name: string, unit: string) => `Highest value of ${name}${unit ? ', ' + unit : ''}`, schedule: 'Schedule', month: 'Month', value: 'Value', addPoint: 'Add a month', removePoint: (month: number) => `Remove month ${month}`, reset: 'Reset', moved: 'moved',
  drawn: 'Drag the points, or type months and values.', onClock: 'Runs on the strategy’s clock, which stands still while a gate is closed.',
  byExpression: 'Set by an expression:', constant: 'Set a schedule instead', notSet: 'Not set by this strategy: the model’s own value holds.',
  gates: 'Gates', evidenceMonths: (gate: string) => `Months of evidence for ${gate}`, closes: 'Closes when',
  saveStrategy: 'Save as a strategy', id: 'Id', fullName: 'Name', shortName: 'Short name', description: 'Description', saveNow: 'Save', saved: (id: string) => `${id} is saved in strategies.yaml.`,
  builtIn: 'The case is built into the program. “handover new” makes a copy that strategies can be saved into.',
  map: 'Map', mapMonth: 'Month of the map', mapWarn: 'Forecasts of single places can harm people who live there: they are for your own work, and reports withhold them unless a purpose is stated.',
  plansOutcome: 'Outcome', plansUnder: 'Under', exploring: 'Exploring the futures',
  matters: 'What drives it', mattersNote: 'Share of the variation between futures that each uncertainty explains (extremely randomized trees), with its 80% interval. Shares of all uncertainties add up to 100%.',
  fails: (event: string) => `When ${event} comes to pass`, failsNote: (share: number) => `It happens in ${percent(share)} of futures. A box is a set of conditions under which it is more frequent (patient rule induction).`,
  box: (n: number) => `Box ${n}`, condition: 'Condition', boxWords: (density: number, coverage: number, mass: number) => `It happens in ${percent(density)} of the futures inside; ${percent(coverage)} of all cases lie inside, and ${percent(mass)} of all futures.`,
  holds: 'What holds up', holdsNote: 'Each metric sums up all futures in one number and expresses another attitude to risk, so they may disagree. In brackets the rank, then how often no strategy is better when futures are drawn again.',
  metric: 'Metric', rank: (rank: number, first: number) => `(${rank}; first in ${percent(first)})`, uncertainty: 'Uncertainty', share: 'Share', range: '80% interval', notKnown: 'not known',
  differs: 'Against the reference, future by future', meanDifference: 'Mean difference', betterIn: 'Better in', worseIn: 'Worse in', strategy: 'Strategy',
  modelFind: 'Find a variable', modelNone: 'No variable has that in its name or meaning.', loops: (center: string) => `Feedback loops through ${center}`, equation: 'Equation', unit: 'Unit', meaning: 'Meaning', source: 'Source', uses: 'Uses', usedBy: 'Used by', over: 'One value for each', noSector: 'Other', variables: (n: number) => `${n} variables`, bounds: 'Plausible',
  evidenceTitle: 'Past violence, claims and doubts', evidenceFrame: 'The page of evidence',
  watchTitle: 'Claims and alarms', claims: 'What was claimed, and what the counts say', verdict: 'Verdict', meaningOf: 'If it means', chance: 'Chance', dataTo: 'Data to', alarms: 'Alarms on growth', indicator: 'Count', rings: 'Rings', ringsNow: 'rings', silent: 'silent', last: 'Last rang', never: 'never', falseAlarms: 'False alarms a year', noClaims: 'The case has no claims. Write claims.yaml to test what was said in public.', noAlarms: 'The case counts nothing. Write evidence.yaml, then “handover import”.',
  reportTitle: 'The report', purpose: 'What the report is for', purposeNote: 'Printed on the report. Without it, forecasts for single places are withheld.', preview: 'Preview', saveReport: 'Save the report', reportSaved: (file: string) => `Saved with its run as ${file} in the folder of runs.`, reportFrame: 'Preview of the report', reportDraft: 'Your plan is not saved, so a report would rest on a case that others cannot read. Save it in Futures first.', reportOf: (ids: string, futures: number) => `${ids}; ${number(futures)} futures.`, saving: 'Saving', making: 'Making the preview'
}

export function number (n: number): string { return n.toLocaleString('en') }
export function percent (p: number): string { return Math.round(p * 100) + '%' }
export function short (v: number | null | undefined): string { return v === null || v === undefined ? t.notKnown : Number(v.toPrecision(3)).toLocaleString('en', { maximumSignificantDigits: 3 }) }
