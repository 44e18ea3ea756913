// Charts are drawn one after another, so that the page answers between two. What
// carries the view goes first.
const waiting: { first: boolean, work: () => Promise<void> }[] = []
let busy = false

export function queued (first: boolean, work: () => Promise<void>) {
  if (first) waiting.unshift({ first, work })
  else waiting.push({ first, work })
  if (!busy) drain()
}

async function drain () {
  busy = true
  await Promise.resolve() // all charts of a picture are in the queue by now
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    try { await next.work() } catch (e) { console.error(e) }
    if (!waiting[0]?.first) await new Promise(done => setTimeout(done))
  }
  busy = false
}
