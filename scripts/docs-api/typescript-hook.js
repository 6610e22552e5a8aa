/**
 * A hook of Node's module loader: typedoc imports `typescript`, and gets TypeScript 6. TypeScript 7
 * has no API that typedoc could use.
 *
 * @type {import('node:module').ResolveHook}
 */
export function resolve(specifier, context, nextResolve) {
  return nextResolve(specifier === 'typescript' ? 'typescript6' : specifier, context)
}
