import { expect, test } from 'vitest'
import { missPackages } from '../../helpers/missing-packages.ts'
import { connectRaw } from '../helpers/raw-client.ts'

missPackages()
const { startServer } = await import('onetrip/server')

test('without the package scripts are answered by an error that names it, and all else works', async () => {
  const server = await startServer()
  const client = await connectRaw(server.port)
  const missing =
    '-ERR scripts need the package lua-redis-wasm, which is not installed: npm install --save-dev --save-exact lua-redis-wasm@1.5.0\r\n'
  expect(await client.send('EVAL', 'return 1', 0)).toBe(missing)
  expect(await client.send('SCRIPT', 'LOAD', 'return 1')).toBe(missing)
  expect(await client.send('EVALSHA', 'e0e1f9fabfc9d4800c877a703b823ac0578ff8db', 0)).toMatch(/^-NOSCRIPT/)
  expect(await client.send('SCRIPT', 'FLUSH')).toBe('+OK\r\n')
  expect(await client.send('SET', 'key', 'value')).toBe('+OK\r\n')
  await server.close()
})
