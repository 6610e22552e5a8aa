import { TagError } from '../../../errors.ts'
import type { DefinedCall } from '../../defined-call.ts'

/** Refuses a `{% fragment %}` where no cache renders, which alone knows the definition. */
export function refuseDefined({ name, place }: DefinedCall): never {
  throw new TagError(
    `{% fragment "${name}" %} needs a cache (${place.template}, line ${place.line}): render the template by cache.render(), ` +
      'or call installCache(), which lets the environment use the cache.',
  )
}
