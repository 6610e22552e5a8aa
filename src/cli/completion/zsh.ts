import { type Place, pathsOf, quoted } from './place.ts'

/** Returns the script for zsh. Words that are neither commands nor options are files. */
export function zshScript(program: string, places: readonly Place[]): string {
  const cases = places.map(({ path, words, options }) => {
    const names = words.map(({ name, description }) => entry(name, description))
    const flags = options.map(({ name, description }) => entry(`--${name}`, description))
    return `    ${quoted(path)})
      known=(${names.join(' ')})
      options=(${flags.join(' ')})
      ;;`
  })
  return `#compdef ${program}
# Completes ${program} in zsh: eval "$(${program} completion zsh)", after compinit
_${program}() {
  local at= one
  local -a known options
  for one in "\${(@)words[2,CURRENT-1]}"; do
    case "$at $one" in
      ${pathsOf(places).map(quoted).join(' | ')}) at="$at $one" ;;
    esac
  done
  case "$at" in
${cases.join('\n')}
  esac
  if [[ $PREFIX == -* ]]; then
    _describe option options
  elif (( $#known )); then
    _describe command known
  else
    _files
  fi
}
if [[ $funcstack[1] == _${program} ]]; then
  _${program} "$@"
else
  compdef _${program} ${program}
fi
`
}

/** Returns a name with its description, as _describe reads it. */
function entry(name: string, description: string): string {
  return quoted(`${name}:${description.replaceAll(/[\\:]/g, '\\$&')}`)
}
