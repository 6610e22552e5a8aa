import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import {
  type MetricsStep,
  type NginxMiss,
  type NginxReader,
  type NginxReport,
  type NginxRoute,
  nginxReport,
  readNginx,
  readNginxLog,
} from '../../metrics/index.ts'
import { shown, UsageError } from '../command/usage-error.ts'
import type { NumbersFlags } from '../numbers/numbers-options.ts'
import { showNumbers } from '../numbers/show-numbers.ts'
import type { Output } from '../output/output.ts'
import { table } from '../output/table.ts'
import { bytes, counted, duration, number, percent } from '../output/units.ts'
import { redisOf } from '../store/open-redis.ts'
import type { NginxFlags } from './nginx-command.ts'

/** Runs `onetrip nginx`. @returns the exit code */
export async function nginx(flags: NginxFlags, output: Output, notes: Output): Promise<number> {
  const { limit, misses, slowest, by, log } = flags
  const { reader, close } = log === undefined ? await redisReader(flags) : await logReader(log)
  const show = slowest ? showSlowest : misses ? showMisses : by ? showOverTime(by) : showReport
  try {
    return await show(reader, limit, flags, output, notes)
  } finally {
    await close()
  }
}

interface OpenReader {
  readonly reader: NginxReader
  close(): Promise<void>
}

async function redisReader(flags: NumbersFlags): Promise<OpenReader> {
  const { redis, close } = await redisOf(flags)
  const reader = readNginx(redis, { prefix: flags.prefix })
  return { reader, close: () => reader.close().then(close) }
}

/** @throws UsageError */
async function logReader(path: string): Promise<OpenReader> {
  await access(path, constants.R_OK).catch(({ code }: NodeJS.ErrnoException) => {
    throw new UsageError(`--log: the file ${shown(path)} cannot be read (${code}).`)
  })
  if ((await stat(path)).isDirectory())
    throw new UsageError(`--log: ${shown(path)} is a folder: name a file.`)
  const reader = readNginxLog(path)
  return { reader, close: () => reader.close() }
}

type Show = (
  reader: NginxReader,
  limit: number,
  flags: NginxFlags,
  output: Output,
  notes: Output,
) => Promise<number>

const showReport: Show = (reader, limit, flags, output, notes) =>
  showNumbers<NginxReport>(flags, output, notes, {
    read: async (from) => nginxReport(await reader.totals({ from })),
    text: (report) => reportText(report, limit),
    json: ({ routes, ...report }) => ({ ...report, routes: routes.slice(0, limit).map(routeJson) }),
    emptyReason: ({ routes }) => (routes.length > 0 ? undefined : nothingCounted(flags)),
  })

/** Says what is to be looked at: an empty stream, and a log of another format, look the same. */
function nothingCounted({ log, prefix }: NginxFlags): string {
  if (log !== undefined)
    return 'The log has no line of this time in the format of deploy/nginx/conf.d/onetrip-log.conf.'
  return `nginx counted nothing under the prefix ${shown(prefix)} in this time: does it load the Lua module of deploy/nginx, with this prefix and this Redis? The error log of nginx says what fails.`
}

const showMisses: Show = (...all) => missesBy(() => 0, ...all)
const showSlowest: Show = (...all) => missesBy((one, other) => other.requestTime - one.requestTime, ...all)

const missesBy = (
  compare: (one: NginxMiss, other: NginxMiss) => number,
  ...[reader, limit, flags, output, notes]: Parameters<Show>
) =>
  showNumbers<readonly NginxMiss[]>(flags, output, notes, {
    read: async (from) => (await reader.misses({ from })).sort(compare).slice(0, limit),
    text: missesText,
    json: (misses) => ({ misses }),
    emptyReason: (misses) => (misses.length > 0 ? undefined : 'There were no misses.'),
  })

