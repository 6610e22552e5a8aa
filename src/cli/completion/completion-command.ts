import { Argument } from 'commander'
import { CliCommand } from '../command/cli-command.ts'

const SHELLS = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof SHELLS)[number]

export function completionCommand(): CliCommand {
  const command = new CliCommand('completion')
  return command
    .summary('prints a script that completes command lines in your shell')
    .description(
      `Prints a script by which the Tab key completes commands and options of onetrip. It has to be
on your PATH: npm install -g onetrip, or export PATH="$PWD/node_modules/.bin:$PATH" in a project.

  bash, in ~/.bashrc                  eval "$(onetrip completion bash)"
  zsh, in ~/.zshrc after compinit     eval "$(onetrip completion zsh)"
  fish                                onetrip completion fish > ~/.config/fish/completions/onetrip.fish`,
    )
    .addArgument(new Argument('<shell>', 'the name of your shell').choices(SHELLS))
    .example('eval "$(onetrip completion bash)"', 'completes in the shell that runs')
    .example('onetrip completion fish | source', 'the same in fish')
    .runs(async (shell: Shell) => {
      const { completion } = await import('./completion.ts')
      process.stdout.write(completion(shell, command.parent ?? command))
      return 0
    })
}
