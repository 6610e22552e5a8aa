import { type Place, pathsOf } from './place.ts'

/** Returns the script for fish. Words that are neither commands nor options are files. */
export function fishScript(program: string, places: readonly Place[]): string {
  const lines = places.flatMap(({ path, words, options }) => {
    const begin = `complete -c ${program} -n ${quoted(`__${program}_at "${path}"`)}`
    return [
      ...words.map(({ name, description }) => `${begin} -f -a ${name} -d ${quoted(description)}`),
      ...options.map(({ name, short, takesValue, description }) =>
        [
          `${begin} -l ${name}`,
          ...(short === undefined ? [] : [`-s ${short}`]),
          ...(takesValue ? ['-r'] : []),
          `-d ${quoted(description)}`,
        ].join(' '),
      ),
    ]
  })
  return `# Completes ${program} in fish: ${program} completion fish | source
function __${program}_at
  set -l at
  for one in (commandline -opc)[2..-1]
    switch "$at $one"
      case ${pathsOf(places).map(quoted).join(' ')}
        set at "$at $one"
    end
  end
  test "$at" = "$argv[1]"
end
${lines.join('\n')}
`
}

/** Returns a text in single quotes, in which fish knows backslashes. */
function quoted(text: string): string {
  return `'${text.replaceAll(/[\\']/g, '\\$&')}'`
}
