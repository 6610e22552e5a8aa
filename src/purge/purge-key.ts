/** Characters that do not stand in a header as they are: spaces and commas separate tags. */
const SPECIAL = /[^\x21-\x24\x26-\x2b\x2d-\x7e]/gu

/**
 * Returns a tag as headers and purges write it: visible ASCII, and other characters percent-encoded
 * as UTF-8 (RFC 3986, section 2.1).
 * @example purgeKey('film:1, 2') // 'film:1%2C%202'
 */
export function purgeKey(tag: string): string {
  return tag.replace(SPECIAL, (character) =>
    Array.from(Buffer.from(character), (byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(
      '',
    ),
  )
}
