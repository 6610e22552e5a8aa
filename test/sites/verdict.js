/** Messages that name a tag's place in brackets. */
const REFUSED = /^(?!\(|Template)(.*? cache tag.*?) \(/
/**
 * Without caching a body runs at its place, where stock does not wait and loses what comes later.
 */
const WAITS = /cache tag whose body waits/
/** Where nunjucks cannot await an asynchronous filter: a fragment's body can at times. */
const NOT_AWAITED = /called without a callback|hole_\w+ is not defined/

/**
 * Judges a page by its outcomes: `equal`, `fail alike`, `refused` (a tag of ours, with the reason),
 * `stock loses` (what comes too late for it), `other message` (all fail), or `different`. `marked`
 * is stock's page with other tags in the places of ours.
 */
export function judge({ stock, marked, bare, plain, ...tagged }) {
  const late = Object.entries({ bare, plain, ...tagged }).find(([, one]) => one.late !== undefined)
  // It ends the process, unless something listens.
  if (stock.late !== undefined) return { verdict: 'stock loses', reason: messageOf(stock.late) }
  if (late) return { verdict: 'different', what: `${late[0]}: thrown when it was over: ${late[1].late}` }
  const allAlike = (one) => ({ off: one, bareTagged: one, cold: one, warm: one, half: one })
  const ofPlain = verdictOf({ stock, plain, ...allAlike(plain) })
  if (AS_STOCK.has(ofPlain.verdict)) {
    const ofBare = verdictOf({ stock, plain: bare, ...allAlike(bare) })
    if (!AS_STOCK.has(ofBare.verdict)) return { ...ofBare, what: `without a page: ${ofBare.what}` }
  }
  if (stock === marked || !AS_STOCK.has(ofPlain.verdict)) return verdictOf({ stock, plain, ...tagged })
  return verdictOf({ stock: marked, plain: marked.html === undefined ? plain : marked, ...tagged })
}

const AS_STOCK = new Set(['equal', 'fail alike'])

function verdictOf(outcomes) {
  const { stock, plain, ...tagged } = outcomes
  const { off, cold, warm, half } = tagged
  const plainIsStock = stock.html === plain.html
  const [reason, ...others] = Object.values(tagged).map(({ failed }) => REFUSED.exec(failed ?? '')?.[1])
  if (plainIsStock && reason && others.every((other) => other === reason))
    return { verdict: 'refused', reason }
  const alike = cold.html === warm.html && cold.html === half.html
  if (plainIsStock && alike && WAITS.test(off.failed)) return { verdict: 'stock loses', reason: off.failed }
  if (alike && NOT_AWAITED.test(stock.failed)) {
    return { verdict: 'stock loses', reason: messageOf(stock.failed) }
  }
  const bytes = Object.entries(outcomes).find(([, { html }]) => html !== stock.html)
  if (bytes) return { verdict: 'different', what: shown(bytes, stock) }
  if (stock.html !== undefined) return { verdict: 'equal' }
  const message = Object.entries({ plain, ...tagged }).find(
    ([way, { failed }]) =>
      messageOf(failed) !== messageOf(stock.failed) ||
      (way !== 'plain' && placeOf(failed) !== placeOf(plain.failed)),
  )
  if (message)
    return { verdict: 'other message', what: shown(message, message[0] === 'plain' ? stock : plain) }
  return { verdict: 'fail alike', reason: messageOf(stock.failed) }
}

/** An error without its places: stock counts them from 0, and leaves some out. */
function messageOf(failed) {
  // Variables of compiled code.
  return failed
    .split('\n')
    .at(-1)
    .trim()
    .replace(/^\w*Error: /, '')
    .replace(/\bt_\d+/g, 't_n')
}

/**
 * The template and the line that an error names. The includes on the way to it are not known where
 * a body runs by itself, and a tag moves what follows it on its line.
 */
function placeOf(failed) {
  return failed
    .split('\n')
    .at(-2)
    ?.replace(/, Column \d+/, '')
    .replace('Template render error:', '')
    .trim()
}

function shown([way, one], stock) {
  if (stock.html === undefined || one.html === undefined) {
    return `${way}: ${one.failed ?? 'rendered'}\nstock: ${stock.failed ?? 'rendered'}`
  }
  let at = 0
  while (stock.html[at] === one.html[at]) at++
  const part = (text) => JSON.stringify(text.slice(Math.max(0, at - 60), at + 60))
  return `${way}: ${part(one.html)}\nstock: ${part(stock.html)}`
}
