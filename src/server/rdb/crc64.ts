/** The polynomial of Jones, bits reversed: its upper and lower 32 bits. */
const POLYNOMIAL_HIGH = 0x95ac9329
const POLYNOMIAL_LOW = 0xac4bc9b5

const TABLE_HIGH = new Int32Array(256)
const TABLE_LOW = new Int32Array(256)

for (let byte = 0; byte < 256; byte++) {
  let high = 0
  let low = byte
  for (let bit = 0; bit < 8; bit++) {
    const odd = low & 1
    low = (low >>> 1) | (high << 31)
    high >>>= 1
    if (odd === 1) {
      high ^= POLYNOMIAL_HIGH
      low ^= POLYNOMIAL_LOW
    }
  }
  TABLE_HIGH[byte] = high
  TABLE_LOW[byte] = low
}

/**
 * Returns the CRC-64 that Redis appends to dumps, as 8 bytes, the lowest first.
 *
 * @param bytes one character for each byte
 */
export function crc64(bytes: string): string {
  let high = 0
  let low = 0
  for (let at = 0; at < bytes.length; at++) {
    const entry = (low ^ bytes.charCodeAt(at)) & 255
    low = ((low >>> 8) | (high << 24)) ^ (TABLE_LOW[entry] as number)
    high = (high >>> 8) ^ (TABLE_HIGH[entry] as number)
  }
  let out = ''
  for (const word of [low, high])
    for (let shift = 0; shift < 32; shift += 8) out += String.fromCharCode((word >>> shift) & 255)
  return out
}
