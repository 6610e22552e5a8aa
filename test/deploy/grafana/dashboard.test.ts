import { readFileSync } from 'node:fs'
import { emptyFragment, emptyRoute, emptySnapshot, fragmentLabel } from 'onetrip/metrics'
import { prometheus } from 'onetrip/metrics/prometheus'
import { Registry } from 'prom-client'
import { expect, test } from 'vitest'

interface Panel {
  readonly id: number
  readonly title: string
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
  readonly targets: readonly { readonly expr: string; readonly legendFormat: string }[]
}

const { panels, templating } = JSON.parse(
  readFileSync(new URL('../../../deploy/grafana/onetrip.json', import.meta.url), 'utf8'),
) as { panels: readonly Panel[]; templating: { list: readonly { name: string; definition?: string }[] } }
const targets = panels.flatMap((panel) => panel.targets)

/** Returns the labels of each series that a registry has, by the name of the series. */
async function series(): Promise<Map<string, Set<string>>> {
  const snapshot = emptySnapshot()
  snapshot.fragments.set(fragmentLabel('a', 'page'), { ...emptyFragment(), misses: { absent: 1 } })
  snapshot.routes.set('/', emptyRoute())
  snapshot.templates.set('page', emptyRoute())
  snapshot.tags.set('t', { invalidations: 1 })
  snapshot.errors.set('ERR_ONETRIP_STORE', 1)
  const register = prometheus({ snapshot: () => snapshot }, { register: new Registry() })
  const found = new Map<string, Set<string>>()
  for (const line of (await register.metrics()).split('\n')) {
    const [, name, labels = ''] = /^(\w+)(?:\{(.*)\})? /.exec(line) ?? []
    if (name) found.set(name, new Set([...labels.matchAll(/(\w+)="/g)].map(([, label]) => String(label))))
  }
  return found
}

test('the dashboard asks for series that the registry has, and for labels that they have', async () => {
  const known = await series()
  const queries = [...targets.map(({ expr }) => expr), ...templating.list.map((one) => one.definition ?? '')]
  const asked = queries.flatMap((query) => query.match(/onetrip_\w+/g) ?? [])
  expect(asked.length).toBeGreaterThan(20)
  expect(asked.filter((name) => !known.has(name))).toEqual([])

  for (const { expr, legendFormat } of targets) {
    const names = expr.match(/onetrip_\w+/g) ?? []
    const labels = [
      ...[...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label),
      ...[...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list]) => String(list).split(/,\s*/)),
      ...[...expr.matchAll(/(\w+)(?:=~|!~|!=|=)"/g)]
        .map(([, label]) => label)
        .filter((label) => label !== 'job'),
    ]
    const missing = labels.filter((label) => !names.some((name) => known.get(name)?.has(String(label))))
    expect(missing, expr).toEqual([])
  }
})

test('a query has brackets in pairs, and each series the selected job', () => {
  for (const { expr } of targets) {
    for (const [open, close] of [
      ['(', ')'],
      ['{', '}'],
      ['[', ']'],
    ] as const)
      expect(expr.split(open).length, expr).toBe(expr.split(close).length)
    const names = expr.match(/onetrip_\w+/g) ?? []
    expect(expr.split('{job=~"$job"').length - 1, expr).toBe(names.length)
  }
})

test('panels have titles and ids of their own, and do not overlap', () => {
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length)
  expect(new Set(panels.map(({ title }) => title)).size).toBe(panels.length)
  const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, n) => `${x + (n % w)},${y + Math.floor(n / w)}`),
  )
  expect(new Set(cells).size).toBe(cells.length)
  for (const { gridPos } of panels) expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24)
})
