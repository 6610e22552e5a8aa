/** Takes the writers' lock of LMDB's file, and says so. Argument: the path. */
import { readSync, writeSync } from 'node:fs'
import { open } from 'lmdb'

open({ path: process.argv[2], noSync: true, overlappingSync: false }).transactionSync(() => {
  writeSync(1, '.')
  // Until it is killed: nothing comes.
  readSync(0, Buffer.alloc(1))
})
