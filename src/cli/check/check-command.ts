import { Option } from 'commander'
import { CliCommand } from '../command/cli-command.ts'
import { jsonOption } from '../command/json-option.ts'
import { list } from '../command/option-readers.ts'
import { FOUND } from '../exit-codes.ts'

/** Options of `onetrip check`. */
export interface CheckFlags {
  readonly json?: true
  readonly github?: true
  readonly ttl?: true
  readonly strict?: true
  readonly perRequest?: string[]
  readonly perVisitor?: string[]
  readonly shared?: string[]
  readonly identities?: string[]
  readonly defaultVary?: string[]
  readonly versioned?: string[]
  readonly root?: string
  readonly extensions: string[]
  readonly fragments?: string
  readonly environment?: string
}

const EXTENSIONS = ['.njk', '.nunjucks', '.html', '.htm', '.j2', '.jinja', '.xml']

export function checkCommand(): CliCommand {
  return new CliCommand('check')
    .summary("finds fragments that would show one visitor's content to another")
    .description(
      `Finds fragments that would show one visitor's content to another, and other mistakes in
templates, without data and without a store.

It reads all templates in the folders, each as a page with all that it includes, imports and
extends. Of files (as lint-staged gives them) it prints what concerns them; it reads all of their
folder.`,
    )
    .argument('<folder...>', 'a folder of templates')
    .addOption(jsonOption('print findings as JSON').conflicts('github'))
    .option('--github', 'print findings as annotations of GitHub Actions')
    .option('--ttl', 'the cache has the option ttl: a fragment without ttl and tags is not a finding')
    .option('--per-request <a,b>', 'names that are printed for each request, as in perRequest', list)
    .option('--per-visitor <a,b>', 'names that belong to one visitor (safety.perVisitor)', list)
    .option('--shared <a,b>', 'names that are the same for all visitors (safety.shared)', list)
    .option('--identities <a,b>', 'properties that tell an object from others (safety.identities)', list)
    .option('--default-vary <a,b>', 'what every fragment varies by (keys.defaultVary)', list)
    .option('--strict', 'report every name that is neither in the key nor shared')
    .option('--versioned <a,b>', 'objects that are versioned parts of keys', list)
    .option(
      '--root <folder>',
      'of files, the folder that templates are found in (default: the views or templates on their path, or the first folder of it)',
    )
    .addOption(
      new Option('--extensions <a,b>', 'files that are templates')
        .argParser(list)
        .default(EXTENSIONS, EXTENSIONS.join(',')),
    )
    .option(
      '--fragments <file.js>',
      'a module that exports your defined fragments, or the cache: the names and the parameters of {% fragment %} are checked, too',
    )
    .option(
      '--environment <file.js>',
      'a module whose default export is your nunjucks Environment, where templates use tags of other extensions',
    )
    .example('onetrip check views/', 'prints findings, each with what to do')
    .example('onetrip check views/ --github', 'marks them in a pull request')
    .exits(FOUND, 'there are findings')
    .runs(async (paths: string[], flags: CheckFlags) => {
      const { check } = await import('./check.ts')
      return check(paths, flags, process.stdout)
    })
}
