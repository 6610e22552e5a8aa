import { expect, test } from 'vitest'
import { MemberSampler } from '../../../src/server/data/member-sampler.ts'

const MEMBERS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j']

/**
 * The sum by which counts differ from equal ones, for 10 members. That it exceeds 50 by chance
 * happens once in ten million times.
 */
function chiSquare(counts: ReadonlyMap<string, number>, picks: number): number {
  const expected = picks / MEMBERS.length
  return MEMBERS.reduce((sum, member) => sum + ((counts.get(member) ?? 0) - expected) ** 2 / expected, 0)
}

test('each member is picked with the same chance, after others came and went, too', () => {
  const sampler = new MemberSampler(['x', ...MEMBERS.slice(3), 'y'])
  for (const member of MEMBERS.slice(0, 3)) sampler.add(member)
  sampler.delete('x')
  sampler.delete('y')
  const counts = new Map<string, number>()
  for (let n = 0; n < 10_000; n++) {
    const member = sampler.pick()
    counts.set(member, (counts.get(member) ?? 0) + 1)
  }
  expect([...counts.keys()].sort()).toEqual(MEMBERS)
  expect(chiSquare(counts, 10_000)).toBeLessThan(50)
})

test('a sample has different members, each with the same chance at each place', () => {
  const sampler = new MemberSampler(MEMBERS)
  const first = new Map<string, number>()
  const last = new Map<string, number>()
  for (let n = 0; n < 10_000; n++) {
    const sample = sampler.sample(4)
    expect(new Set(sample).size).toBe(4)
    first.set(sample[0] as string, (first.get(sample[0] as string) ?? 0) + 1)
    last.set(sample[3] as string, (last.get(sample[3] as string) ?? 0) + 1)
  }
  expect(chiSquare(first, 10_000)).toBeLessThan(50)
  expect(chiSquare(last, 10_000)).toBeLessThan(50)
})

test('members can be added and removed after a sample', () => {
  const sampler = new MemberSampler(MEMBERS)
  sampler.sample(5)
  for (const member of MEMBERS) sampler.delete(member)
  sampler.delete('absent')
  sampler.add('k')
  expect(sampler.pick()).toBe('k')
  expect(sampler.sample(10)).toEqual(['k'])
  expect(sampler.sample(0)).toEqual([])
})
