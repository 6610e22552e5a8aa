import { OptionError } from '../../errors.ts'
import { show } from '../../options/show.ts'
import { checkMaxBytes } from '../store-options.ts'

const DEFAULT_MAX_BYTES = 1024 * 1024 * 1024
const SMALLEST_MAX_BYTES = 1024 * 1024

/** @throws OptionError */
export function checkPath(owner: string, path: unknown): string {
  if (typeof path === 'string' && path !== '') return path
  throw new OptionError(`${owner}: path must be the path of the file, such as './cache'; got ${show(path)}`)
}

/** @throws OptionError */
export function checkFileBytes(owner: string, maxBytes: unknown = DEFAULT_MAX_BYTES): number {
  return checkMaxBytes(owner, maxBytes, SMALLEST_MAX_BYTES, '1GB')
}
