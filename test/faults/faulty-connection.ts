import type { Socket } from 'node:net'
import type { Changed, Fault } from './fault.ts'
import { commandName, Values } from './resp.ts'

/** A command of the client, to be answered by the server or by the proxy in its place. */
interface Asked {
  readonly command: string
  answer?: Changed
}

/**
 * Joins a client and a server, command by command and answer by answer.
 * @param fault the one that there is at the moment
 * @param strike is called whenever it has changed something
 */
export function joinWithFaults(
  client: Socket,
  upstream: Socket,
  fault: () => Fault,
  strike: () => void,
): void {
  const commands = new Values()
  const replies = new Values()
  const asked: Asked[] = []
  const toServer = line(fault, (bytes) => upstream.write(bytes))
  const toClient = line(fault, (bytes) => client.write(bytes))
  let mute = false

  /** Answers go out in the order of their commands, whoever gave them. */
  const sendAnswers = (): void => {
    for (let next = asked[0]; next?.answer !== undefined && !mute; next = asked[0]) {
      asked.shift()
      if (Buffer.isBuffer(next.answer)) {
        toClient(next.answer)
        continue
      }
      mute = true
      if (next.answer === 'mute') return
      client.write(next.answer.thenReset)
      // Not at once: where both come together, libuv takes the reset for an orderly end.
      setTimeout(() => client.resetAndDestroy(), 5)
    }
  }

  client.on('data', (chunk) => {
    for (const bytes of commands.push(chunk)) {
      const command = commandName(bytes)
      const text = fault().answer?.(command)
      if (text === undefined) {
        asked.push({ command })
        toServer(bytes)
        continue
      }
      strike()
      asked.push({ command, answer: Buffer.from(text) })
      sendAnswers()
    }
  })
  upstream.on('data', (chunk) => {
    for (const reply of replies.push(chunk)) {
      const next = asked.find(({ answer }) => answer === undefined)
      if (!next) continue
      next.answer = fault().reply?.(reply, next.command) ?? reply
      if (next.answer !== reply) strike()
      sendAnswers()
    }
  })
  client.on('close', () => upstream.destroy())
  upstream.on('error', () => {}).on('close', () => client.destroySoon())
}

/** Passes bytes on in their order, each after a delay that may change from one to the next. */
function line(fault: () => Fault, send: (bytes: Buffer) => void): (bytes: Buffer) => void {
  let last = 0
  return (bytes) => {
    const now = performance.now()
    last = Math.max(now + (fault().delay ?? 0), last)
    if (last <= now) send(bytes)
    else setTimeout(send, last - now, bytes)
  }
}
