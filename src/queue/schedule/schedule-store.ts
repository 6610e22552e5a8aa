import type { ScriptText } from '../../redis/script-text.ts'
import { encodeHeader, type HeaderOptions } from '../header.ts'
import { CLAIM, DEFINE, FIND_DUE, LIST, REMOVE } from './scripts.ts'
import type { Timing } from './timing.ts'

/** Most schedules that one look finds. */
export const MOST_DUE = 100

/** Runs a script on the keys of one queue. */
export type RunScript = (script: ScriptText, args: readonly string[]) => Promise<unknown>

/** A schedule as Redis keeps it. Equal definitions have equal JSON. */
export interface Definition {
  /** Name of the task. */
  readonly task: string
  readonly timing: Timing
  /** Number of the stream of the task's priority. */
  readonly stream: number
  /** Options of the task's header; absent if there are none. */
  readonly options?: HeaderOptions
  /** Arguments of the task, as JSON. */
  readonly args: string
}

/** A schedule that is due. */
export interface DueSchedule {
  readonly name: string
  readonly definition: string
  /** Milliseconds since 1970. */
  readonly due: number
}

/** Schedules that are due at a time. */
export interface DueSchedules {
  /** Milliseconds since 1970, by the server unless a time was given. */
  readonly now: number
  /** The first run after `now`; Infinity: none. */
  readonly coming: number
  readonly due: readonly DueSchedule[]
}

/** A schedule of a queue, by `queue.schedules()`. */
export interface StoredSchedule {
  readonly name: string
  readonly definition: Definition
  readonly next: number
  readonly last: number | undefined
}

/** The schedules of one queue, in Redis. */
export class ScheduleStore {
  readonly #run: RunScript

  constructor(run: RunScript) {
    this.#run = run
  }

  /** @param first time of the first run, if it is not defined like that already */
  async define(name: string, definition: Definition, first: number): Promise<StoredSchedule> {
    const args = [name, JSON.stringify(definition), String(first)]
    const [next, last] = (await this.#run(DEFINE, args)) as [string, string]
    return { name, definition, next: Number(next), last: timeOf(last) }
  }

  /** @returns true if it was there */
  async remove(name: string): Promise<boolean> {
    return (await this.#run(REMOVE, [name])) === 1
  }

  async list(): Promise<readonly StoredSchedule[]> {
    const answer = (await this.#run(LIST, [])) as string[]
    const all: StoredSchedule[] = []
    for (let i = 0; i < answer.length; i += 4) {
      const [name, definition, next, last] = answer.slice(i, i + 4) as [string, string, string, string]
      all.push({
        name,
        definition: JSON.parse(definition) as Definition,
        next: Number(next),
        last: timeOf(last),
      })
    }
    return all.sort((one, other) => one.next - other.next || (one.name < other.name ? -1 : 1))
  }

  /** @param now milliseconds since 1970; the server's time if it is not given */
  async findDue(now: number | undefined): Promise<DueSchedules> {
    const time = now === undefined ? '' : String(now)
    const answer = (await this.#run(FIND_DUE, [time, String(MOST_DUE)])) as string[]
    const [at, coming, ...rest] = answer
    const due: DueSchedule[] = []
    for (let i = 0; i < rest.length; i += 3) {
      const [name, definition, score] = rest.slice(i, i + 3) as [string, string, string]
      due.push({ name, definition, due: Number(score) })
    }
    return { now: Number(at), coming: coming === '' ? Infinity : Number(coming), due }
  }

  /**
   * Claims a run, and adds its task unless it is left out.
   * @param run time of the run that is added; undefined: none
   * @returns true for the one who claims it
   */
  async claim(schedule: DueSchedule, next: number, run: number | undefined): Promise<boolean> {
    const { name, definition, due } = schedule
    const args = [name, definition, String(due), String(next)]
    if (run !== undefined) {
      const { task, stream, options, args: taskArgs } = JSON.parse(definition) as Definition
      args.push(String(stream), encodeHeader(runId(name, run), task, options), taskArgs, String(run))
    }
    return (await this.#run(CLAIM, args)) === 1
  }
}

function timeOf(text: string): number | undefined {
  return text === '' ? undefined : Number(text)
}

/** Returns the id of the task of a run, the same for every worker: `report@20260701T030000Z`. */
export function runId(name: string, run: number): string {
  return `${name}@${new Date(run).toISOString().replaceAll(/[-:]|\.\d+/g, '')}`
}
