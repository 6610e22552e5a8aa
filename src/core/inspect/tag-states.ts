import { STAMP_LENGTH, stampTime } from '../../stores/store.ts'
import type { TagVersion, TagVersions } from '../tags/tag-versions.ts'
import type { TagState } from '../trace/page-trace.ts'

/**
 * Compares the tags of an entry with the versions that were read.
 * @param kept the tags that the entry was written with
 * @param named the tags that it has to have
 */
export function tagStatesOf(
  kept: readonly TagVersion[],
  named: readonly string[],
  versions: TagVersions,
): TagState[] {
  const missing = named.filter((tag) => !kept.some(([known]) => known === tag))
  return [
    ...kept.map(([name, version]) => tagStateOf(name, version, versions)),
    ...missing.map((name) => tagStateOf(name, undefined, versions)),
  ]
}

function tagStateOf(name: string, kept: Buffer | undefined, versions: TagVersions): TagState {
  const found = versions.of(name)
  const stamp = Buffer.isBuffer(found) && found.length >= STAMP_LENGTH ? found : undefined
  const valid = kept !== undefined && versions.isKept(name, kept)
  // A signed entry keeps a seal of the version. Where they match, it is shown as the version.
  const version = valid ? stamp : kept
  return {
    name,
    valid,
    ...(version && { version: version.toString('hex') }),
    ...(stamp && { current: stamp.toString('hex'), changedAt: stampTime(stamp) }),
  }
}
