/** Returns the names of an object's properties as a message lists them. */
export function listNames(object: object): string {
  return Object.keys(object).join(', ') || 'it is empty'
}
