import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const ROOT = join(import.meta.dirname, '../..')
const DEPLOY = join(ROOT, 'deploy')

const files = readdirSync(DEPLOY, { recursive: true, encoding: 'utf8' }).filter((name) =>
  statSync(join(DEPLOY, name)).isFile(),
)

/** Names of files of deploy/nginx as comments, includes and the docs write them. */
const NAMED = /\b(?:(?:conf\.d|snippets|lua)\/)?[\w-]+\.(?:conf|lua)\b/g
/** Names of nginx itself, or of the folder of a site. */
const OTHERS = new Set(['nginx.conf'])

test.each(['docs/nginx.md', ...files.map((name) => `deploy/${name}`)])(
  '%s names files that there are',
  (path) => {
    const named = readFileSync(join(ROOT, path), 'utf8').match(NAMED) ?? []
    const known = files.map((name) => name.replace(/^nginx\//, ''))
    const unknown = named.filter(
      (name) => !OTHERS.has(name) && !known.some((one) => one === name || one.endsWith(`/${name}`)),
    )
    expect(unknown).toEqual([])
  },
)
