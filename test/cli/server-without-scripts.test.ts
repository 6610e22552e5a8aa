import { expect, test, vi } from 'vitest'
import { server } from '../../src/cli/server/server.ts'
import { connectRaw } from '../server/helpers/raw-client.ts'

vi.mock('node:module', () => ({
  createRequire: () => ({
    resolve: () => {
      throw Object.assign(new Error('Cannot find module'), { code: 'MODULE_NOT_FOUND' })
    },
  }),
}))

test('says at the start that scripts are refused, and what to install', async () => {
  let stdout = ''
  let stderr = ''
  const output = { write: (text: string) => (stdout += text) }
  const errors = { write: (text: string) => (stderr += text) }
  const ended = server({ port: 0, host: '127.0.0.1', json: true }, output, errors)
  await expect
    .poll(() => stderr)
    .toContain(
      'Scripts need the package lua-redis-wasm, which is not installed: npm install --save-dev ' +
        '--save-exact lua-redis-wasm@1.5.0. The store for Redis, the queue and the toolkit of onetrip use scripts.\n',
    )
  const client = await connectRaw(JSON.parse(stdout).port)
  client.write('SHUTDOWN NOSAVE\r\n')
  expect(await ended).toBe(0)
})
