/** @returns {never} */
const refuse = () => {
  throw new Error('the page is not one without fragments')
}

/**
 * The host of a page without fragments, which asks nothing of it.
 * @type {import('onetrip/engines').RunHost}
 */
export const bareHost = {
  dataPolicy: { perRequest: [], perVisitor: [], shared: [], strict: false, identities: [], defaultVary: [] },
  declare: refuse,
  addNocache: refuse,
  addToHead: refuse,
  textOf: () => undefined,
  calls: /** @type {any} */ ({ of: () => undefined, haveAll: () => true }),
  loaded: () => undefined,
}
