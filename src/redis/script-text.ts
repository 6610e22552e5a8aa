import { createHash } from 'node:crypto'

/** A Lua script, with the SHA-1 that `EVALSHA` names it by. */
export interface ScriptText {
  readonly text: string
  readonly sha: string
}

export function scriptText(text: string): ScriptText {
  return { text, sha: createHash('sha1').update(text).digest('hex') }
}
