import fc from 'fast-check'
import type nunjucks from 'nunjucks'
import { anyCase } from './generator.ts'
import { type Case, MapLoader } from './oracle.ts'

/** A statement that fails, and the templates that it needs. */
interface Fault {
  readonly statement: string
  readonly others?: Readonly<Record<string, string>>
  /** It is reported by a callback, which nunjucks itself may lose. */
  readonly callsBack?: boolean
  /** False: nunjucks has no such thing, or ends the process. */
  readonly stock?: false
}

const FAULTS: readonly Fault[] = [
  { statement: '{{ boom() }}' },
  { statement: '{{ boom() | upper }}' },
  { statement: '{% set zz = boom() %}' },
  { statement: '{% if boom() %}{% endif %}' },
  { statement: '{% for z in boom() %}{% endfor %}' },
  { statement: '{{ t | burst }}' },
  { statement: '{{ nothing() }}' },
  { statement: '{{ t | nofilter }}' },
  { statement: '{{ broken.getter }}' },
  { statement: '{{ broken.lazy }}', stock: false },
  { statement: '{{ t | breaks }}', callsBack: true },
  { statement: '{% include "fails" %}', callsBack: true },
  { statement: '{% include "fails" ignore missing %}', callsBack: true },
  { statement: '{% include "nowhere" %}', callsBack: true },
  { statement: '{% include "unreadable" %}', callsBack: true },
  { statement: '{% include "wrong" %}', stock: false },
  { statement: '{% include "deep" %}', others: { deep: '\n{% include "fails" %}' }, callsBack: true },
  {
    statement: '{% include "blocks" %}',
    others: { blocks: 'a{% block z %}\n{{ boom() }}{% endblock %}' },
    callsBack: true,
  },
  {
    statement: '{% include "child" %}',
    others: {
      child: '{% extends "parent" %}{% block z %}{{ super() }}{% endblock %}',
      parent: '{% block z %}\n{{ boom() }}{% endblock %}',
    },
    callsBack: true,
  },
  { statement: '{% import "fails" as zz %}', callsBack: true },
  { statement: '{% import "nowhere" as zz %}', callsBack: true },
  { statement: '{% from "empty" import zz %}', others: { empty: '' }, callsBack: true },
  {
    statement: '{% import "bad" as bad %}{{ bad.macro(t) }}',
    others: { bad: '\n{% macro macro(x) %}{{ x }}{{ boom() }}{% endmacro %}' },
  },
  {
    statement: '{% import "bad" as bad %}{{ bad.macro(t) }}',
    others: { bad: '{% macro macro(x) %}<i>{% include "fails" %}</i>{% endmacro %}' },
    callsBack: true,
  },
  {
    statement: '{% import "bad" as bad %}{% call bad.macro(t) %}{% include "fails" %}{% endcall %}',
    others: { bad: '{% macro macro(x) %}<i>{{ caller() }}</i>{% endmacro %}' },
    callsBack: true,
  },
  { statement: '{% set zz %}{% include "fails" %}{% endset %}', callsBack: true },
  { statement: '{% filter upper %}{% include "fails" %}{% endfilter %}', callsBack: true },
  { statement: '{% shout "!" %}{% include "fails" %}{% endshout %}', callsBack: true },
  { statement: '{% for z in [1, 2] %}{% include "fails" %}{% endfor %}', callsBack: true },
]

const FAILING = { fails: 'f\n\n{{ boom() }}g', wrong: '\n{% if %}' }

class FaultyLoader extends MapLoader {
  override getSource(name: string): nunjucks.LoaderSource {
    if (name === 'unreadable') throw new Error('unreadable')
    return super.getSource(name)
  }
}

function faulty(environment: nunjucks.Environment): void {
  environment.addGlobal('boom', () => {
    throw new TypeError('boom')
  })
  environment.addFilter('burst', () => {
    throw new RangeError('burst')
  })
  environment.addFilter(
    'breaks',
    (_value: unknown, done: (error: Error) => void) => done(new Error('broke')),
    true,
  )
}

/** Behind a tag or a print; between a `switch` and its first case nothing may stand. */
const PLACE = /(?<!\{% switch [^%]*)(?:%\}|\}\})/g

/** Puts a statement at one of the places of all templates. */
function putIn(templates: Readonly<Record<string, string>>, statement: string, at: number) {
  const places = Object.entries(templates).flatMap(([name, source]) =>
    [...source.matchAll(PLACE)].map((match) => ({ name, index: match.index + match[0].length })),
  )
  const place = places[at % places.length]
  if (!place) return templates
  const source = templates[place.name] as string
  const with_ = source.slice(0, place.index) + statement + source.slice(place.index)
  return { ...templates, [place.name]: with_ }
}

export interface FaultyCase extends Fault {
  readonly page: Case
  /** The same page without the fault. */
  readonly sound: Case
}

/** A page that fails at one place, if that place runs. */
export const anyFaultyCase: fc.Arbitrary<FaultyCase> = fc
  .tuple(anyCase, fc.constantFrom(...FAULTS), fc.nat())
  .map(([sound, fault, at]) => {
    const templates = { ...putIn(sound.templates, fault.statement, at), ...FAILING, ...fault.others }
    const page: Case = {
      ...sound,
      templates,
      loader: (all) => new FaultyLoader(all),
      data: (load, visitor) => {
        let made: unknown
        const broken = {
          get getter() {
            throw new Error('broken getter')
          },
          get lazy() {
            made ??= load(() => {
              throw new Error('rejected')
            })
            return made
          },
        }
        return { ...sound.data(load, visitor), broken }
      },
      setUp: (environment) => {
        sound.setUp?.(environment)
        faulty(environment)
      },
    }
    return {
      ...fault,
      page,
      sound,
      [fc.toStringMethod]: () =>
        `${fault.statement} in ${fc.stringify(sound)}\n${JSON.stringify(templates, null, 1)}`,
    }
  })
