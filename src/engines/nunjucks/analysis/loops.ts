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

/** What a loop gives names, and what it tells of its list. */

/**
 * An item of a list; or, of a dictionary, what its names stand for.
 *
 * @param names how many names it is taken apart into
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

/** What tells how many items a list has. */
export function turnsOf(list: Value): readonly Origin[] {
  return below(list, LENGTH)
}

/** What tells which turn of a loop it is. */
export function positionIn(list: Value): readonly Origin[] {
  return below(list, POSITION)
}

function below({ origins, members }: Value, name: string): readonly Origin[] {
  // A list that a template writes has the items that are written; a condition may have chosen
  // which.
  if (members) return origins.filter(({ tested }) => tested)
  return origins.map((origin) => (origin.tested ? origin : { ...origin, path: [...origin.path, name] }))
}

/** `loop` in a loop over a list. */
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
