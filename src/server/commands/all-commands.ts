import { bitCommands } from './bits/index.ts'
import { clusterCommands } from './cluster/index.ts'
import type { CommandDefinition } from './command.ts'
import { connectionCommands } from './connection/index.ts'
import { hashCommands } from './hashes/index.ts'
import { hyperloglogCommands } from './hyperloglog/index.ts'
import { databaseCommands } from './keys/databases.ts'
import { keyCommands } from './keys/index.ts'
import { listCommands } from './lists/index.ts'
import { pubsubCommands } from './pubsub/index.ts'
import { scriptingCommands } from './scripting/index.ts'
import { serverCommands } from './server/index.ts'
import { setCommands } from './sets/index.ts'
import { sortedSetCommands } from './sorted-sets/index.ts'
import { streamCommands } from './streams/index.ts'
import { stringCommands } from './strings/index.ts'
import { transactionCommands } from './transactions/index.ts'

/** The table of commands: one folder for each group, one line here for each folder. */
export const ALL_COMMANDS: readonly CommandDefinition[] = [
  ...bitCommands,
  ...clusterCommands,
  ...connectionCommands,
  ...databaseCommands,
  ...hashCommands,
  ...hyperloglogCommands,
  ...keyCommands,
  ...listCommands,
  ...pubsubCommands,
  ...scriptingCommands,
  ...serverCommands,
  ...setCommands,
  ...sortedSetCommands,
  ...streamCommands,
  ...stringCommands,
  ...transactionCommands,
]
