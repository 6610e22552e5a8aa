import { expect, test } from 'vitest'
import { missPackages } from '../helpers/missing-packages.ts'
import { connectRaw } from '../server/helpers/raw-client.ts'

missPackages()
const { server } = await import('../../src/cli/server/server.ts')

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
