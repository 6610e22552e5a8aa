import { statSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { UsageError } from '../command/usage-error.ts'

/** A folder of templates to check. */
export interface CheckTarget {
  readonly folder: string
  /** Names of the templates whose findings are reported; left out: all. */
  readonly only?: Set<string>
}

/** Usual names of folders of templates: a template's name is its path below one. */
const TEMPLATE_FOLDERS = ['views', 'templates']

/**
 * Returns the folders that the command line names, and those of files. All templates of a file's
 * folder are read, since those that it includes, and those that include it, are part of its page.
 * @throws UsageError
 */
export function targetsOf(paths: readonly string[], root: string | undefined): readonly CheckTarget[] {
  const targets = new Map<string, CheckTarget>()
  for (const path of paths) {
    const stats = statSync(path, { throwIfNoEntry: false })
    if (stats?.isDirectory()) targets.set(path, { folder: path })
    else if (stats) addFile(path, root, targets)
    else throw new UsageError(`There is no file or folder ${resolve(path)}.`)
  }
  return [...targets.values()]
}

function addFile(file: string, root: string | undefined, targets: Map<string, CheckTarget>): void {
  const folder = root ?? rootOf(file)
  const name = relative(folder, file).split(sep).join('/')
  if (name.startsWith('../../')) throw new UsageError(`${file} is not in ${folder} (--root).`)
  const target = targets.get(folder)
  if (target && !target.only) return // The whole folder is checked already.
  targets.set(folder, { folder, only: new Set([...(target?.only ?? []), name]) })
}

/**
 * Returns the folder that a template is most likely found in: `views` or `templates` on its path,
 * or the first folder of the path.
 */
function rootOf(file: string): string {
  const below = dirname(relative('', resolve(file)))
  const names = below.split(sep)
  const at = names.findIndex((name) => TEMPLATE_FOLDERS.includes(name))
  return at === -1 ? (names[0] as string) : join(...names.slice(0, at + 1))
}
