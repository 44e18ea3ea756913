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
  gates: 'Gates', gateHint: 'A gate holds a plan back until what it waits for is there. Conditions are in the model’s language; empty ones are as in the strategy you start from.', evidenceMonths: 'Months for which a condition must hold', closes: 'Closes when', opens: 'Opens when', opensItself: 'what closes it has not held for as long',
  saveStrategy: 'Save as a strategy', id: 'Id', fullName: 'Name', shortName: 'Short name', description: 'Description', saveNow: 'Save', saved: (id: string) => `${id} is saved in strategies.yaml.`,
  builtIn: 'The case is built into the program. “handover new” makes a copy that strategies can be saved into.',
  map: 'Map', mapMonth: 'Month of the map', mapWarn: 'Forecasts of single places can harm people who live there: they are for your own work, and reports withhold them unless a purpose is stated.',
  plansOutcome: 'Outcome', plansUnder: 'Under', exploring: 'Exploring the futures',
  matters: 'What drives it', mattersNote: 'Share of the variation between futures that each uncertainty explains (extremely randomized trees), with its 80% interval. Shares of all uncertainties add up to 100%.',
  fails: (event: string) => `When ${event} comes to pass`, failsNote: (share: number) => `It happens in ${percent(share)} of futures. A box is a set of conditions under which it is more frequent (patient rule induction).`,
  box: (n: number) => `Box ${n}`,
  brush: 'Mark a part of the futures', brushNote: 'Drag over a strip, or type limits: all strips and the cloud show the same futures. Dark: marked, and the event happens. Grey: marked, and it does not. Light: not marked.',
  brushWords: (inside: number, all: number, hits: number, cases: number) => inside === 0 ? 'No future lies inside.' : `${number(inside)} of ${number(all)} futures lie inside. It happens in ${percent(hits / inside)} of them (in ${percent(cases / all)} of all); ${cases ? percent(hits / cases) : 'none'} of all cases lie inside.`,
  markBox: (n: number) => `Mark box ${n}`, clearMarks: 'Clear', atLeast: 'at least', atMost: 'at most', across: 'Across', upwards: 'Upwards', strip: (name: string) => `Strip of ${name}`, cloud: 'Futures one by one',
  front: 'Plans that are hard to beat', frontNote: 'Each point is a plan that a search found: no other one found is better in every objective. Bars are 80% intervals in futures that the search had not seen. Pick a point, or a row of the table.', noSearches: 'Nothing was searched yet. “handover search” looks for plans that are hard to beat and leaves them in the folder “searches”.', unread: (what: string) => `A search could not be read. ${what}`,
  search: 'Search', plan: 'Plan', pick: (id: string) => `Pick ${id}`, picked: 'Picked', chose: 'What the search chose', measured: 'What it comes to', middle80: 'Value, 80% interval', showPlan: 'See its futures', changePlan: 'Change it in Futures', savePlan: 'Save into the case', planSaved: (id: string) => `${id} is saved in strategies.yaml.`, isSaved: 'saved in the case', condition: 'Condition', boxWords: (density: number, coverage: number, mass: number) => `It happens in ${percent(density)} of the futures inside; ${percent(coverage)} of all cases lie inside, and ${percent(mass)} of all futures.`,
  holds: 'What holds up', holdsNote: 'Each metric sums up all futures in one number and expresses another attitude to risk, so they may disagree. In brackets the rank, then how often no strategy is better when futures are drawn again.',
  metric: 'Metric', rank: (rank: number, first: number) => `(${rank}; first in ${percent(first)})`, uncertainty: 'Uncertainty', meant: (u: { meaning: string, basis: string }) => `${u.meaning} (${u.basis})`.trim(), share: 'Share', range: '80% interval', notKnown: 'not known',
  differs: 'Against the reference, future by future', meanDifference: 'Mean difference', betterIn: 'Better in', worseIn: 'Worse in', strategy: 'Strategy',
  modelFind: 'Find a variable', modelNone: 'No variable has that in its name or meaning.', loops: (center: string) => `Feedback loops through ${center}`, equation: 'Equation', unit: 'Unit', meaning: 'Meaning', source: 'Source', uses: 'Uses', usedBy: 'Used by', over: 'One value for each', noSector: 'Other', variables: (n: number) => `${n} variables`, bounds: 'Plausible',
  evidenceTitle: 'Past violence, claims and doubts', evidenceFrame: 'The page of evidence',
  watchTitle: 'Watch', bulletin: (month: string) => `The bulletin of ${month}`, noMonth: 'No bulletin yet', planOf: 'The plan that is watched', fansComing: 'The futures from now are being computed; what needs none is below.', fansDone: (n: number) => `With ${n} futures from now.`, about: 'What every reader must know',
  asking: {
  noNumber: (text: string, what: string) => `${what}: “${text}” is not a number.`,
  questions: 'Questions and forecasts', noQuestions: 'The case asks nothing yet.', openTo: (day: string) => `open until ${day}`, shut: 'takes no forecasts now', resolvedTo: (what: string) => `resolved: ${what}`, forecasts: (n: number) => n === 1 ? '1 forecast' : `${n} forecasts`, days: (opens: string, closes: string, resolves: string) => `Opens ${opens}, closes ${closes}, resolves by ${resolves}.`, forecaster: 'Forecaster', answer: 'Answer', reason: 'Reason', confidence: 'Confidence', made: 'Made', changedSince: 'The question was changed since it was first forecast. The forecasts below answer the terms that the book holds; new ones are refused until the terms are as they were.', together: (how: string) => `together: ${how}`, methods: { 'recency-median': 'median, newer ones weigh more', 'log-odds': 'mean of log odds', extremised: 'mean of log odds, extremised', performance: 'mean of log odds by past performance' } as Record<string, string>,
  scores: (n: number) => `How forecasters did (${n} answered)`, answered: 'Questions', coverage: 'Coverage', skill: 'Skill', brier: 'Brier', crps: 'CRPS', scoresNote: 'Means over the time that forecasts stood, on answered questions of this case. Skill is the part of an even answer’s loss that was saved: 1 is perfect, 0 no better. Brier (of events, halved for choices) and CRPS (of ranges, as a share of the range) are losses: less is better. What is put together is of people alone.',
  enterForecast: 'Enter a forecast', question: 'Question', pseudonym: 'Your pseudonym in the book', percentYes: 'Chance of yes, percent', percentOf: (name: string) => `Chance of “${name}”, percent`, quantiles: (unit: string) => `With each percentage, the value below which you expect the answer${unit ? ', in ' + unit : ''}. Leave what you do not use empty.`, share: 'With percent', liesBelow: 'the answer lies below', anotherQuantile: 'Another percentage', isNew: 'This pseudonym is new: add it to the book', dayForm: 'year-month-day', reasonOf: 'What it rests on', confidenceOf: 'How sure you are of these grounds', low: 'low', medium: 'medium', high: 'high', bookGrows: (place: string) => `Forecasts go into the book ${place}. It only grows: none can be changed, removed or dated back.`, enter: 'Enter the forecast', forecastEntered: (who: string, what: string) => `The forecast of ${who} on ${what} is in the book.`,
  askQuestion: 'Ask a question', cannotAsk: 'The case is built into the program and cannot be written to. “handover new” makes a copy that takes questions.', questionId: 'Short id of the question', kindOf: 'Kind of answer', kinds: { binary: 'yes or no', choice: 'one of several', numeric: 'a number', count: 'a count', date: 'a day' }, optionId: (n: number) => `Option ${n}, its id`, optionName: 'its name', upto: 'counts up to', uptoOf: (id: string) => `Counts up to, of ${id}`, anotherOption: 'Another option', unit: 'Unit', lowest: 'Lowest answer', highest: 'Highest answer', mayExceed: 'The answer may lie above the highest', mayFallShort: 'The answer may lie below the lowest', earliest: 'Earliest day', latest: 'Latest day', background: 'Background', ruleOf: 'Resolution rule', opens: 'Opens on', closes: 'Closes on', resolves: 'Resolves by', resolvedBy: 'Resolved by', byPerson: 'a person, with a source', byData: 'the counts of the case', lookedUp: 'Where the answer is looked up', indicatorOf: 'Count, by its id in evidence.yaml', firstMonth: 'First month', lastMonth: 'Last month', monthsAs: 'The months taken as', reductions: { sum: 'their sum', mean: 'their mean', maximum: 'the largest', minimum: 'the smallest', last: 'the last', first: 'the first above the cut-off' }, eventIs: 'The event is that this lies', above: 'above the cut-off', belowCut: 'below the cut-off', cutOff: 'Cut-off', hold: 'For how many months in a row, when more than one', askIt: 'Ask it', questionAsked: (id: string) => `${id} is in questions.yaml.`
  },
  claims: 'What was claimed, and what the counts say', verdict: 'Verdict', meaningOf: 'If it means', chance: 'Chance', dataTo: 'Data to', alarms: 'Alarms on growth', indicator: 'Count', rings: 'Rings', ringsNow: 'rings', silent: 'silent', last: 'Last rang', never: 'never', falseAlarms: 'False alarms a year', noClaims: 'The case has no claims. Write claims.yaml to test what was said in public.', noAlarms: 'The case counts nothing. Write evidence.yaml, then “handover import”.',
  reportTitle: 'The report', purpose: 'What the report is for', purposeNote: 'Printed on the report. Without it, forecasts for single places are withheld.', preview: 'Preview', saveReport: 'Save the report', reportSaved: (file: string) => `Saved with its run as ${file} in the folder of runs.`, reportFrame: 'Preview of the report', reportDraft: 'Your plan is not saved, so a report would rest on a case that others cannot read. Save it in Futures first.', reportOf: (ids: string, futures: number) => `${ids}; ${number(futures)} futures.`, saving: 'Saving', making: 'Making the preview'
}

export function number (n: number): string { return n.toLocaleString('en') }
export function percent (p: number): string { return Math.round(p * 100) + '%' }
export function short (v: number | null | undefined): string { return v === null || v === undefined ? t.notKnown : Number(v.toPrecision(3)).toLocaleString('en', { maximumSignificantDigits: 3 }) }
