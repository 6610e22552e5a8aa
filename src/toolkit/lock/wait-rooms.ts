import type { CommandClient } from '../../redis/command-client.ts'
import type { Subscription } from '../../redis/subscription.ts'
import type { LockKey } from './lock-key.ts'
import { type RoomHost, WaitRoom } from './wait-room.ts'

/**
 * The waits of one toolkit: a room for each lock, and one connection for all, which listens. It is
 * opened at the first wait.
 */
class WaitRooms {
  readonly #client: CommandClient
  readonly #rooms = new Map<string, WaitRoom>()
  #subscription: Subscription | undefined

  constructor(client: CommandClient) {
    this.#client = client
  }

  /** Returns the room of a lock, and of the options that its questions depend on. */
  roomOf(lock: LockKey, ttl: number): WaitRoom {
    const id = [lock.fair, ttl, lock.key].join(' ')
    const known = this.#rooms.get(id)
    if (known) return known
    const host: RoomHost = {
      listen: (listener) => {
        this.#subscription ??= this.#client.subscription()
        return this.#subscription.listen(lock.channel, lock.key, listener)
      },
      leave: () => void this.#rooms.delete(id),
    }
    const room = new WaitRoom(lock, ttl, host)
    this.#rooms.set(id, room)
    return room
  }
}

const rooms = new WeakMap<CommandClient, WaitRooms>()

/** Returns the room in which a toolkit waits for a lock. */
export function waitRoomOf(lock: LockKey, ttl: number): WaitRoom {
  const { client } = lock.context
  const known = rooms.get(client) ?? new WaitRooms(client)
  rooms.set(client, known)
  return known.roomOf(lock, ttl)
}
