/** Process ids, and a temporary folder, of a run under way. */
export interface Report {
  readonly worker: number
  readonly children: readonly number[]
  readonly folder: string
}
