/**
 * Random numbers that are the same for the same seed, on every machine: posters and the first
 * reviews are drawn with them.
 * @param {string} seed
 * @returns {SeededRandom}
 */
export function seededRandom(seed) {
  let state = 0x811c9dc5
  for (let i = 0; i < seed.length; i++) state = Math.imul(state ^ seed.charCodeAt(i), 0x01000193)

  // mulberry32: small, and even enough for pictures.
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
  return {
    between: (low, high) => low + next() * (high - low),
    whole: (low, high) => Math.floor(low + next() * (high - low + 1)),
    pick: (list) => list[Math.floor(next() * list.length)],
    chance: (share) => next() < share,
  }
}

/**
 * @typedef {object} SeededRandom
 * @property {(low: number, high: number) => number} between
 * @property {(low: number, high: number) => number} whole  both ends included
 * @property {<T>(list: readonly T[]) => T} pick
 * @property {(share: number) => boolean} chance
 */
