import { defineGroup } from '../command.ts'
import { acl } from './acl.ts'
import { command } from './command.ts'
import { config } from './config.ts'
import { debugCommand } from './debug.ts'
import { info } from './info/info.ts'
import { latency } from './latency.ts'
import { lolwut } from './lolwut.ts'
import { memory } from './memory.ts'
import { modules } from './modules.ts'
import { monitor } from './monitor.ts'
import { persistence } from './persistence.ts'
import { replication } from './replication.ts'
import { slowLog } from './slow-log.ts'
import { timeCommand } from './time.ts'

export const serverCommands = defineGroup('server', [
  acl,
  command,
  config,
  debugCommand,
  info,
  latency,
  lolwut,
  memory,
  monitor,
  modules,
  ...persistence,
  ...replication,
  slowLog,
  timeCommand,
])
