import { afterEach, beforeEach, vi } from 'vitest'

/** Collects what a file's tests warn about by `process.emitWarning`, anew for each test. */
export function collectWarnings(): readonly string[] {
  const warnings: string[] = []
  beforeEach(() => {
    warnings.length = 0
    vi.spyOn(process, 'emitWarning').mockImplementation((message) => void warnings.push(String(message)))
  })
  afterEach(() => {
    vi.restoreAllMocks()
    vi.unstubAllEnvs()
  })
  return warnings
}
