/**
 * Starts a call, and rejects at once if its arguments are wrong. A promise that the caller does not
 * await must not end the process when the store fails: an event reports the failure, and the call
 * is retried.
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
