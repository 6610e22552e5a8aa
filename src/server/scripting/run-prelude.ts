import { ABI } from './abi.ts'
import { memoryOf, writeText } from './lua-memory.ts'
import type { LuaModule } from './lua-module.ts'
import { LuaResult } from './lua-result.ts'
import { PRELUDE } from './prelude/prelude.ts'

/** Named, so that its functions are told from those of scripts. */
const RUN_PRELUDE = "loadstring(ARGV[1], '=prelude')()"

/** Runs the prelude. Its result is that there are no properties to be added to `redis`. */
export function runPrelude(lua: LuaModule, result: number): void {
  const memory = memoryOf(lua)
  const size = 8 + PRELUDE.length
  const at = lua._alloc(8 + RUN_PRELUDE.length + size)
  const scriptAt = at + 8
  const argsAt = scriptAt + RUN_PRELUDE.length
  memory.write(RUN_PRELUDE, scriptAt, 'latin1')
  writeText(memory, PRELUDE, memory.writeUInt32LE(1, argsAt))
  lua._eval_with_args(at, scriptAt, RUN_PRELUDE.length, argsAt, size, 0)
  const reply = new LuaResult(memory, memory.readUInt32LE(at))
  if (reply.type === ABI.FAILURE) throw new Error(`the prelude of scripts is wrong: ${reply.text}`)
  lua._free_mem(memory.readUInt32LE(at))
  lua._free_mem(at)
  memory.fill(0, result, result + 8)
}
