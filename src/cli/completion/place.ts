/** A command, as a place of a command line at which words are completed. */
export interface Place {
  /** The words of the command, each with a space before it: `''`, ` queue`, ` queue list`. */
  readonly path: string
  /** Commands, or the values that an argument may have. */
  readonly words: readonly { readonly name: string; readonly description: string }[]
  readonly options: readonly {
    /** Without the dashes. */
    readonly name: string
    readonly short: string | undefined
    readonly takesValue: boolean
    readonly description: string
  }[]
}

/** Returns the paths that a word may lead to. */
export function pathsOf(places: readonly Place[]): string[] {
  return places.map(({ path }) => path).filter((path) => path !== '')
}

/** Returns a text in single quotes of bash and zsh. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
