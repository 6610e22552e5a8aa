import { integer } from '../../protocol/reply.ts'
import type { Handler } from '../command.ts'

export const publish: Handler = ({ instance }, args) =>
  integer(instance.pubsub.publish(args[1] as string, args[2] as string))

export const spublish: Handler = ({ instance }, args) =>
  integer(instance.pubsub.publishToShard(args[1] as string, args[2] as string))
