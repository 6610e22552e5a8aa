import { LazyError } from '../../errors.ts'
import { isDevelopment, notice } from '../../options/notice.ts'

/**
 * Refuses a Promise as the data of a page, which would be rendered with none of it.
 *
 * @throws LazyError
 */
export function refusePromisedData(data: unknown, template: string): void {
  if (!(data instanceof Promise)) return
  throw new LazyError(
    `The data of ${template} is a Promise: await it before the page is rendered, or pass lazy(() => ...) as one of its values.`,
  )
}

/**
 * Reports that a run used a Promise as if it were the value. In production the page shows what
 * nunjucks gives for it, and the fragments that read it are not stored.
 *
 * @param name of the Promise
 * @param where the template or the fragment
 * @throws LazyError outside production
 */
export function refusePromise(name: string, where: string): void {
  const message =
    `"${name}" is a Promise, and ${where} uses it as a value: templates do not wait. Pass lazy(() => ...) in its ` +
    'place, which is loaded when something that is rendered reads it, or await it before.'
  if (isDevelopment()) throw new LazyError(message)
  notice(message)
}
