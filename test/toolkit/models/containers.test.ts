import { hashOf, integer, json, listOf, setOf, sortedSetOf, text } from 'onetrip/toolkit'
import { expect, expectTypeOf, test } from 'vitest'
import { describeEveryKit } from '../every-kit.ts'
import { modelError } from './model-kit.ts'

describeEveryKit('Containers of records', (at) => {
  const makeModel = () =>
    at.kit({ prefix: 'app:' }).model('post', {
      id: text().primaryKey(),
      title: text().index(),
      tags: setOf(text()),
      visits: listOf(integer()),
      votes: sortedSetOf(text),
      meta: hashOf(json<{ by: string }>()),
    })

  test('containers are filled by create, opened by load, and kept by save', async () => {
    const Post = makeModel()
    const made = await Post.create({
      id: 'a: {b}',
      title: 'A',
      tags: new Set(['redis', 'node']),
      visits: [3, 1, 2],
      votes: [
        ['ann', 2],
        ['bob', 1],
      ],
      meta: { edit: { by: 'ann' } },
    })
    made.title = 'B'
    await Post.save(made)
    const post = await Post.load('a: {b}')
    expectTypeOf(await post.visits.toArray()).toEqualTypeOf<number[]>()
    expect(await post.tags.has('redis')).toBe(true)
    expect(await post.tags.size()).toBe(2)
    expect(await post.visits.toArray()).toEqual([3, 1, 2])
    expect(await post.votes.range()).toEqual(['bob', 'ann'])
    expect(await post.meta.get('edit')).toEqual({ by: 'ann' })
    expect(post).toEqual({ id: 'a: {b}', title: 'B' })
    const [found] = await Post.where(Post.title.eq('B')).toArray()
    expect(await found?.tags.has('node')).toBe(true)
  })

  test('containers go with the record, and a new one of the same id begins empty', async () => {
    const Post = makeModel()
    const old = await Post.create({ id: 'a', title: 'A', tags: ['x'] })
    expect(await Post.delete('a')).toBe(true)
    expect(await old.tags.exists()).toBe(false)
    await old.tags.add('late')
    const made = await Post.create({ id: 'a', title: 'A', visits: [1] })
    expect(await made.tags.size()).toBe(0)
    expect(await made.visits.toArray()).toEqual([1])
  })

  test('thousands of first items are written at once, with the record or not at all', async () => {
    const Post = makeModel()
    const numbers = Array.from({ length: 5_000 }, (_, n) => n)
    const post = await Post.create({ id: 'a', title: 'A', visits: numbers })
    expect(await post.visits.toArray()).toEqual(numbers)
    await expect(Post.create({ id: 'b', title: 'B', visits: [1, 'x' as never] })).rejects.toEqual(
      modelError('invalid'),
    )
    await expect(Post.create({ id: 'b', title: 'B', tags: 'x' as never })).rejects.toThrow(/post.tags/)
    expect(await Post.has('b')).toBe(false)
  })
})
