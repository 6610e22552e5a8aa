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

/** The CRC-64 that Redis appends to dumps and files, of bytes that come in parts. */
export class Crc64 {
  #high = 0
  #low = 0

  /** @param bytes one character for each byte */
  update(bytes: string): void {
    let high = this.#high
    let low = this.#low
    for (let at = 0; at < bytes.length; at++) {
      const entry = (low ^ bytes.charCodeAt(at)) & 255
      low = ((low >>> 8) | (high << 24)) ^ (TABLE_LOW[entry] as number)
      high = (high >>> 8) ^ (TABLE_HIGH[entry] as number)
    }
    this.#high = high
    this.#low = low
  }

  /** Returns 8 bytes, the lowest first. */
  digest(): string {
    let out = ''
    for (const word of [this.#low, this.#high])
      for (let shift = 0; shift < 32; shift += 8) out += String.fromCharCode((word >>> shift) & 255)
    return out
  }
}

/** Returns the CRC-64 of bytes, one character for each. */
export function crc64(bytes: string): string {
  const crc = new Crc64()
  crc.update(bytes)
  return crc.digest()
}
