import { defineGroup } from '../command.ts'
import { publish, spublish } from './publish.ts'
import { channelsOf, numberOfPatterns, pubsubHelp, subscribersOf } from './pubsub.ts'
import { subscriber, unsubscriber } from './subscribe.ts'

const SUBSCRIBES = 'pubsub noscript loading stale'
const ASKS = 'pubsub loading stale'

export const pubsubCommands = defineGroup('pubsub', [
  {
    name: 'subscribe',
    arity: -2,
    flags: SUBSCRIBES,
    since: '2.0.0',
    summary: 'Listens to the messages of channels.',
    handler: subscriber('subscribe', 'channel'),
  },
  {
    name: 'unsubscribe',
    arity: -1,
    flags: SUBSCRIBES,
    since: '2.0.0',
    summary: 'Stops to listen to channels, without one to all.',
    handler: unsubscriber('unsubscribe', 'channel'),
  },
  {
    name: 'psubscribe',
    arity: -2,
    flags: SUBSCRIBES,
    since: '2.0.0',
    summary: 'Listens to the messages of channels that match patterns.',
    handler: subscriber('psubscribe', 'pattern'),
  },
  {
    name: 'punsubscribe',
    arity: -1,
    flags: SUBSCRIBES,
    since: '2.0.0',
    summary: 'Stops to listen to patterns, without one to all.',
    handler: unsubscriber('punsubscribe', 'pattern'),
  },
  {
    name: 'ssubscribe',
    arity: -2,
    flags: SUBSCRIBES,
    keys: 'not_key 1..-1',
    since: '7.0.0',
    summary: 'Listens to the messages of shard channels.',
    handler: subscriber('ssubscribe', 'shard'),
  },
  {
    name: 'sunsubscribe',
    arity: -1,
    flags: SUBSCRIBES,
    keys: 'not_key 1..-1',
    since: '7.0.0',
    summary: 'Stops to listen to shard channels, without one to all.',
    handler: unsubscriber('sunsubscribe', 'shard'),
  },
  {
    name: 'publish',
    arity: 3,
    flags: 'pubsub loading stale fast',
    since: '2.0.0',
    summary: 'Sends a message to a channel.',
    handler: publish,
  },
  {
    name: 'spublish',
    arity: 3,
    flags: 'pubsub loading stale fast',
    keys: 'not_key 1',
    since: '7.0.0',
    summary: 'Sends a message to a shard channel.',
    handler: spublish,
  },
  {
    name: 'pubsub',
    arity: -2,
    flags: '',
    since: '2.8.0',
    summary: 'Answers questions about channels and their subscribers.',
    subcommands: [
      {
        name: 'channels',
        arity: -2,
        flags: ASKS,
        since: '2.8.0',
        summary: 'Returns the channels with subscribers.',
        handler: channelsOf('channel'),
      },
      {
        name: 'numsub',
        arity: -2,
        flags: ASKS,
        since: '2.8.0',
        summary: 'Returns the number of subscribers of channels.',
        handler: subscribersOf('channel'),
      },
      {
        name: 'numpat',
        arity: 2,
        flags: ASKS,
        since: '2.8.0',
        summary: 'Returns the number of patterns with subscribers.',
        handler: numberOfPatterns,
      },
      {
        name: 'shardchannels',
        arity: -2,
        flags: ASKS,
        since: '7.0.0',
        summary: 'Returns the shard channels with subscribers.',
        handler: channelsOf('shard'),
      },
      {
        name: 'shardnumsub',
        arity: -2,
        flags: ASKS,
        since: '7.0.0',
        summary: 'Returns the number of subscribers of shard channels.',
        handler: subscribersOf('shard'),
      },
      pubsubHelp,
    ],
  },
])
