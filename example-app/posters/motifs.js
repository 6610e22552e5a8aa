/**
 * The pictures, one motif a genre. Each draws on 300 x 290 units, in its palette's colours, and no
 * two films of a genre alike.
 */

/**
 * @typedef {(random: import('../seeded-random.js').SeededRandom, palette:
 *   import('./palettes.js').Palette) => string} Motif
 */

const BY_GENRE = {
  Action: 'streaks',
  Adventure: 'mountains',
  Comedy: 'tiles',
  'Romantic Comedy': 'pair',
  Drama: 'horizon',
  Horror: 'teeth',
  'Thriller/Suspense': 'rings',
  Musical: 'waves',
  'Concert/Performance': 'beams',
  Western: 'mesa',
  Documentary: 'dots',
  'Black Comedy': 'board',
}

/** @param {import('../films/normalise.js').Film} film */
export function motifOf(film) {
  if (film.kind === 'Science Fiction') return 'planet'
  return BY_GENRE[film.genre ?? ''] ?? 'arches'
}

/** @type {Record<string, Motif>} */
export const MOTIFS = {
  streaks(random, { main, accent, ink }) {
    const lean = random.between(60, 150)
    const bars = times(9, (i) => {
      const x = -80 + i * 46 + random.between(-10, 10)
      const width = random.between(6, 30)
      return polygon(
        random.pick([main, main, accent]),
        [x, 290],
        [x + width, 290],
        [x + width + lean, 0],
        [x + lean, 0],
      )
    })
    return bars + circle(random.between(90, 210), random.between(90, 180), random.between(34, 58), ink)
  },

  mountains(random, { main, accent, ink }) {
    const sun = circle(random.between(70, 230), random.between(70, 120), random.between(30, 52), main)
    const ridges = [accent, ink, main].map((colour, i) => {
      const base = 130 + i * 55
      const points = times(6, (j) => `${j * 60} ${Math.round(base + random.between(-45, 45))}`, 'L')
      return path(colour, `M0 290L${points}L300 290Z`, i === 1 ? 0.35 : 1)
    })
    return sun + ridges.join('')
  },

  tiles(random, { main, accent, ink }) {
    // Quarter, half and full circles on a grid.
    return times(16, (i) => {
      const x = (i % 4) * 75
      const y = Math.floor(i / 4) * 72.5
      const colour = random.pick([main, main, accent, ink])
      const turn = random.pick([0, 90, 180, 270])
      const shape = random.pick([
        `<path d="M0 0H75A75 75 0 0 1 0 75Z" fill="${colour}"/>`,
        `<circle cx="37" cy="37" r="26" fill="${colour}"/>`,
        `<path d="M0 37A37 37 0 0 1 75 37Z" fill="${colour}"/>`,
        '',
      ])
      return `<g transform="translate(${x} ${y}) rotate(${turn} 37.5 36)">${shape}</g>`
    })
  },

  pair(random, { main, accent, ink }) {
    const y = random.between(125, 165)
    const radius = random.between(78, 92)
    const apart = random.between(38, 62)
    const tilt = random.between(-30, 30)
    return (
      `<g transform="rotate(${whole(tilt)} 150 ${whole(y)})">` +
      circle(150 - apart, y, radius, main) +
      circle(150 + apart, y, radius, accent, 0.85) +
      circle(150, y, 9, ink) +
      '</g>'
    )
  },

  horizon(random, { main, accent, ink }) {
    const line = random.between(165, 200)
    const x = random.between(100, 200)
    const radius = random.between(58, 92)
    const sun = `<path d="M${whole(x - radius)} ${whole(line)}a${whole(radius)} ${whole(radius)} 0 0 1 ${whole(2 * radius)} 0z" fill="${main}"/>`
    const ripples = times(5, (i) => {
      const half = radius * (1.15 - i * 0.2) + random.between(-12, 12)
      return rectangle(x - half, line + 10 + i * 16, 2 * half, 6, i % 2 === 0 ? accent : main)
    })
    const figure = rectangle(x + random.between(-30, 30), line - 34, 5, 34, ink)
    return sun + rectangle(0, line, 300, 2, ink) + ripples + figure
  },

  teeth(random, { main, accent, ink }) {
    const moon = circle(
      random.between(100, 200),
      random.between(110, 170),
      random.between(50, 76),
      accent,
      0.9,
    )
    const bite = (edge, reach) =>
      times(7, (i) => {
        const x = -20 + i * 48
        return polygon(
          main,
          [x, edge],
          [x + 52, edge],
          [x + random.between(14, 38), edge + reach * random.between(0.5, 1)],
        )
      })
    const eyes = random.between(110, 160)
    return moon + bite(0, 130) + bite(290, -120) + circle(eyes, 150, 5, ink) + circle(eyes + 28, 150, 5, ink)
  },

  rings(random, { main, accent, ink }) {
    const x = random.between(110, 190)
    const y = random.between(115, 170)
    const drift = random.between(-6, 6)
    const rings = times(9, (i) => {
      const colour = i % 2 === 0 ? main : accent
      return circle(x + i * drift, y + i * Math.abs(drift) * 0.5, 168 - i * 18, colour)
    })
    return rings + circle(x + 9 * drift, y + 4.5 * Math.abs(drift), 9, ink)
  },

  waves(random, { main, accent, ink }) {
    const height = random.between(14, 30)
    return times(8, (i) => {
      const y = 40 + i * 30
      const bend = height * random.between(0.5, 1.3)
      const colour = [main, accent, ink][i % 3]
      const d = `M-10 ${y}q40 ${whole(-bend)} 80 0t80 0t80 0t80 0`
      return `<path d="${d}" fill="none" stroke="${colour}" stroke-width="${whole(random.between(4, 16))}"/>`
    })
  },

  beams(random, { main, accent, ink }) {
    const beams = times(5, (i) => {
      const from = 30 + i * 60
      const to = random.between(20, 280)
      return polygon(
        i % 2 === 0 ? main : accent,
        [from - 5, 0],
        [from + 5, 0],
        [to + 42, 250],
        [to - 42, 250],
        0.6,
      )
    })
    return beams + rectangle(0, 250, 300, 6, ink)
  },

  mesa(random, { main, accent, ink }) {
    const x = random.between(90, 210)
    const sun = times(7, (i) => {
      const y = 60 + i * 20
      const half = Math.sqrt(Math.max(0, 80 ** 2 - (y - 130) ** 2))
      return rectangle(x - half, y, 2 * half, 15 - i, i < 4 ? accent : main)
    })
    const left = random.between(10, 150)
    const mesa = polygon(main, [left, 240], [left + 22, 160], [left + 96, 160], [left + 122, 240])
    return sun + mesa + rectangle(0, 238, 300, 4, ink) + path(main, 'M0 290V252Q150 228 300 258V290Z')
  },

  dots(random, { main, accent, ink }) {
    const x = random.between(60, 240)
    const y = random.between(60, 220)
    return times(110, (i) => {
      const column = (i % 11) * 28 + 10
      const row = Math.floor(i / 11) * 28 + 19
      const near = 1 - Math.hypot(column - x, row - y) / 300
      const colour = near > 0.72 ? main : near > 0.5 ? ink : accent
      return circle(column, row, Math.max(1.5, near * 12), colour)
    })
  },

  board(random, { main, accent, ink }) {
    const odd = random.whole(6, 20)
    return times(25, (i) => {
      const x = (i % 5) * 60
      const y = Math.floor(i / 5) * 58
      if (i === odd) return circle(x + 30, y + 29, 29, main)
      return i % 2 === 0 ? rectangle(x, y, 60, 58, i % 4 === 0 ? ink : accent) : ''
    })
  },

  planet(random, { main, accent, ink }) {
    const stars = times(26, () =>
      circle(random.between(4, 296), random.between(4, 280), random.between(0.8, 2.2), ink),
    )
    const x = random.between(110, 190)
    const y = random.between(120, 170)
    const radius = random.between(54, 82)
    const tilt = whole(random.between(-32, 32))
    const ring = `<ellipse cx="${whole(x)}" cy="${whole(y)}" rx="${whole(radius * 1.75)}" ry="${whole(radius * 0.42)}" fill="none" stroke="${accent}" stroke-width="7" transform="rotate(${tilt} ${whole(x)} ${whole(y)})"/>`
    const moon = circle(
      x + random.pick([-1, 1]) * radius * 1.35,
      y - radius * 1.2,
      random.between(9, 18),
      accent,
    )
    return stars + circle(x, y, radius, main) + ring + moon
  },

  arches(random, { main, accent, ink }) {
    const x = random.pick([75, 150, 225])
    const colours = [main, accent, ink, main, accent]
    return colours
      .map((colour, i) => {
        const radius = 150 - i * 28
        return path(colour, `M${x - radius} 290V${whole(190)}a${radius} ${radius} 0 0 1 ${2 * radius} 0V290z`)
      })
      .join('')
  },
}

function times(count, draw, joint = '') {
  return Array.from({ length: count }, (_, i) => draw(i)).join(joint)
}

/** Tenths of a unit are fine enough, and keep the files small. */
function whole(value) {
  return Math.round(value * 10) / 10
}

function circle(x, y, radius, fill, opacity = 1) {
  return `<circle cx="${whole(x)}" cy="${whole(y)}" r="${whole(radius)}" fill="${fill}"${opacityOf(opacity)}/>`
}

function rectangle(x, y, width, height, fill) {
  return `<rect x="${whole(x)}" y="${whole(y)}" width="${whole(width)}" height="${whole(height)}" fill="${fill}"/>`
}

function polygon(fill, ...points) {
  const opacity = typeof points.at(-1) === 'number' ? points.pop() : 1
  return `<polygon points="${points.map(([x, y]) => `${whole(x)},${whole(y)}`).join(' ')}" fill="${fill}"${opacityOf(opacity)}/>`
}

function path(fill, d, opacity = 1) {
  return `<path d="${d}" fill="${fill}"${opacityOf(opacity)}/>`
}

function opacityOf(opacity) {
  return opacity === 1 ? '' : ` opacity="${opacity}"`
}
