import { it } from 'vitest'
import { describeRedis } from '../helpers/redis-server.ts'
import { siteBehindProxy } from './site-behind-proxy.ts'
import { type Trial, tryFault } from './trial.ts'
import { cutAfter, delayed, neverAnswered } from './wire-faults.ts'

/** The way to Redis is cut, or nothing comes back on it. */
describeRedis('a site whose connection to Redis', () => {
  const at = siteBehindProxy()

  const test = (trial: Omit<Trial, 'site' | 'admin'>) =>
    tryFault({ site: at.site, admin: at.server.admin, ...trial })

  it('is refused', () =>
    test({
      fault: 'connection refused',
      begin: () => at.proxy.refuse(),
      end: () => at.proxy.accept(),
      told: /ECONNREFUSED|the connection was lost|is not connected/,
    }))

  it('is lost because the server died, and comes back empty', () =>
    test({
      fault: 'server killed and started again',
      begin: () => at.server.kill(),
      end: () => at.server.restart(),
      told: /ERR_ONETRIP_STORE/,
    }))

  it('is reset in the middle of a reply', async () => {
    await test({
      fault: 'connection reset in the middle of a reply',
      begin: () => at.proxy.set(cutAfter(5_000)),
      end: at.endFault,
      told: /the connection was lost|is not connected/,
    })
  })

  it('gives no reply any more', () =>
    test({
      fault: 'a reply that never comes',
      begin: () => at.proxy.set(neverAnswered),
      end: () => at.proxy.set(),
      lasts: 600,
      told: /did not answer within 1000 ms|has not answered for 1000 ms/,
    }))

  it('accepts commands, and the server is stopped (SIGSTOP)', () =>
    test({
      fault: 'server stopped (SIGSTOP)',
      begin: () => at.server.pause(),
      end: () => at.server.resume(),
      lasts: 600,
      told: /did not answer within 1000 ms|has not answered for 1000 ms/,
    }))

  it('is slow, and still in time', () =>
    test({
      fault: 'network slower by 40 ms',
      begin: () => at.proxy.set(delayed(20)),
      end: () => at.proxy.set(),
      told: /hit/,
    }))

  it('is slower than pages wait', () =>
    test({
      fault: 'network slower by 3 s',
      begin: () => at.proxy.set(delayed(1_500)),
      end: () => at.proxy.set(),
      told: /did not answer within 1000 ms|has not answered for 1000 ms/,
    }))
})
