import { type CheckOptions, checkTemplates } from './analysis/check.ts'
import type { Finding } from './analysis/finding.ts'
import { type NunjucksEngine, type NunjucksEngineOptions, nunjucksEngine } from './engine.ts'

/**
 * Checks the templates of a folder, or of an environment, without data.
 * @throws OptionError
 */
export function nunjucksCheck(
  { root, environment }: Pick<NunjucksEngineOptions, 'root' | 'environment'>,
  names: readonly string[],
  options: CheckOptions,
): readonly Finding[] {
  const engine: NunjucksEngine = nunjucksEngine(
    environment ? { environment } : { ...(root !== undefined && { root }), noCache: false },
  )
  return checkTemplates(engine.environment, names, options)
}
