/** Views in one sorted set of Redis: each film with its count, and the most viewed at its end. */

/**
 * @param {import('../toolkit.js').Toolkit} kit
 * @returns {import('./view-counts.js').ViewStorage}
 */
export function redisViews(kit) {
  const views = kit.sortedSet('views')
  return {
    // One trip for all films.
    add: async (counts) => {
      await kit.transaction((batch) => {
        const views = batch.sortedSet('views')
        return counts.map(([filmId, count]) => views.increment(filmId, count))
      })
    },
    of: async (filmId) => (await views.score(filmId)) ?? 0,
    top: async (limit) => {
      const top = await views.entries({ to: limit - 1, reverse: true })
      return top.map(([filmId, count]) => ({ id: Number(filmId), views: count }))
    },
  }
}
