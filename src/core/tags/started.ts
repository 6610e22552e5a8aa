/**
 * Rejects at once where what is asked for is wrong. A store that fails must not end the process of
 * whoever does not wait for the promise: an event has said it, and it is tried on.
 */
export function started(begin: () => Promise<void>): Promise<void> {
  try {
    const done = begin()
    done.catch(() => {})
    return done
  } catch (error) {
    return Promise.reject(error)
  }
}
