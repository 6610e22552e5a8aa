import { Redis } from 'ioredis'

/**
 * Counts how often this process waits for Redis: a trip begins with a command that is sent while no
 * answer is awaited, and lasts until all are there. Commands that are sent without waiting for each
 * other (one `MGET`, a pipeline, 24 `GET`s at once) are one trip, 24 `GET`s in turn are 24. Right
 * only for one page at a time: so it runs before the load, and not during it.
 */
export function countTrips() {
  const { sendCommand } = Redis.prototype
  let trips = 0
  let awaited = 0
  const answered = () => {
    awaited--
  }
  Redis.prototype.sendCommand = function (command, ...rest) {
    if (awaited++ === 0) trips++
    // Before the sender sees the promise, so that we hear of the answer before it sends the next
    // command.
    command.promise.then(answered, answered)
    return sendCommand.call(this, command, ...rest)
  }
  return {
    stop() {
      Redis.prototype.sendCommand = sendCommand
      return trips
    },
  }
}
