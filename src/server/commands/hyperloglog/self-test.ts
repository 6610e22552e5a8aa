import { CommandError } from '../../command-error.ts'
import { OK } from '../../protocol/reply.ts'
import type { Handler } from '../command.ts'
import { observe, REGISTERS } from './registers.ts'
import { estimateValues, Sketch } from './sketch.ts'

/** Elements that are added: few enough to take less than a second. Redis adds 10,000,000. */
const ELEMENTS = 100_000
/** How many standard errors an estimate may be off. */
const MAX_ERRORS = 6
const STANDARD_ERROR = 1.04 / Math.sqrt(REGISTERS)

/** Adds elements to a sparse and a dense HyperLogLog, and compares their estimates. */
export const pfselftest: Handler = ({ instance }) => {
  const maxSparseBytes = instance.config.number('hll-sparse-max-bytes')
  const sparse = Sketch.empty()
  const dense = Sketch.empty()
  dense.makeDense()
  let checkpoint = 1
  for (let added = 1; added <= ELEMENTS; added++) {
    const { index, value } = observe(String(added))
    dense.raise(index, value, maxSparseBytes)
    sparse.raise(index, value, maxSparseBytes)
    if (added !== checkpoint) continue
    checkpoint *= 10
    if (sparse.isDense && added < maxSparseBytes / 2)
      throw new CommandError('ERR TESTFAILED sparse encoding not used')
    const estimate = estimateValues(dense.values())
    if (estimate !== estimateValues(sparse.values()))
      throw new CommandError('ERR TESTFAILED dense/sparse disagree')
    const error = Math.abs(added - estimate)
    if (error > Math.ceil(STANDARD_ERROR * MAX_ERRORS * added))
      throw new CommandError(`ERR TESTFAILED Too big error. card:${added} abserr:${error}`)
  }
  return OK
}
