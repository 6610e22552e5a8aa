import { type Place, pathsOf, quoted } from './place.ts'

/** Returns the script for bash. Words that are neither commands nor options are files. */
export function bashScript(program: string, places: readonly Place[]): string {
  const cases = places.map(({ path, words, options }) => {
    const names = words.map(({ name }) => name).join(' ')
    const flags = options.map(({ name }) => `--${name}`).join(' ')
    return `    ${quoted(path)}) words=${quoted(names)} options=${quoted(flags)} ;;`
  })
  return `# Completes ${program} in bash: eval "$(${program} completion bash)"
_${program}() {
  local typed=\${COMP_WORDS[COMP_CWORD]} at= one words options
  for one in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$at $one" in
      ${pathsOf(places).map(quoted).join(' | ')}) at="$at $one" ;;
    esac
  done
  case "$at" in
${cases.join('\n')}
  esac
  if [[ $typed == -* ]]; then
    COMPREPLY=($(compgen -W "$options" -- "$typed"))
  else
    COMPREPLY=($(compgen -W "$words" -- "$typed"))
  fi
}
complete -o default -F _${program} ${program}
`
}
