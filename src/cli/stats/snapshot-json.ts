import type { Histogram } from '../../metrics/index.ts'
import { labelParts, type RouteNumbers, type Snapshot } from '../../metrics/index.ts'

/** Returns a snapshot as plain objects. Histograms become their count, mean, p50 and p99. */
export function snapshotJson(snapshot: Snapshot): object {
  const { fragments, templates, routes, tags, trip, errors, ...counts } = snapshot
  return {
    ...counts,
    fragments: [...fragments].map(([label, { render, load, age, entryBytes, ...numbers }]) => ({
      ...labelParts(label),
      ...numbers,
      renderMicroseconds: distribution(render),
      loadMicroseconds: distribution(load),
      ageMilliseconds: distribution(age),
      entryBytes: distribution(entryBytes),
    })),
    templates: routesJson(templates),
    routes: routesJson(routes),
    tags: Object.fromEntries(tags),
    roundTrips: Object.fromEntries(
      Object.entries(trip).map(([kind, { time, ...numbers }]) => [
        kind,
        { ...numbers, timeMicroseconds: distribution(time) },
      ]),
    ),
    errors: Object.fromEntries(errors),
  }
}

function routesJson(routes: ReadonlyMap<string, RouteNumbers>): object[] {
  return [...routes].map(([name, { time, ...numbers }]) => ({
    name,
    ...numbers,
    timeMicroseconds: distribution(time),
  }))
}

function distribution(histogram: Histogram): object {
  const { count, mean } = histogram
  return { count, mean, p50: histogram.quantile(0.5), p99: histogram.quantile(0.99) }
}
