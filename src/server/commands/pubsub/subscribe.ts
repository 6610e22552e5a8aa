import type { Client } from '../../clients/client.ts'
import { CommandError } from '../../command-error.ts'
import { bulk, integer, NO_REPLY } from '../../protocol/reply.ts'
import type { SubscriptionKind } from '../../pubsub/pub-sub.ts'
import type { Session } from '../../session.ts'
import type { Handler } from '../command.ts'

/** Makes SUBSCRIBE, PSUBSCRIBE or SSUBSCRIBE. There is a reply for each name. */
export function subscriber(command: string, kind: SubscriptionKind): Handler {
  return (session, args) => {
    const { client, instance } = session
    if (kind === 'shard' && !session.mayBlock)
      throw new CommandError("ERR SSUBSCRIBE isn't allowed for a DENY BLOCKING client")
    let out = ''
    for (let n = 1; n < args.length; n++) {
      const name = args[n] as string
      instance.pubsub.subscribe(client, kind, name)
      out += confirmation(session, command, kind, bulk(name))
    }
    return reply(client, out)
  }
}

/** Makes UNSUBSCRIBE, PUNSUBSCRIBE or SUNSUBSCRIBE. Each name is answered, without any a null. */
export function unsubscriber(command: string, kind: SubscriptionKind): Handler {
  return (session, args) => {
    const { client, form, instance } = session
    const names = args.length > 1 ? args.slice(1) : instance.pubsub.of(kind).namesOf(client)
    let out = ''
    for (const name of names) {
      instance.pubsub.unsubscribe(client, kind, name)
      out += confirmation(session, command, kind, bulk(name))
    }
    return reply(client, out || confirmation(session, command, kind, form.nil))
  }
}

function confirmation(session: Session, command: string, kind: SubscriptionKind, name: string): string {
  const { client, form, instance } = session
  return form.pushHeader(3) + bulk(command) + name + integer(instance.pubsub.count(client, kind))
}

/** Answers a subscription. It is sent even to a client that has turned off replies. */
function reply(client: Client, text: string): string {
  if (client.replyMode === 'on') return text
  client.push(text)
  return NO_REPLY
}
