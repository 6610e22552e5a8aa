import { describe, expect, it, onTestFinished } from 'vitest'
import { Reel } from './reel-process.ts'

describe.each(['fastify.js', 'express.js'])('the live page of Reel on %s', (script) => {
  async function open(env: Record<string, string> = {}) {
    const reel = await Reel.start(script, env)
    onTestFinished(async () => void (await reel.stop()))
    return reel
  }

  it('is where the output says, and its form is not taken for one of Reel', async () => {
    const reel = await open()
    const [, address = ''] = /The live page of its cache is at (\S+)/.exec(reel.output) as RegExpExecArray
    const path = new URL(address).pathname
    await reel.get('/film/10')
    // Not by reel.get, which says that a proxy has forwarded it.
    const overview = await fetch(`${reel.origin}${path}/`)
    expect(await overview.text()).toContain('/film/:id')
    const form = await fetch(`${reel.origin}${path}/invalidate?tag=reviews`)
    const token = /name="token" value="([^"]+)"/.exec(await form.text())?.[1] ?? ''
    const answer = await fetch(`${reel.origin}${path}/invalidate`, {
      method: 'POST',
      body: new URLSearchParams({ tag: 'reviews', token }),
      headers: { origin: reel.origin, cookie: form.headers.get('set-cookie')?.split(';')[0] ?? '' },
    })
    expect([answer.status, await answer.text()]).toEqual([200, expect.stringContaining('was invalidated')])
  })

  it('is not there in production', async () => {
    const reel = await open({ NODE_ENV: 'production' })
    expect(reel.output).not.toContain('live page')
    expect((await reel.get('/_onetrip/')).status).toBe(404)
  })
})
