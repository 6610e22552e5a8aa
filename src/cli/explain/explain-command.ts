import { CliCommand } from '../command/cli-command.ts'
import { jsonOption } from '../command/json-option.ts'
import { collected } from '../command/option-readers.ts'
import { FOUND, UNREACHABLE } from '../exit-codes.ts'

/** Options of `onetrip explain`. */
export interface ExplainFlags {
  readonly header?: readonly string[]
  readonly json?: true
}

export function explainCommand(): CliCommand {
  return new CliCommand('explain')
    .summary('asks a running site why each fragment of a page was a hit or a miss')
    .description(
      `Requests a page of a running site with ?onetrip=explain, and prints the outcome of each
fragment and a waterfall of all steps. The page is rendered and stored as always. In development a
site explains pages to requests of its own machine and network; in production only to requests that
the option overlay: { authorize } lets through: give what it looks at by --header.`,
    )
    .argument('<url>', 'the address of a page')
    .option(
      '-H, --header <line>',
      "a header of the request, such as 'Cookie: session=...'; may be given several times",
      collected,
    )
    .addOption(jsonOption('print the answer of the site as it is'))
    .example('onetrip explain http://localhost:3000/', 'explains the home page')
    .example(
      "onetrip explain https://shop.example/film/42 -H 'Cookie: session=abc'",
      'with the rights of a user',
    )
    .exits(FOUND, 'the site does not explain this page to this request')
    .exits(UNREACHABLE, 'the site does not answer')
    .runs(async (url: string, flags: ExplainFlags) => {
      const { explain } = await import('./explain.ts')
      return explain(url, flags, process.stdout, process.stderr)
    })
}
