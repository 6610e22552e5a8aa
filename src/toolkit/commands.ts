import type { CommandOptions } from '../redis/command-client.ts'
import type { ScriptText } from '../redis/script-text.ts'
import type { Conversions } from '../redis/waiting-commands.ts'

/** Sends commands of the toolkit: at once, or as part of a pipeline or a transaction. */
export interface Commands {
  /**
   * Sends any command. Keys are given without the keyPrefix of the client.
   *
   * @returns the reply, with a Buffer for each string in it
   */
  call(command: string, args: readonly (string | Buffer)[], options?: CommandOptions): Promise<unknown>
  /** Sends a command like {@link call}, and converts its reply, and its error, on the way. */
  request<T>(command: string, args: readonly (string | Buffer)[], conversions: Conversions<T>): Promise<T>
  /** Runs a script. @returns the reply, with a Buffer for each string in it */
  runBuffer(
    script: ScriptText,
    keys: readonly string[],
    args: readonly (string | Buffer)[],
    options?: CommandOptions,
  ): Promise<unknown>
}
