import { json, variable } from 'onetrip/toolkit'
import { expect, expectTypeOf, it } from 'vitest'
import { all, describeEveryKit, reason } from '../every-kit.ts'
import { keyCount } from '../key-count.ts'

type Fact = readonly [string, string, string]

const PETS: readonly Fact[] = [
  ['charlie', 'likes', 'huey'],
  ['charlie', 'likes', 'mickey'],
  ['charlie', 'likes', 'zaizee'],
  ['charlie', 'is', 'human'],
  ['connor', 'likes', 'huey'],
  ['connor', 'likes', 'mickey'],
  ['huey', 'eats', 'catfood'],
  ['huey', 'is', 'cat'],
  ['mickey', 'eats', 'anything'],
  ['mickey', 'is', 'dog'],
  ['zaizee', 'eats', 'catfood'],
  ['zaizee', 'is', 'cat'],
]
const PEOPLE: readonly Fact[] = [
  ['charlie', 'likes', 'connor'],
  ['connor', 'likes', 'charlie'],
  ['connor', 'is', 'baby'],
  ['connor', 'is', 'human'],
  ['nash', 'is', 'baby'],
  ['nash', 'is', 'human'],
  ['connor', 'lives', 'ks'],
  ['nash', 'lives', 'nv'],
  ['charlie', 'lives', 'ks'],
]
const FRIENDS: readonly Fact[] = [
  ['charlie', 'friend', 'huey'],
  ['huey', 'friend', 'charlie'],
  ['huey', 'friend', 'mickey'],
  ['zaizee', 'friend', 'charlie'],
  ['zaizee', 'friend', 'mickey'],
  ['mickey', 'friend', 'nuggie'],
]
const [x, y, z] = [variable('x'), variable('y'), variable('z')]

