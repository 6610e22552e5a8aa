import type { Client } from '../clients/client.ts'
import type { Instance } from '../instance.ts'
import { redacted } from '../monitoring/redacted.ts'
import { error } from '../protocol/reply.ts'
import type { Executor, Session } from '../session.ts'
import type { CommandTable, RunnableCommand } from './command-table.ts'
import { missingCommandHint } from './missing-commands.ts'

/** Answers before a command runs: undefined lets it run. */
export type Gate = (session: Session, command: RunnableCommand, args: readonly string[]) => string | undefined

/** Runs requests: looks the command up, refuses what may not run, calls it, and counts. */
export class Dispatcher implements Executor {
  readonly #instance: Instance
  readonly #table: CommandTable
  /** Asked for each request of a client, not for those in transactions and scripts. */
  readonly #gate: Gate

  constructor(instance: Instance, table: CommandTable, gate: Gate) {
    this.#instance = instance
    this.#table = table
    this.#gate = gate
  }

  /** Runs a request of a client, and serves those that waited for what it changed. */
  dispatch(session: Session, args: readonly string[]): string {
    const instance = this.#instance
    const { client } = session
    client.lastUsedAt = instance.clock.now
    const { current } = instance
    instance.current = client
    try {
      const command = this.lookUp(args)
      if (typeof command === 'string') {
        client.lastCommand = 'NULL'
        return this.#refuseUnknown(client, args, command)
      }
      client.lastCommand = command.fullName
      const refusal = this.#gate(session, command, args)
      if (refusal === undefined) return this.call(session, command, args)
      return refusal.charCodeAt(0) === 45 ? this.#refuse(client, command, refusal) : refusal
    } catch (thrown) {
      return instance.transactions.refuse(client, '', instance.faults.reply(client.lastCommand, thrown))
    } finally {
      client.afterRequest?.()
      instance.blocked.serve()
      instance.current = current
    }
  }

  run(session: Session, args: readonly string[]): string {
    const command = this.lookUp(args)
    if (typeof command === 'string') return command
    // It is not charged for what its caller has done since the call before.
    this.#instance.clock.read()
    return this.call(session, command, args)
  }

  find(args: readonly string[]): RunnableCommand | undefined {
    const command = this.#table.get(args[0] as string)
    if (command === undefined || command.subcommandsByName.size === 0 || args.length < 2) return command
    return command.subcommandsByName.get((args[1] as string).toLowerCase())
  }

  /** Returns the command or subcommand of a request, or an error. */
  lookUp(args: readonly string[]): RunnableCommand | string {
    const command = this.find(args)
    if (command === undefined)
      return this.#table.get(args[0] as string) ? unknownSubcommand(args) : unknownCommand(args)
    const { arity } = command
    if (arity >= 0 ? args.length !== arity : args.length < -arity || command.handler === undefined)
      return error(`ERR wrong number of arguments for '${command.fullName}' command`)
    return command
  }

  /** It takes from the last reading of the clock: the begin of a chunk, the end of a call. */
  call(session: Session, command: RunnableCommand, args: readonly string[]): string {
    const { clock, monitors, slowLog, stats, tracking } = this.#instance
    const { stats: calls } = command
    // A script is shown before the commands that it runs, all else after it has run.
    const isShownFirst = monitors.size > 0 && command.flagSet.has('skip_monitor')
    if (isShownFirst) monitors.show(session, command, args)
    const begin = clock.readAt
    let reply: string
    try {
      reply = command.handler?.(session, args) ?? ''
    } catch (thrown) {
      reply = this.#instance.faults.reply(command.fullName, thrown)
      calls.failed++
      stats.countError(reply)
    }
    stats.commands++
    const micros = (clock.read() - begin) * 1_000
    calls.add(micros)
    if (micros >= slowLog.threshold) this.#noteSlow(session.client, command, args, micros)
    if (monitors.size > 0 && !isShownFirst) monitors.show(session, command, args)
    if (tracking.size > 0 && session.origin === 'client') tracking.remember(session.client, command, args)
    return reply
  }

  #noteSlow(client: Client, command: RunnableCommand, args: readonly string[], micros: number): void {
    if (command.flagSet.has('skip_slowlog')) return
    this.#instance.slowLog.add({
      at: Math.floor(this.#instance.clock.now / 1_000),
      duration: Math.floor(micros),
      args: redacted(command, args),
      address: client.link.address,
      clientName: client.name,
    })
  }

  #refuse(client: Client, command: RunnableCommand, refusal: string): string {
    const reply = this.#instance.transactions.refuse(client, command.name, refusal)
    this.#instance.stats.countError(reply)
    command.stats.rejected++
    return reply
  }

  /** @param refusal the command is unknown, or its arguments are too many or too few */
  #refuseUnknown(client: Client, args: readonly string[], refusal: string): string {
    const name = args[0] as string
    if (isOfHttp(name)) {
      client.end()
      return ''
    }
    const command = this.#table.get(name)
    if (command) return this.#refuse(client, command, refusal)
    this.#instance.stats.countError(refusal)
    return this.#instance.transactions.refuse(client, '', refusal)
  }
}

/** A browser that was made to send requests here gets no further. */
function isOfHttp(name: string): boolean {
  const sent = name.toLowerCase()
  return sent === 'post' || sent === 'host:'
}

function short(text: string): string {
  return text.slice(0, 128)
}

function unknownSubcommand(args: readonly string[]): string {
  const [name, subcommand] = args as readonly [string, string]
  return error(`ERR unknown subcommand '${short(subcommand)}'. Try ${name.toUpperCase()} HELP.`)
}

function unknownCommand(args: readonly string[]): string {
  let rest = ''
  for (const arg of args.slice(1)) {
    if (rest.length >= 128) break
    rest += `'${arg.slice(0, 128 - rest.length)}' `
  }
  const name = short(args[0] as string)
  return error(`ERR unknown command '${name}', with args beginning with: ${rest}${missingCommandHint(name)}`)
}
