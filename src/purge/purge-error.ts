import { OnetripError } from '../errors.ts'

/**
 * A cache in front of the site that did not purge pages (`cause` is its error). Never thrown: it is
 * an event.
 */
export class PurgeError extends OnetripError {
  constructor(message: string, options?: ErrorOptions) {
    super('ERR_ONETRIP_PURGE', message, options)
  }
}
