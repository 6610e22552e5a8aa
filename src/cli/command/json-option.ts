import { Option } from 'commander'

/** Returns the option `--json`. */
export function jsonOption(description = 'print JSON for other programs'): Option {
  return new Option('--json', description)
}
