import { CommandError, SYNTAX_ERROR } from '../../command-error.ts'
import { bulk, bulkArray, integer, OK } from '../../protocol/reply.ts'
import type { TrackingState } from '../../tracking/tracking.ts'
import type { Handler } from '../command.ts'

const NO_TRACKING = new CommandError(
  'ERR CLIENT CACHING can be called only when the client is in tracking mode' +
    ' with OPTIN or OPTOUT mode enabled',
)
const NO_OPTIN = new CommandError(
  'ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.',
)
const NO_OPTOUT = new CommandError(
  'ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.',
)

/** CLIENT CACHING YES | NO */
export const clientCaching: Handler = ({ client, instance }, args) => {
  const state = instance.tracking.of(client)
  if (!state) throw NO_TRACKING
  const choice = (args[2] as string).toLowerCase()
  if (choice === 'yes') {
    if (!state.optIn) throw NO_OPTIN
  } else if (choice === 'no') {
    if (!state.optOut) throw NO_OPTOUT
  } else throw SYNTAX_ERROR
  instance.tracking.setCaching(client)
  return OK
}

export const clientGetRedir: Handler = ({ client, instance }) =>
  integer(instance.tracking.of(client)?.redirect ?? -1)

export const clientTrackingInfo: Handler = ({ client, form, instance }) => {
  const state = instance.tracking.of(client)
  const flags = flagsOf(state)
  return (
    form.mapHeader(3) +
    bulk('flags') +
    form.setHeader(flags.length) +
    flags.map(bulk).join('') +
    bulk('redirect') +
    integer(state?.redirect ?? -1) +
    bulk('prefixes') +
    bulkArray([...(state?.prefixes ?? [])].sort())
  )
}

function flagsOf(state: TrackingState | undefined): readonly string[] {
  if (!state) return ['off']
  const flags: [name: string, isSet: boolean][] = [
    ['on', true],
    ['bcast', state.broadcast],
    ['optin', state.optIn],
    ['caching-yes', state.optIn && state.caching],
    ['optout', state.optOut],
    ['caching-no', state.optOut && state.caching],
    ['noloop', state.noLoop],
    ['broken_redirect', state.isRedirectBroken],
  ]
  return flags.filter(([, isSet]) => isSet).map(([name]) => name)
}
