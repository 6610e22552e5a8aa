import { CommandError, SYNTAX_ERROR } from '../../command-error.ts'
import { OK } from '../../protocol/reply.ts'
import type { Session } from '../../session.ts'
import type { TrackingOptions, TrackingState } from '../../tracking/tracking.ts'
import type { Handler } from '../command.ts'
import { idArgument } from './client-id.ts'

const TWO_REDIRECTS = new CommandError('ERR A client can only redirect to a single other client')
const NO_REDIRECT = new CommandError('ERR The client ID you want redirect to does not exist')
const PREFIX_WITHOUT_BROADCAST = new CommandError('ERR PREFIX option requires BCAST mode to be enabled')
const OTHER_BROADCAST = new CommandError(
  "ERR You can't switch BCAST mode on/off before disabling tracking for this client," +
    ' and then re-enabling it with a different mode.',
)
const OPT_WITH_BROADCAST = new CommandError('ERR OPTIN and OPTOUT are not compatible with BCAST')
const BOTH_OPTS = new CommandError("ERR You can't specify both OPTIN mode and OPTOUT mode")
const OTHER_OPT = new CommandError(
  "ERR You can't switch OPTIN/OPTOUT mode before disabling tracking for this client," +
    ' and then re-enabling it with a different mode.',
)

interface ReadOptions {
  readonly options: TrackingOptions
  readonly prefixes: readonly string[]
}

/** CLIENT TRACKING ON | OFF with its options. */
export const clientTracking: Handler = (session, args) => {
  const { client, instance } = session
  const { options, prefixes } = readOptions(session, args)
  const mode = (args[2] as string).toLowerCase()
  if (mode === 'off') instance.tracking.disable(client)
  else if (mode === 'on') {
    const state = instance.tracking.of(client)
    checkOptions(options, prefixes, state)
    if (options.broadcast) checkPrefixes(prefixes, state)
    instance.tracking.enable(client, options, prefixes)
  } else throw SYNTAX_ERROR
  return OK
}

function readOptions({ instance }: Session, args: readonly string[]): ReadOptions {
  const options = { redirect: 0, broadcast: false, optIn: false, optOut: false, noLoop: false }
  const prefixes: string[] = []
  for (let n = 3; n < args.length; n++) {
    const value = args[n + 1]
    switch ((args[n] as string).toLowerCase()) {
      case 'redirect':
        if (value === undefined) throw SYNTAX_ERROR
        if (options.redirect !== 0) throw TWO_REDIRECTS
        options.redirect = idArgument(value)
        if (!instance.clients.get(options.redirect)) throw NO_REDIRECT
        n++
        break
      case 'prefix':
        if (value === undefined) throw SYNTAX_ERROR
        prefixes.push(value)
        n++
        break
      case 'bcast':
        options.broadcast = true
        break
      case 'optin':
        options.optIn = true
        break
      case 'optout':
        options.optOut = true
        break
      case 'noloop':
        options.noLoop = true
        break
      default:
        throw SYNTAX_ERROR
    }
  }
  return { options, prefixes }
}

function checkOptions(
  { broadcast, optIn, optOut }: TrackingOptions,
  prefixes: readonly string[],
  state: TrackingState | undefined,
): void {
  if (!broadcast && prefixes.length > 0) throw PREFIX_WITHOUT_BROADCAST
  if (state && state.broadcast !== broadcast) throw OTHER_BROADCAST
  if (broadcast && (optIn || optOut)) throw OPT_WITH_BROADCAST
  if (optIn && optOut) throw BOTH_OPTS
  if ((optIn && state?.optOut) || (optOut && state?.optIn)) throw OTHER_OPT
}

/** Refuses prefixes that overlap: a key with both would be reported twice. @throws CommandError */
function checkPrefixes(prefixes: readonly string[], state: TrackingState | undefined): void {
  prefixes.forEach((prefix, n) => {
    const known = [...(state?.prefixes ?? [])].sort().find((one) => overlap(one, prefix))
    if (known !== undefined) throw overlapError(prefix, 'an existing', known)
    const later = prefixes.slice(n + 1).find((one) => overlap(one, prefix))
    if (later !== undefined) throw overlapError(prefix, 'another provided', later)
  })
}

function overlap(one: string, other: string): boolean {
  return one.startsWith(other) || other.startsWith(one)
}

function overlapError(prefix: string, which: string, other: string): CommandError {
  return new CommandError(
    `ERR Prefix '${prefix}' overlaps with ${which} prefix '${other}'.` +
      ' Prefixes for a single client must not overlap.',
  )
}
