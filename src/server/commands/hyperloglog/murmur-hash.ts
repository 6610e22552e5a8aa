const MULTIPLIER = 0xc6a4a7935bd1e995n
const SEED = 0xadc83b19n
const SHIFT = 47n

/**
 * Returns the hash of an element, of 64 bits.
 *
 * Source: MurmurHash64A by Austin Appleby, with the seed of Redis, so that both count alike.
 *
 * @param text one character for each byte
 */
export function murmurHash(text: string): bigint {
  const whole = text.length - (text.length % 8)
  let hash = SEED ^ product(BigInt(text.length))
  for (let at = 0; at < whole; at += 8) {
    const mixed = product(littleEndian(text, at, at + 8))
    hash = product(hash ^ product(mixed ^ (mixed >> SHIFT)))
  }
  if (whole < text.length) hash = product(hash ^ littleEndian(text, whole, text.length))
  hash = product(hash ^ (hash >> SHIFT))
  return hash ^ (hash >> SHIFT)
}

function product(value: bigint): bigint {
  return BigInt.asUintN(64, value * MULTIPLIER)
}

/** Reads up to 8 bytes, the lowest first. */
function littleEndian(text: string, from: number, end: number): bigint {
  let low = 0
  let high = 0
  for (let at = Math.min(end, from + 4) - 1; at >= from; at--) low = low * 256 + text.charCodeAt(at)
  for (let at = end - 1; at >= from + 4; at--) high = high * 256 + text.charCodeAt(at)
  return (BigInt(high) << 32n) | BigInt(low)
}
