/** Table of CRC16 (XMODEM). */
const CRC = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1
  return crc
})

const OPEN = 0x7b
const CLOSE = 0x7d

/**
 * Returns the slot of a key, of 16,384. If there is text between the first `{` and the next `}`,
 * only that text counts. (The dependency of ioredis is not used: it reads `{}{a}` as `{a`.)
 */
export function keySlot(key: string): number {
  const bytes = Buffer.from(key)
  let from = 0
  let to = bytes.length
  const open = bytes.indexOf(OPEN)
  if (open !== -1) {
    const close = bytes.indexOf(CLOSE, open + 1)
    if (close > open + 1) {
      from = open + 1
      to = close
    }
  }
  let crc = 0
  for (let i = from; i < to; i++) {
    crc = ((crc << 8) ^ (CRC[((crc >> 8) ^ (bytes[i] as number)) & 0xff] as number)) & 0xffff
  }
  return crc & 0x3fff
}
