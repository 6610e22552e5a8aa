/**
 * Writes tags as the value of `Surrogate-Key`, and of what purges by it: separated by spaces. What
 * would separate them, or is not allowed in a header, is encoded as in a URL.
 */
export function surrogateKeys(tags: readonly string[]): string {
  return tags.map((tag) => tag.replaceAll(/[^!-$&-+\--~]/gu, encodeCharacter)).join(' ')
}

function encodeCharacter(character: string): string {
  // Half of a surrogate pair has no encoding.
  return encodeURIComponent(character.isWellFormed() ? character : '\ufffd')
}
