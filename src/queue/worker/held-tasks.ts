import { type FetchedTask, placeOf } from './fetched-task.ts'

/** The tasks that a worker has read: those that have not begun, in order, and which all are. */
export class HeldTasks {
  /** Places of the entries that are held, run, or are being ended. */
  readonly #known = new Set<string>()
  #tasks: FetchedTask[] = []
  #first = 0

  /** Tasks that have not begun. */
  get size(): number {
    return this.#tasks.length - this.#first
  }

  /** Takes a task, unless it is known: an entry may be read twice after an answer was lost. */
  add(task: FetchedTask): void {
    const place = placeOf(task)
    if (this.#known.has(place)) return
    this.#known.add(place)
    this.#tasks.push(task)
  }

  /** Returns the task that is to begin next. It stays known. */
  shift(): FetchedTask | undefined {
    const task = this.#tasks[this.#first++]
    if (this.#first >= this.#tasks.length) {
      this.#tasks = []
      this.#first = 0
    }
    return task
  }

  /** Forgets a task: the entry is no longer this worker's. */
  forget(task: FetchedTask): void {
    this.#known.delete(placeOf(task))
  }

  /** Removes a task that has not begun, by its id. It stays known. */
  remove(id: string): FetchedTask | undefined {
    const at = this.#tasks.findIndex((task, n) => n >= this.#first && task.header?.[0] === id)
    const [task] = at === -1 ? [] : this.#tasks.splice(at, 1)
    return task
  }

  /** Removes and returns all tasks that have not begun. They stay known. */
  clear(): FetchedTask[] {
    const tasks = this.#tasks.slice(this.#first)
    this.#tasks = []
    this.#first = 0
    return tasks
  }
}
