/** @returns {never} */
const refuse = () => {
  throw new Error('the page is not one without fragments')
}

const dataPolicy = {
  perRequest: [],
  perVisitor: [],
  shared: [],
  strict: false,
  identities: [],
  defaultVary: [],
}
const calls = /** @type {any} */ ({ of: () => undefined, haveAll: () => true })

/**
 * Returns the host of one page without fragments, which asks nothing of it. Each page has its own:
 * an engine takes a second run by the same host for one that starts the page again.
 * @returns {import('onetrip/engines').RunHost}
 */
export function bareHost() {
  return {
    dataPolicy,
    declare: refuse,
    declareDefined: refuse,
    addNocache: refuse,
    addToHead: refuse,
    textOf: () => undefined,
    calls,
    loaded: () => undefined,
  }
}
