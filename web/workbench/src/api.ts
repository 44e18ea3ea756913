import type { Picture } from './types'
import { t } from './texts'

// detail is what a problem (RFC 9457) says.
async function detail (r: Response): Promise<string> {
  try {
    const p = await r.json()
    return [p.detail, ...(p.errors || []).map((e: any) => [e.location, e.message].filter(Boolean).join(': '))].filter(Boolean).join(' ')
  } catch {
    return `${r.status} ${r.statusText}`
  }
}

export async function send (path: string, body?: unknown, signal?: AbortSignal): Promise<Response> {
  let r: Response
  try {
    r = await fetch('/api/v1/' + path, { method: body === undefined ? 'GET' : 'POST', headers: body === undefined ? {} : { 'Content-Type': 'application/json' }, body: body === undefined ? undefined : JSON.stringify(body), signal })
  } catch (e) {
    if (signal?.aborted) throw e
    throw new Error(t.unreachable)
  }
  if (!r.ok) throw new Error(await detail(r))
  return r
}

export async function ask<T> (path: string, body?: unknown, signal?: AbortSignal): Promise<T> { return (await send(path, body, signal)).json() }

// stream yields the pictures of a request.

export async function * stream (body: unknown, signal: AbortSignal): AsyncGenerator<Picture> {
  const r = await send('live', body, signal)
  const reader = r.body!.pipeThrough(new TextDecoderStream()).getReader()
  let rest = ''
  for (;;) {
    const { value, done } = await reader.read()
    if (done) return
    rest += value
    for (let end = rest.indexOf('\n\n'); end >= 0; end = rest.indexOf('\n\n')) {
      const [first, second] = rest.slice(0, end).split('\n')
      rest = rest.slice(end + 2)
      const data = JSON.parse(second.slice(6))
      if (first === 'event: problem') throw new Error(data.detail)
      yield data
    }
  }
}
