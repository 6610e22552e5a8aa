import { readdirSync, statSync } from 'node:fs'
import { join, relative, resolve, sep } from 'node:path'
import type { CheckOptions } from '../../engines/nunjucks/analysis/check.ts'
import type { Finding } from '../../engines/nunjucks/analysis/finding.ts'
import { nunjucksCheck } from '../../engines/nunjucks/check.ts'
import { OnetripError } from '../../errors.ts'
import { UsageError } from '../command/usage-error.ts'
import { DONE, FOUND } from '../exit-codes.ts'
import type { Output } from '../output/output.ts'
import type { CheckFlags } from './check-command.ts'
import { importDefinitions } from './check-definitions.ts'
import { dataPolicyOf, importEnvironment, refuseWrongExtensions } from './check-options.ts'
import { targetsOf } from './check-targets.ts'

/** A finding, with its file. */
type Located = Finding & { readonly file: string }

/**
 * Runs `onetrip check`.
 * @param paths folders and files
 * @returns the exit code
 * @throws UsageError
 */
export async function check(paths: readonly string[], flags: CheckFlags, output: Output): Promise<number> {
  const { extensions, root, fragments } = flags
  refuseWrongExtensions(extensions)
  const options = {
    dataPolicy: dataPolicyOf(flags),
    hasTtl: flags.ttl === true,
    versioned: flags.versioned ?? [],
    problemOf: fragments === undefined ? undefined : await importDefinitions(fragments),
  }
  const environment = flags.environment ? await importEnvironment(flags.environment) : undefined
  const found: Located[] = []
  let files = 0
  for (const { folder, only } of targetsOf(paths, root)) {
    const names = templatesIn(folder, extensions)
    files += only?.size ?? names.length
    const at = ({ template }: Finding) => relative('', join(folder, template))
    for (const finding of findingsIn(folder, names, options, environment)) {
      const concerns = [finding.template, finding.fragment?.template]
      if (!only || concerns.some((name) => name !== undefined && only.has(name)))
        found.push({ ...finding, file: at(finding) })
    }
  }
  PRINT[flags.json ? 'json' : flags.github ? 'github' : 'text'](found, files, output)
  return found.length > 0 ? FOUND : DONE
}

function findingsIn(
  folder: string,
  names: readonly string[],
  options: CheckOptions,
  environment: object | undefined,
): readonly Finding[] {
  try {
    return nunjucksCheck({ root: folder, ...(environment && { environment }) }, names, options)
  } catch (error) {
    if (error instanceof OnetripError) throw new UsageError(error.message)
    throw error
  }
}

function templatesIn(folder: string, extensions: readonly string[]): string[] {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    throw new UsageError(`There is no folder ${resolve(folder)}.`)
  }
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => extensions.some((extension) => name.endsWith(extension)))
    .map((name) => name.split(sep).join('/'))
    .sort()
  if (names.length > 0) return names
  throw new UsageError(
    `There is no template in ${resolve(folder)}: none of its files ends with ${extensions.join(', ')} (--extensions).`,
  )
}

const PRINT = {
  text(found: readonly Located[], files: number, output: Output): void {
    for (const { file, line, kind, message } of found)
      output.write(`${file}:${line}  ${kind}\n  ${message}\n\n`)
    output.write(
      `${count(files, 'template')}, ${found.length === 0 ? 'nothing found' : count(found.length, 'finding')}\n`,
    )
  },

  json(found: readonly Located[], files: number, output: Output): void {
    output.write(`${JSON.stringify({ templates: files, findings: found }, null, 2)}\n`)
  },

  /** https://docs.github.com/actions/reference/workflow-commands-for-github-actions */
  github(found: readonly Located[], files: number, output: Output): void {
    for (const { file, line, kind, message } of found) {
      output.write(
        `::error file=${property(file)},line=${Math.max(line, 1)},title=${property(`onetrip: ${kind}`)}::${escaped(message)}\n`,
      )
    }
    output.write(`${count(files, 'template')}, ${count(found.length, 'finding')}\n`)
  },
}

function escaped(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function property(text: string): string {
  return escaped(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}

function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`
}
