/** How many pages are measured, of each site the longest; they are chosen before anything is measured. */
const PAGES = 24
const ROUNDS = 9
/** Of CPU time: on a busy machine a page has little of it in the same time by the clock. */
const ROUND_US = 40_000
/** V8 compiles code again and again as it is used: the first rounds are not counted. */
const WARM_UP_ROUNDS = 4

/** Prints what a page without a tag costs, in CPU time: rendered by stock and by ours, at once and with a callback. */
export async function measure(sites) {
  const chosen = choose(sites)
  const rows = {}
  const ratios = { 'at once': [], 'with a callback': [] }
  for (const { site, name, pages, data } of chosen) {
    const row = { bytes: pages.stock.render(name, data).length }
    const ways = { stock: pages.stock, ours: pages.plain }
    for (const [how, render] of Object.entries(RENDER)) {
      const times = { stock: [], ours: [] }
      for (let round = 0; round < WARM_UP_ROUNDS + ROUNDS; round++) {
        for (const [whose, environment] of Object.entries(ways)) {
          const time = await timeOf(() => render(environment, name, data))
          if (round >= WARM_UP_ROUNDS) times[whose].push(time)
        }
      }
      const [stock, ours] = [median(times.stock), median(times.ours)]
      row[`stock ${how}, us`] = Math.round(stock)
      row[`ours ${how}, us`] = Math.round(ours)
      row[`${how}, times stock`] = Number((ours / stock).toFixed(2))
      ratios[how].push(ours / stock)
    }
    rows[`${site.name}: ${name}`] = row
  }
  console.table(rows)
  for (const [how, all] of Object.entries(ratios)) {
    const [least, most] = [Math.min(...all), Math.max(...all)].map((ratio) => ratio.toFixed(2))
    console.log(
      `${how}: median ${median(all).toFixed(2)} times stock, ${least} to ${most}, ${all.length} pages`,
    )
  }
}

const RENDER = {
  'at once': (environment, name, data) => environment.render(name, data),
  'with a callback': (environment, name, data) =>
    new Promise((resolve, reject) =>
      environment.render(name, data, (error, html) => (error ? reject(error) : resolve(html))),
    ),
}

/** Pages that have a parent and render alike, the longest of each site in turn. */
function choose(sites) {
  const longest = sites.map(({ site, pages, dataOf }) => {
    return site.names
      .filter((name) => site.sources.get(name).includes('extends'))
      .map((name) => ({ site, name, pages, data: dataOf(name)(1) }))
      .map((page) => ({ ...page, html: htmlOf(pages.stock, page.name, page.data) }))
      .filter(({ name, data, html }) => html && htmlOf(pages.plain, name, data) === html)
      .sort((a, b) => b.html.length - a.html.length)
  })
  const chosen = []
  for (let n = 0; chosen.length < PAGES && longest.some((pages) => n < pages.length); n++) {
    for (const pages of longest) if (pages[n] && chosen.length < PAGES) chosen.push(pages[n])
  }
  return chosen
}

function htmlOf(environment, name, data) {
  try {
    return environment.render(name, data)
  } catch {
    return undefined
  }
}

/** CPU time of one rendering, in microseconds. */
async function timeOf(render) {
  const before = process.cpuUsage()
  for (let count = 1; ; count++) {
    await render()
    const { user, system } = process.cpuUsage(before)
    if (user + system >= ROUND_US) return (user + system) / count
  }
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]
}
