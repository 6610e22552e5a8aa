import type { Command } from 'commander'

/** A line that shows the use of a command. */
export interface Example {
  /** The command line, without `npx`. */
  readonly line: string
  /** The effect of it. */
  readonly effect: string
}

/** A command of the parser, with all that its help and docs/cli.md show of it. */
export interface DescribedCommand extends Command {
  /** The words that call it, such as `onetrip queue retry`. */
  readonly path: string
  readonly examples: readonly Example[]
  /** Meanings of the exit codes, beside those that all commands have. */
  readonly exitCodes: ReadonlyMap<number, string>
}
