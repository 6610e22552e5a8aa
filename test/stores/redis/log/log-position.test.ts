import { expect, test } from 'vitest'
import {
  DamagedReply,
  readAppended,
  readEntries,
  readStreams,
} from '../../../../src/stores/redis/log/log-entries.ts'
import { LogPosition } from '../../../../src/stores/redis/log/log-position.ts'
import { Recorder } from './recorder.ts'

const entry = (n: number, ...names: string[]) => ({ id: `${n}-0`, n, names })

function positionAfter(n: number): { position: LogPosition; events: string[] } {
  const recorder = new Recorder()
  const position = new LogPosition(recorder, '')
  position.startAt({ id: `${n}-0`, n })
  expect(recorder.events.splice(0)).toEqual(['all changed'])
  return { position, events: recorder.events }
}

test('reports the keys of entries that follow each other', () => {
  const { position, events } = positionAfter(4)
  position.advance([entry(5, 'a', 'b'), entry(6), entry(7, 'c')])
  expect(events).toEqual(['a', 'b', 'c'])
  expect(position.id).toBe('7-0')
})

test('reports all keys once if an entry is missing, was added twice, or names none', () => {
  for (const entries of [
    [entry(6, 'a')],
    [entry(5, 'a'), entry(7, 'b')],
    [entry(5, 'a'), entry(5, 'b')],
    [entry(5, 'a'), { id: '6-0', n: 6, names: undefined }, entry(7, 'b')],
    [{ id: '5-0', n: undefined, names: undefined }, entry(6, 'b')],
  ]) {
    const { position, events } = positionAfter(4)
    position.advance(entries)
    expect(events).toEqual(['all changed'])
    position.advance([{ id: '9-0', n: (entries.at(-1)?.n ?? 0) + 1, names: ['z'] }])
    expect(events).toEqual(['all changed', 'z'])
  }
})

test('resumes only at the entry that it has read last', () => {
  const { position, events } = positionAfter(4)
  expect(position.resume([entry(4), entry(5, 'a')])).toBe(true)
  expect(position.resume([entry(5, 'a')])).toBe(true)
  expect(position.resume([])).toBe(false)
  expect(position.resume([entry(6, 'b')])).toBe(false)
  // Another log, whose ids or numbers are the same by chance.
  expect(position.resume([{ ...entry(5), id: '6-0' }])).toBe(false)
  expect(position.resume([{ ...entry(5), n: 6 }])).toBe(false)
  expect(events).toEqual(['a'])
  position.forget()
  expect(position.resume([entry(5, 'a')])).toBe(false)
})

test('reads entries, and takes those of others as of any key', () => {
  expect(
    readEntries([
      ['1-0', ['n', '1', 'written', '["a","b"]']],
      ['2-0', ['n', '2', 'joined', '[]']],
      ['3-0', ['n', '3', 'cleared', '[]']],
      ['4-0', ['n', '4', 'written', 'no json']],
      ['5-0', ['n', '5', 'written', '[1]']],
      ['6-0', ['field', 'value']],
    ]),
  ).toEqual([
    entry(1, 'a', 'b'),
    entry(2),
    { id: '3-0', n: 3, names: undefined },
    { id: '4-0', n: 4, names: undefined },
    { id: '5-0', n: 5, names: undefined },
    { id: '6-0', n: undefined, names: undefined },
  ])
})

test('refuses replies of another form', () => {
  for (const reply of [undefined, 'OK', 1, ['1-0'], [['x', []]], [['1-0', 'x']], [null]])
    expect(() => readEntries(reply)).toThrow(DamagedReply)
  for (const reply of [
    null,
    [],
    [['log']],
    [
      ['log', []],
      ['log', []],
    ],
    [['log', 'x']],
  ])
    expect(() => readStreams(reply)).toThrow(DamagedReply)
  for (const reply of [null, [], ['1-0'], ['1', '1'], ['1-0', 'x']])
    expect(() => readAppended(reply)).toThrow(DamagedReply)
  expect(readAppended(['1-0', '7'])).toEqual({ id: '1-0', n: 7 })
})
