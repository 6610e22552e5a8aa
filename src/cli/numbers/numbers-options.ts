import { Option } from 'commander'
import { toMilliseconds } from '../../options/duration.ts'
import type { CliCommand } from '../command/cli-command.ts'
import { jsonOption } from '../command/json-option.ts'
import { refusing } from '../command/option-readers.ts'
import { FOUND } from '../exit-codes.ts'
import { type RedisFlags, withRedisOptions } from '../store/cache-options.ts'

/** Options of commands that show numbers of a span of time. */
export interface NumbersFlags extends RedisFlags {
  /** In milliseconds; undefined: an hour, or a minute with `watch`. */
  readonly since?: number
  readonly watch?: true
  /** In milliseconds. */
  readonly interval: number
  readonly json?: true
}

/** Interval of `--watch`, in milliseconds. */
const INTERVAL = 2_000

// A number without a unit is refused: seconds are easily meant where milliseconds are read.
const time = (name: string) =>
  refusing(
    (text) => {
      const ms = /\D/.test(text) ? toMilliseconds(text, `--${name}`) : 0
      if (ms >= 1_000) return ms
      throw new Error('too short')
    },
    (text) => `--${name} must be a time of at least 1 s, such as 30s, 15m or 24h, not ${text}.`,
  )

/** Adds the options of {@link NumbersFlags}. */
export function withNumbersOptions(command: CliCommand): CliCommand {
  return withRedisOptions(command, 'the metrics')
    .addOption(
      new Option(
        '--since <time>',
        'the time that is looked back, such as 15m or 24h; of more than some minutes, whole minutes, hours or days',
      )
        .argParser(time('since'))
        .default(undefined, '1h; with --watch 1m'),
    )
    .option('-w, --watch', 'show it again and again, until Ctrl-C')
    .addOption(
      new Option('--interval <time>', 'the time between two looks of --watch')
        .argParser(time('interval'))
        .default(INTERVAL, '2s'),
    )
    .addOption(jsonOption('print JSON; with --watch an object on each line'))
    .exits(FOUND, 'nothing was counted')
}
