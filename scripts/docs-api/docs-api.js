/**
 * Writes the reference of all public types, from the docstrings of src/.
 *
 *     npm run docs:api             to docs/api
 *     npm run docs:api -- DIR
 *
 * A warning of typedoc is an error: a public signature names a type that no entry point exports, or
 * a link leads nowhere. So is an optional member of a public type without `@defaultValue`.
 */

import { readFileSync } from 'node:fs'
import { register } from 'node:module'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

register('./typescript-hook.js', import.meta.url)
const { Application } = await import('typedoc')
const { missingDefaults } = await import('./missing-defaults.js')

const { exports } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
const sources = Object.values(/** @type {Record<string, string>} */ (exports))
  .filter((file) => file.endsWith('.js'))
  .map((file) => join(ROOT, file.replace('./dist/', 'src/').replace(/\.js$/, '.ts')))

const application = await Application.bootstrap({
  name: 'onetrip',
  entryPoints: sources,
  tsconfig: join(ROOT, 'tsconfig.build.json'),
  basePath: join(ROOT, 'src'),
  out: resolve(process.argv[2] ?? join(ROOT, 'docs/api')),
  readme: 'none',
  excludeInternal: true,
  excludePrivate: true,
  disableSources: true,
  treatWarningsAsErrors: true,
})
const project = await application.convert()
if (project) {
  application.validate(project)
  for (const name of missingDefaults(project)) application.logger.error(`${name} has no @defaultValue`)
  await application.generateOutputs(project)
}
if (!project || application.logger.hasErrors() || application.logger.hasWarnings()) process.exit(1)
