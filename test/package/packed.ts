import { execFileSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'

export const ROOT = resolve(import.meta.dirname, '../..')

/** npm beside the node that runs this, so that both are of one version. */
const NPM = join(dirname(process.execPath), '../lib/node_modules/npm/bin/npm-cli.js')

/** Returns the program and the arguments that run npm. */
export function npmCommand(args: readonly string[]): [program: string, args: string[]] {
  return existsSync(NPM) ? [process.execPath, [NPM, ...args]] : ['npm', [...args]]
}

/** The names that the package exports modules under: `onetrip`, `onetrip/fastify`. */
export const ENTRY_POINTS: readonly string[] = Object.entries(
  (JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { exports: Record<string, string> })
    .exports,
)
  .filter(([, file]) => file.endsWith('.js'))
  .map(([name]) => name.replace(/^\./, 'onetrip'))

/**
 * A project in a temporary folder whose node_modules has the packed tarball, and the packages that
 * it needs.
 */
export class Project {
  readonly folder = mkdtempSync(join(tmpdir(), 'onetrip-package-'))

  constructor() {
    const pack = ['pack', '--ignore-scripts', '--silent', '--pack-destination', this.folder]
    const tarball = execFileSync(...npmCommand(pack), { cwd: ROOT, encoding: 'utf8' }).trim()
    const modules = join(this.folder, 'node_modules')
    mkdirSync(join(modules, 'onetrip'), { recursive: true })
    const extract = [
      '-xzf',
      join(this.folder, tarball),
      '-C',
      join(modules, 'onetrip'),
      '--strip-components=1',
    ]
    execFileSync('tar', extract)
    for (const name of readdirSync(join(ROOT, 'node_modules')).filter((one) => !one.startsWith('.'))) {
      symlinkSync(join(ROOT, 'node_modules', name), join(modules, name))
    }
  }

  write(name: string, text: string): void {
    mkdirSync(dirname(join(this.folder, name)), { recursive: true })
    writeFileSync(join(this.folder, name), text)
  }

  remove(): void {
    rmSync(this.folder, { recursive: true })
  }
}
