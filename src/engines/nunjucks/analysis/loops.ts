import {
  ITEM,
  LENGTH,
  type Origin,
  onward,
  POSITION,
  type Step,
  union,
  type Value,
  valueFrom,
} from './origins.ts'

/** The values of loop variables, and of `loop`. */

/**
 * Returns an item of a list, or the values of a dictionary.
 *
 * @param names how many names an item is assigned to
 */
export function itemOf(list: Value, names: number): Value {
  const { origins, callables, members } = list
  if (members) {
    const items = [...members.values()]
    return union(
      names > 1 ? [...items, ...items.flatMap((item) => [...(item.members?.values() ?? [])])] : items,
    )
  }
  const items = origins.map((origin) =>
    origin.tested ? origin : { ...origin, path: [...origin.path, ITEM] },
  )
  if (list.exact) return { origins: items, exact: true }
  return { ...valueFrom(items), ...(callables && { callables }) }
}

/** Returns the origins that the number of items depends on. */
export function turnsOf(list: Value): readonly Origin[] {
  return below(list, LENGTH)
}

/** Returns the origins that the position in a loop depends on. */
export function positionIn(list: Value): readonly Origin[] {
  return below(list, POSITION)
}

function below({ origins, members }: Value, name: string): readonly Origin[] {
  // A list literal has the items that are written, unless a condition chose among lists.
  if (members) return origins.filter(({ tested }) => tested)
  return origins.map((origin) => (origin.tested ? origin : { ...origin, path: [...origin.path, name] }))
}

/** Returns `loop` of a loop over a list. */
export function loopOf(list: Value, step: Step): Value {
  const member = (name: string) => {
    const origins = LOOP_MEMBERS[name]?.flatMap((tells) => tells(list)) ?? []
    return onward(valueFrom(origins), { ...step, what: `loop.${name}` })
  }
  const members = new Map(Object.keys(LOOP_MEMBERS).map((name) => [name, member(name)]))
  return { ...valueFrom([...positionIn(list), ...turnsOf(list)]), members }
}

const LOOP_MEMBERS: Readonly<Record<string, readonly ((list: Value) => readonly Origin[])[]>> = {
  index: [positionIn],
  index0: [positionIn],
  first: [positionIn],
  revindex: [positionIn, turnsOf],
  revindex0: [positionIn, turnsOf],
  last: [positionIn, turnsOf],
  length: [turnsOf],
}
