import type { CommandOptions } from '../redis/command-client.ts'
import type { ScriptText } from '../redis/script-text.ts'

/** Sends commands of the toolkit: at once, or as part of a pipeline or a transaction. */
export interface Commands {
  /**
   * Sends any command. Keys are given without the keyPrefix of the client.
   *
   * @returns the reply, with a Buffer for each string in it
   */
  call(command: string, args: readonly (string | Buffer)[], options?: CommandOptions): Promise<unknown>
  /** Runs a script. @returns the reply, with a Buffer for each string in it */
  runBuffer(
    script: ScriptText,
    keys: readonly string[],
    args: readonly (string | Buffer)[],
    options?: CommandOptions,
  ): Promise<unknown>
}