describeEveryKit('A graph', (at) => {
  const open = async (facts: readonly Fact[]) => {
    const graph = at.kit({ prefix: 'shop:' }).graph<string>('social')
    await graph.addMany(facts)
    return graph
  }
  const shown = (triples: readonly { subject: unknown; predicate: unknown; object: unknown }[]) =>
    triples.map(({ subject, predicate, object }) => `${subject} ${predicate} ${object}`)

  it('finds facts by any of their parts, in order', async () => {
    const graph = await open(PETS)
    expect(shown(await graph.match({ subject: 'charlie', predicate: 'likes' }).toArray())).toEqual([
      'charlie likes huey',
      'charlie likes mickey',
      'charlie likes zaizee',
    ])
    expect(shown(await graph.match({ predicate: 'is', object: 'cat' }).toArray())).toEqual([
      'huey is cat',
      'zaizee is cat',
    ])
    expect(shown(await graph.match({ subject: 'huey' }).toArray())).toEqual([
      'huey eats catfood',
      'huey is cat',
    ])
    expect(shown(await graph.match({ object: 'huey' }).toArray())).toEqual([
      'charlie likes huey',
      'connor likes huey',
    ])
    expect(shown(await graph.match({ subject: 'connor', object: 'mickey' }).toArray())).toEqual([
      'connor likes mickey',
    ])
    expect(shown(await graph.match({ predicate: 'eats' }).toArray())).toEqual([
      'mickey eats anything',
      'huey eats catfood',
      'zaizee eats catfood',
    ])
    expect(await graph.match({ subject: 'nobody' }).toArray()).toEqual([])
    expect(await graph.match({ subject: 'char' }).toArray()).toEqual([])
    const full = { subject: 'huey', predicate: 'is', object: 'cat' }
    expect(await graph.match(full).toArray()).toEqual([full])
    expect(await graph.match({ ...full, object: 'dog' }).toArray()).toEqual([])
    const everything = await graph.match().toArray()
    expect(shown(everything)).toEqual([...PETS].map((fact) => fact.join(' ')).sort())
    expect(await all(graph.match({}))).toEqual(everything)
    expect(await graph.match().toArray(2)).toEqual(everything.slice(0, 2))
    expect(await graph.match().toArray(0)).toEqual([])
    expect(await graph.size()).toBe(12)
  })

  it('adds and deletes facts', async () => {
    const graph = at.kit().graph('social')
    expect(await graph.add('huey', 'is', 'cat')).toBe(true)
    expect(await graph.add('huey', 'is', 'cat')).toBe(false)
    expect(
      await graph.addMany([
        ['huey', 'is', 'cat'],
        ['huey', 'is', 'white'],
        ['huey', 'age', 7],
      ]),
    ).toBe(2)
    expect(await graph.has('huey', 'is', 'white')).toBe(true)
    expect(await graph.has('huey', 'is', 'dog')).toBe(false)
    expect(await graph.delete('huey', 'is', 'white')).toBe(true)
    expect(await graph.delete('huey', 'is', 'white')).toBe(false)
    expect(await graph.match({ object: 'white' }).toArray()).toEqual([])
    expect(await graph.match({ predicate: 'is' }).toArray()).toHaveLength(1)
    expect(await graph.size()).toBe(2)
    expect(await graph.addMany([])).toBe(0)
    await graph.delete('huey', 'is', 'cat')
    await graph.delete('huey', 'age', 7)
    expect(await keyCount(at)).toBe(0)
    expect(await graph.clear()).toBe(false)
  })

  it('keeps any text and any number, and sorts them', async () => {
    const graph = at.kit().graph('values')
    const values = [
      -Infinity,
      -1.5,
      -1,
      0,
      0.5,
      1,
      9,
      10,
      1e300,
      Infinity,
      '',
      '\0',
      '\0\0',
      '\u0001',
      '\u0001\0',
      '\u0002',
      ' ',
      '10',
      '9',
      ':',
      '::',
      'a',
      'a\0',
      'a\0b',
      'a\u0001',
      'a::b',
      'é',
      '😀',
    ]
    for (const value of [...values].reverse()) await graph.add(value, value, value)
    const found = await graph.match().toArray()
    expect(found).toEqual(values.map((value) => ({ subject: value, predicate: value, object: value })))
    for (const value of values) {
      expect(await graph.has(value, value, value)).toBe(true)
      expect(await graph.match({ object: value }).toArray()).toHaveLength(1)
      expect(await graph.search([[x, value, x]])).toEqual([{ x: value }])
    }
    await graph.add('a::b', 'c', 'd')
    await graph.add('a', 'b::c', 'd')
    await graph.add(-0, 'is', 'zero')
    expect(shown(await graph.match({ object: 'd' }).toArray())).toEqual(['a b::c d', 'a::b c d'])
    expect(await graph.has(0, 'is', 'zero')).toBe(true)
  })

  it('keeps what its codec makes', async () => {
    const graph = at.kit().graph('json', { codec: json<{ id: number } | string>() })
    await graph.add({ id: 1 }, 'likes', { id: 2 })
    expect(await graph.match({ subject: { id: 1 } }).toArray()).toEqual([
      { subject: { id: 1 }, predicate: 'likes', object: { id: 2 } },
    ])
    expect(await graph.search([[x, 'likes', { id: 2 }]])).toEqual([{ x: { id: 1 } }])
    const broken = at.kit().graph('json', { codec: { encode: String, decode: () => JSON.parse('{') } })
    await expect(broken.match().toArray()).rejects.toEqual(reason('undecodable'))
  })

  it('joins conditions on one variable', async () => {
    const graph = await open(PETS)
    const rows = await graph.search([
      { subject: 'charlie', predicate: 'likes', object: x },
      { subject: x, predicate: 'eats', object: 'catfood' },
      { subject: x, predicate: 'is', object: 'cat' },
    ])
    expect(rows).toEqual([{ x: 'huey' }, { x: 'zaizee' }])
    expectTypeOf(rows).toEqualTypeOf<{ readonly x: string }[]>()
  })

  it('joins conditions on several variables', async () => {
    const graph = await open(FRIENDS)
    expect(await graph.search([[x, 'friend', 'charlie']])).toEqual([{ x: 'huey' }, { x: 'zaizee' }])
    expect(
      await graph.search([
        [x, 'friend', 'charlie'],
        [y, 'friend', x],
      ]),
    ).toEqual([{ x: 'huey', y: 'charlie' }])
    expect(
      await graph.search([
        ['charlie', 'friend', x],
        [x, 'friend', y],
        [y, 'friend', 'nuggie'],
      ]),
    ).toEqual([{ x: 'huey', y: 'mickey' }])
    expect(
      await graph.search([
        ['huey', 'friend', x],
        [x, 'friend', y],
      ]),
    ).toEqual([
      { x: 'charlie', y: 'huey' },
      { x: 'mickey', y: 'nuggie' },
    ])
  })

  it('finds mutual friends', async () => {
    const graph = await open(FRIENDS)
    expect(
      await graph.search([
        [x, 'friend', y],
        [y, 'friend', x],
      ]),
    ).toEqual([
      { x: 'charlie', y: 'huey' },
      { x: 'huey', y: 'charlie' },
    ])
  })

  it('joins three variables, also after facts were added', async () => {
    const graph = await open(PETS)
    const rows = await graph.search([
      [x, 'likes', y],
      [y, 'is', 'cat'],
      [z, 'likes', y],
    ])
    expectTypeOf(rows).toEqualTypeOf<{ readonly x: string; readonly y: string; readonly z: string }[]>()
    expect(rows.map((row) => `${row.x} ${row.y} ${row.z}`)).toEqual([
      'charlie huey charlie',
      'charlie huey connor',
      'charlie zaizee charlie',
      'connor huey charlie',
      'connor huey connor',
    ])
    await graph.addMany(PEOPLE)
    expect(
      await graph.search([
        ['charlie', 'likes', x],
        [x, 'is', 'baby'],
        [x, 'lives', 'ks'],
      ]),
    ).toEqual([{ x: 'connor' }])
    expect(
      await graph.search([
        [x, 'is', 'baby'],
        [x, 'likes', y],
        [y, 'lives', 'ks'],
      ]),
    ).toEqual([{ x: 'connor', y: 'charlie' }])
  })

  it('joins rows: values that never occur together are not combined', async () => {
    const graph = await open([
      ['ann', 'likes', 'tea'],
      ['bob', 'likes', 'milk'],
      ['ann', 'drinks', 'milk'],
      ['bob', 'drinks', 'milk'],
      ['ann', 'sells', 'tea'],
    ])
    expect(
      await graph.search([
        [x, 'likes', y],
        [x, 'drinks', y],
      ]),
    ).toEqual([{ x: 'bob', y: 'milk' }])
    expect(await graph.search([[x, 'likes', y]])).toEqual([
      { x: 'ann', y: 'tea' },
      { x: 'bob', y: 'milk' },
    ])
  })

  it('agrees with a search by hand, for all patterns', async () => {
    const facts: Fact[] = []
    for (let n = 0; n < 60; n++) facts.push([`v${(n * 7) % 6}`, `p${n % 3}`, `v${(n * 5 + (n % 4)) % 6}`])
    const graph = await open(facts)
    const known = [...new Set(facts.map((fact) => fact.join(' ')))].map((fact) => fact.split(' '))
    const pool = [x, y, z, 'v1', 'p0', 'v2']
    for (let n = 0; n < 120; n++) {
      const pick = (k: number) => pool[(n * (k + 3) + k * k + (n >> k)) % pool.length] as typeof x | string
      const conditions = [[pick(0), 'p1', pick(1)] as const, [pick(2), pick(3), pick(4)] as const]
      expect(await graph.search(conditions)).toEqual(byHand(conditions, known))
    }
  })

  it('sorts and limits rows', async () => {
    const graph = await open(FRIENDS)
    const rows = await graph.search([[x, 'friend', y]], { orderBy: ['y', 'x'], limit: 3 })
    expect(rows).toEqual([
      { x: 'huey', y: 'charlie' },
      { x: 'zaizee', y: 'charlie' },
      { x: 'charlie', y: 'huey' },
    ])
    expect(await graph.search([[x, 'friend', y]], { limit: 0 })).toEqual([])
    // Without variables: one row if it is a fact.
    expect(await graph.search([['huey', 'friend', 'mickey']])).toEqual([{}])
    expect(await graph.search([['huey', 'friend', 'nuggie']])).toEqual([])
    expect(await graph.search([[variable('__proto__'), 'friend', 'nuggie']])).toEqual([
      JSON.parse('{"__proto__": "mickey"}'),
    ])
  })

  it('refuses a search that would hold too many rows', async () => {
    const graph = at.kit().graph('many')
    await graph.addMany(Array.from({ length: 150 }, (_, n) => [n, 'is', 'number'] as const))
    expect(await graph.search([[x, 'is', y]])).toHaveLength(150)
    const product = graph.search([
      [x, 'is', 'number'],
      [y, 'is', 'number'],
    ])
    await expect(product).rejects.toEqual(reason('too-large'))
    await expect(product).rejects.toThrow('more than 100000 facts or 10000 rows')
  })

  it('iterates over thousands of facts, each once, while others are added', async () => {
    const graph = at.kit().graph<number>('many')
    expect(await graph.addMany(Array.from({ length: 1_234 }, (_, n) => [n, n % 7, -n] as const))).toBe(1_234)
    const subjects: number[] = []
    for await (const { subject } of graph.match()) {
      if (subject === 700)
        await graph.addMany([
          [-5, 0, 0],
          [700.5, 0, 0],
        ])
      if (Number.isInteger(subject)) subjects.push(subject)
    }
    expect(subjects).toEqual(Array.from({ length: 1_234 }, (_, n) => n))
  })

  it('refuses what is no value, no fact and no condition', async () => {
    const kit = at.kit()
    const graph = kit.graph('social')
    await expect(graph.add('a', 'b', undefined as never)).rejects.toThrow('must be a string or a number')
    await expect(graph.add('a', 'b', Number.NaN)).rejects.toThrow('must be a string or a number')
    await expect(graph.addMany([['a', 'b']] as never)).rejects.toThrow('an array of three values')
    await expect(graph.search([])).rejects.toThrow('1 to 32 conditions')
    await expect(graph.search([['a', 'b']] as never)).rejects.toThrow('must have a subject')
    await expect(graph.search([{ subject: x, predicate: 'b' }] as never)).rejects.toThrow(
      'must have a subject',
    )
    await expect(graph.search([[x, 'b', y]], { orderBy: ['z' as 'x'] })).rejects.toThrow("not 'z'")
    await expect(graph.search([[x, 'b', y]], { order: 'x' } as never)).rejects.toThrow('orderBy')
    expect(() => graph.match({ subjct: 'a' } as never)).toThrow('subject')
    expect(() => kit.graph('a', { codec: 1 } as never)).toThrow('encode and decode')
    expect(() => variable('')).toThrow('not empty')
    await at.redis.call('SET', ['graph:{social}', 'x'])
    await expect(graph.add('a', 'b', 'c')).rejects.toEqual(reason('wrong-type'))
  })
})

type PartOf = string | { readonly name: string }

/** Joins conditions by trying all combinations of facts. */
function byHand(conditions: readonly (readonly PartOf[])[], facts: readonly string[][]) {
  let rows: Record<string, string>[] = [{}]
  for (const condition of conditions) {
    rows = rows.flatMap((row) =>
      facts.flatMap((fact) => {
        const extended = { ...row }
        const fits = condition.every((part, n) => {
          if (typeof part === 'string') return part === fact[n]
          extended[part.name] ??= fact[n] as string
          return extended[part.name] === fact[n]
        })
        return fits ? [extended] : []
      }),
    )
  }
  const names = conditions.flat().flatMap((part) => (typeof part === 'string' ? [] : [part.name]))
  const keyOf = (row: Record<string, string>) => names.map((name) => row[name]).join(' ')
  return rows.sort((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1))
}
