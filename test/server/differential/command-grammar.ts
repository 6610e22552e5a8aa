/** Makes the words of a name such as `<key>`. */
export type WordMaker = (next: (bound: number) => number) => readonly string[]

/**
 * Makes a random request of a form, which reads as the documentation of Redis does:
 *
 * - `<name>` is a value, made by the maker of this name
 * - `[a|b c]` is one of these, or nothing
 * - `(a|b c)` is one of these
 * - `...` after any of these: once, or up to three times
 *
 * @example requestOf('SET <key> <value> [NX|XX] [EXAT <future>|KEEPTTL]', makers, next)
 */
export function requestOf(
  form: string,
  makers: Readonly<Record<string, WordMaker>>,
  next: (bound: number) => number,
): string[] {
  const tokens = form.match(/[[\]()|]|\.\.\.|[^\s[\]()|.]+(?:\.[^\s[\]()|.]+)*/g) ?? []
  let at = 0

  /** Reads words up to an end of this group. Those of groups that are not taken are made, too. */
  const words = (): string[] => {
    const out: string[] = []
    while (at < tokens.length && !'|])'.includes(tokens[at] as string)) {
      const begin = at
      let made = item()
      if (tokens[at] === '...') {
        const end = at + 1
        for (let more = next(3); more > 0; more--) {
          at = begin
          made = made.concat(item())
        }
        at = end
      }
      out.push(...made)
    }
    return out
  }

  const item = (): readonly string[] => {
    const token = tokens[at++] as string
    if (token === '[' || token === '(') return group(token === '[')
    const name = /^<(.*)>$/.exec(token)?.[1]
    if (name === undefined) return [token]
    const maker = makers[name]
    if (!maker) throw new Error(`no maker of <${name}> in ${form}`)
    return maker(next)
  }

  const group = (isOptional: boolean): readonly string[] => {
    const choices: string[][] = [words()]
    while (tokens[at] === '|') {
      at++
      choices.push(words())
    }
    at++
    const chosen = next(choices.length + (isOptional ? 1 : 0))
    return choices[chosen] ?? []
  }

  return words()
}
