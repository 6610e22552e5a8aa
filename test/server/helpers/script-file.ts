import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Writes a script to a temporary file. Returns its path, and what removes it. */
export async function scriptFile(script: string): Promise<[path: string, remove: () => Promise<void>]> {
  const folder = await mkdtemp(join(tmpdir(), 'onetrip-script-'))
  const path = join(folder, 'script.lua')
  await writeFile(path, script)
  return [path, () => rm(folder, { recursive: true })]
}
