/** Follows a page by server-sent events, and lets the visitor stop that. */

const FIRST_WAIT_MS = 2000
const LONGEST_WAIT_MS = 60_000
const PAUSED = 'onetrip-paused'

/**
 * Calls `update` with new HTML until the visitor pauses or leaves. A connection that is lost is
 * opened again, each time after a longer wait.
 * @param {string} address
 * @param {(html: string) => void} update
 */
export function follow(address, update) {
  const button = /** @type {HTMLButtonElement | null} */ (document.querySelector('#follow'))
  const state = document.querySelector('#follow-state')
  /** @type {EventSource | undefined} */
  let source
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer
  let wait = FIRST_WAIT_MS
  let paused = sessionStorage.getItem(PAUSED) === 'yes'

  const say = (/** @type {string} */ text) => {
    if (state && state.textContent !== text) state.textContent = text
  }

  const close = () => {
    clearTimeout(timer)
    source?.close()
    source = undefined
  }

  const open = () => {
    close()
    if (paused || document.hidden) return
    source = new EventSource(address)
    source.addEventListener('view', ({ data }) => {
      wait = FIRST_WAIT_MS
      say('')
      update(JSON.parse(data))
    })
    source.addEventListener('failed', () => say('The numbers cannot be read.'))
    source.addEventListener('error', () => {
      close()
      say('No connection: trying again.')
      // Browsers that lost the same server do not all come back at once.
      timer = setTimeout(open, wait * (0.75 + Math.random() / 2))
      wait = Math.min(wait * 2, LONGEST_WAIT_MS)
    })
  }

  const show = () => {
    if (!button) return
    button.hidden = false
    button.setAttribute('aria-pressed', String(!paused))
    say(paused ? 'Paused.' : '')
  }

  button?.addEventListener('click', () => {
    paused = !paused
    sessionStorage.setItem(PAUSED, paused ? 'yes' : 'no')
    show()
    open()
  })
  document.addEventListener('visibilitychange', open)
  // A page that goes to the back/forward cache keeps no connection.
  addEventListener('pagehide', close)
  addEventListener('pageshow', open)
  show()
}
