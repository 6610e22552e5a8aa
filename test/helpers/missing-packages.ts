import module, { syncBuiltinESMExports } from 'node:module'
import { afterAll, vi } from 'vitest'

/**
 * Has all modules that the test imports from now on find no package by `createRequire()`. They are
 * new ones, as are those that the next file imports: what was found is noted once in a process.
 */
export function missPackages(): void {
  vi.resetModules()
  const found = vi.spyOn(module, 'createRequire').mockImplementation(() => {
    const resolve = (name: string) => {
      throw Object.assign(new Error(`Cannot find module '${name}'`), { code: 'MODULE_NOT_FOUND' })
    }
    return Object.assign(resolve, { resolve }) as unknown as NodeJS.Require
  })
  syncBuiltinESMExports()
  afterAll(() => {
    found.mockRestore()
    syncBuiltinESMExports()
    vi.resetModules()
  })
}
