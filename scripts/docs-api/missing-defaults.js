import { ReflectionKind } from 'typedoc'

/** Types that the package returns, and clients of others: absent members have no default. */
const WITHOUT_DEFAULTS =
  /\.(Advice|ExplainedStep|FragmentEvent|FragmentReport|InspectedEntry|PageExplanation|PinoBindings|TagState|TracedFragment|TraceSpan|QueueEvent|Schedule|StoredError|StreamError|Copy|RedisClient)\./

/**
 * Returns the names of optional properties without `@defaultValue`. One that cannot be set
 * (`client?: undefined`) needs none.
 *
 * @param {import('typedoc').ProjectReflection} project
 * @returns {string[]} full names, such as `index.FragmentCacheOptions.ttl`
 */
export function missingDefaults(project) {
  const properties = /** @type {import('typedoc').DeclarationReflection[]} */ (
    project.getReflectionsByKind(ReflectionKind.Property)
  )
  return properties
    .filter(
      (property) =>
        property.flags.isOptional &&
        String(property.type) !== 'undefined' &&
        project.getSymbolIdFromReflection(property)?.packageName === 'onetrip' &&
        !property.comment?.getTag('@defaultValue'),
    )
    .map((property) => property.getFullName())
    .filter((name) => !WITHOUT_DEFAULTS.test(name))
}
