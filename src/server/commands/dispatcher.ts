import type { Client } from '../clients/client.ts'
import { elapsed } from '../clock.ts'
import { type Instance, replyOfError } from '../instance.ts'
import { error } from '../protocol/reply.ts'
import type { Executor, Session } from '../session.ts'
import type { CommandTable, RunnableCommand } from './command-table.ts'

/** Answers before a command runs: undefined lets it run. */
export type Gate = (session: Session, command: RunnableCommand, args: readonly string[]) => string | undefined

/** Runs requests: looks the command up, refuses what may not run, calls it, and counts. */
export class Dispatcher implements Executor {
  readonly #instance: Instance
  readonly #table: CommandTable
  /** Run in this order for each request of a client, not for those in transactions and scripts. */
  readonly #gates: readonly Gate[]

  constructor(instance: Instance, table: CommandTable, gates: readonly Gate[]) {
    this.#instance = instance
    this.#table = table
    this.#gates = gates
  }

  /** Runs a request of a client, and serves those that waited for what it changed. */
  dispatch(session: Session, args: readonly string[]): string {
    const instance = this.#instance
    const { client } = session
    client.lastUsedAt = instance.clock.now
    instance.current = client
    try {
      const command = this.lookUp(args)
      const refusal = typeof command === 'string' ? command : this.#refusal(session, command, args)
      if (refusal !== undefined) {
        if (refusal.charCodeAt(0) === 45) this.#countRefusal(client, command, refusal)
        return refusal
      }
      return this.call(session, command as RunnableCommand, args)
    } finally {
      instance.current = undefined
      instance.blocked.serve()
    }
  }

  run(session: Session, args: readonly string[]): string {
    const command = this.lookUp(args)
    return typeof command === 'string' ? command : this.call(session, command, args)
  }

  /** Returns the command or subcommand of a request, or an error. */
  lookUp(args: readonly string[]): RunnableCommand | string {
    const name = args[0] as string
    let command = this.#table.get(name)
    if (command === undefined) return unknownCommand(args)
    if (command.subcommandsByName.size > 0 && args.length > 1) {
      const subcommand = command.subcommandsByName.get((args[1] as string).toLowerCase())
      if (subcommand === undefined)
        return error(`ERR unknown subcommand '${short(args[1] as string)}'. Try ${name.toUpperCase()} HELP.`)
      command = subcommand
    }
    const { arity } = command
    if (arity >= 0 ? args.length !== arity : args.length < -arity || command.handler === undefined)
      return error(`ERR wrong number of arguments for '${command.fullName}' command`)
    return command
  }

  /** Calls a command that may run. */
  call(session: Session, command: RunnableCommand, args: readonly string[]): string {
    const { stats } = this.#instance
    const begin = elapsed()
    let reply: string
    try {
      reply = command.handler?.(session, args) ?? ''
    } catch (thrown) {
      reply = replyOfError(thrown)
    }
    stats.commands++
    const { stats: calls } = command
    const micros = (elapsed() - begin) * 1_000
    calls.add(micros)
    if (micros >= this.#instance.slowLog.threshold) this.#noteSlow(session.client, command, args, micros)
    session.client.lastCommand = command.fullName
    if (reply.charCodeAt(0) === 45) {
      calls.failed++
      countError(stats.errors, reply)
    } else if (this.#instance.readListeners.length > 0 && command.flagSet.has('readonly')) {
      for (const listener of this.#instance.readListeners) listener(session.client, command, args)
    }
    return reply
  }

  #noteSlow(client: Client, command: RunnableCommand, args: readonly string[], micros: number): void {
    if (command.flagSet.has('skip_slowlog')) return
    // Passwords are nobody's business.
    const hidden = command.flagSet.has('no_auth') && args.length > 1
    this.#instance.slowLog.add({
      at: Math.floor(this.#instance.clock.now / 1_000),
      duration: Math.floor(micros),
      args: hidden ? [args[0] as string, '(redacted)'] : args,
      address: client.link.address,
      clientName: client.name,
    })
  }

  #refusal(session: Session, command: RunnableCommand, args: readonly string[]): string | undefined {
    for (const gate of this.#gates) {
      const refusal = gate(session, command, args)
      if (refusal !== undefined) return refusal
    }
    return undefined
  }

  #countRefusal(client: Client, command: RunnableCommand | string, refusal: string): void {
    countError(this.#instance.stats.errors, refusal)
    if (typeof command === 'string') {
      client.onRefusal?.()
      return
    }
    command.stats.rejected++
    client.onRefusal?.()
  }
}

function countError(errors: Map<string, number>, reply: string): void {
  const code = reply.slice(1, Math.max(1, reply.search(/[ \r]/)))
  errors.set(code, (errors.get(code) ?? 0) + 1)
}

function short(text: string): string {
  return text.slice(0, 128)
}

function unknownCommand(args: readonly string[]): string {
  let rest = ''
  for (const arg of args.slice(1)) {
    if (rest.length >= 128) break
    rest += `'${arg.slice(0, 128 - rest.length)}' `
  }
  return error(`ERR unknown command '${short(args[0] as string)}', with args beginning with: ${rest}`)
}