/** Shows each step of the time, the latest last. */
const showOverTime =
  (step: MetricsStep): Show =>
  (reader, _limit, flags, output, notes) =>
    showNumbers<readonly NginxReport[]>(flags, output, notes, {
      read: async (from) => (await reader.series({ from, step })).map(nginxReport),
      text: overTimeText,
      json: (reports) => ({
        steps: reports.map(({ routes, ...report }) => report),
      }),
      emptyReason: (reports) =>
        reports.some(({ requests }) => requests > 0) ? undefined : 'nginx counted nothing in this time.',
    })

function overTimeText(reports: readonly NginxReport[]): string {
  return table<NginxReport>(
    [
      { title: 'FROM', cell: ({ from }) => new Date(from).toISOString().slice(0, 16).replace('T', ' ') },
      { title: 'REQUESTS', cell: ({ requests }) => number(requests), align: 'right' },
      {
        title: 'HITS',
        cell: ({ requests, hitRatio }) => percent(hitRatio * requests, requests),
        align: 'right',
      },
      { title: 'WAITED', cell: ({ missTime }) => duration(missTime), align: 'right' },
      { title: 'FAILED', cell: ({ failed }) => number(failed), align: 'right' },
    ],
    reports,
  )
}

function reportText(report: NginxReport, limit: number): string {
  const { requests, failed, hitRatio, statuses, missTime, routes, dropped } = report
  const summary =
    `${counted(requests, 'request')}, ${percent(hitRatio, 1)} from the cache, ${number(failed)} failed, ` +
    `${bytes(report.bytes)}; visitors waited ${duration(missTime)} for misses`
  return [
    `${summary}\n`,
    table(
      [
        { title: 'STATUS', cell: ({ cache }) => cache },
        { title: 'REQUESTS', cell: (row) => number(row.requests), align: 'right' },
        { title: 'SHARE', cell: ({ share }) => percent(share, 1), align: 'right' },
      ],
      statuses,
    ),
    table<NginxRoute>(
      [
        { title: 'ROUTE', cell: ({ kind, route }) => (kind === 'sub' ? `${route} (include)` : route) },
        { title: 'REQUESTS', cell: (row) => number(row.requests), align: 'right' },
        { title: 'HITS', cell: (row) => percent(row.hitRatio, 1), align: 'right' },
        { title: 'MISSES', cell: ({ misses }) => number(misses), align: 'right' },
        { title: 'WAITED', cell: (row) => duration(row.missTime.sum), align: 'right' },
        { title: 'P50', cell: (row) => duration(row.missTime.quantile(0.5)), align: 'right' },
        { title: 'P99', cell: (row) => duration(row.missTime.quantile(0.99)), align: 'right' },
        { title: 'FAILED', cell: (row) => number(row.failed), align: 'right' },
      ],
      routes.slice(0, limit),
    ),
    ...(dropped === 0 ? [] : [`${counted(dropped, 'miss', 'misses')} without a line of their own.\n`]),
  ].join('\n')
}

function routeJson({ missTime, upstream, ...route }: NginxRoute): object {
  return {
    ...route,
    missMilliseconds: { sum: missTime.sum, p50: missTime.quantile(0.5), p99: missTime.quantile(0.99) },
    upstreamMilliseconds: { sum: upstream.sum, p50: upstream.quantile(0.5), p99: upstream.quantile(0.99) },
  }
}

function missesText(misses: readonly NginxMiss[]): string {
  return table(
    [
      { title: 'TIME', cell: ({ time }) => new Date(time).toISOString() },
      { title: 'STATUS', cell: ({ cache, status }) => `${cache} ${status}` },
      { title: 'ROUTE', cell: ({ kind, route }) => (kind === 'sub' ? `${route} (include)` : route) },
      { title: 'REQUEST', cell: ({ requestTime }) => duration(requestTime), align: 'right' },
      { title: 'APPLICATION', cell: ({ upstreamTime }) => duration(upstreamTime), align: 'right' },
      { title: 'SIZE', cell: (miss) => bytes(miss.bytes), align: 'right' },
    ],
    misses,
  )
}
