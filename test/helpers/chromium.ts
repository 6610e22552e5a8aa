import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'
import { describe } from 'vitest'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome']

/** The browser: `ONETRIP_CHROMIUM`, or the first of these in the PATH. */
const binary = process.env.ONETRIP_CHROMIUM ?? NAMES.map(inPath).find((path) => path !== undefined)

function inPath(name: string): string | undefined {
  return (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK)
        return true
      } catch {
        return false
      }
    })
}

const HOW_TO_INSTALL =
  'no Chromium on this machine: install one (apt-get install chromium), or name its path in ONETRIP_CHROMIUM'

/** `describe` for tests that need {@link openChromium}; skipped as `describeRedis` skips. */
export function describeChromium(name: string, fn: () => void): void {
  if (binary) {
    describe(name, fn)
    return
  }
  if (process.env.ONETRIP_NO_SKIP === '1') throw new Error(`${name} cannot run: ${HOW_TO_INSTALL}`)
  console.warn(`\n*** SKIPPED: "${name}": ${HOW_TO_INSTALL} ***\n`)
  describe.skip(name, fn)
}

export function openChromium(): Promise<Browser> {
  if (!binary) throw new Error(HOW_TO_INSTALL)
  // Tests run as root in containers, where the sandbox of Chromium cannot start.
  return chromium.launch({ executablePath: binary, args: ['--no-sandbox'], timeout: 300_000 })
}
