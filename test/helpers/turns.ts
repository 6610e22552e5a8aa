/**
 * Lets all run that waits for no timer and no other process: a cache on a memory store whose clock
 * stands still is at rest then, however slow the machine.
 */
export async function turns(count = 20): Promise<void> {
  for (let n = 0; n < count; n++) await new Promise(setImmediate)
}
