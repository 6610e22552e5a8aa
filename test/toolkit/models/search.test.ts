import { integer, text } from 'onetrip/toolkit'
import { beforeEach, expect, test } from 'vitest'
import { describeEveryKit } from '../every-kit.ts'
import { modelError } from './model-kit.ts'

describeEveryKit('Full text of records', (at) => {
  const makeModel = () =>
    at.kit({ prefix: 'app:' }).model('post', {
      id: integer().primaryKey().index(),
      title: text().search({ metaphone: true }),
      body: text().optional().search(),
      status: integer().index().default(1),
    })
  let Post: ReturnType<typeof makeModel>
  beforeEach(async () => {
    Post = makeModel()
    await Post.createMany([
      { id: 1, title: 'Python and development', body: 'A language, and a snake', status: 1 },
      { id: 2, title: 'Web development', body: 'Python, python and python', status: 2 },
      { id: 3, title: 'Things of faith', body: 'Men of faith', status: 1 },
      { id: 4, title: 'A cat', status: 2 },
    ])
  })
  const ids = async (found: { toArray(): Promise<{ id: number }[]> }) =>
    (await found.toArray()).map(({ id }) => id)

  test('words are found in all fields that are searched, the most relevant first', async () => {
    expect(await ids(Post.search('faith'))).toEqual([3])
    expect((await ids(Post.search('python'))).sort()).toEqual([1, 2])
    expect((await ids(Post.where(Post.body.search('python')))).sort()).toEqual([2])
    expect(await ids(Post.search('garbage'))).toEqual([])
    expect(await ids(Post.search('cats'))).toEqual([4])
    await Post.createMany([
      { id: 7, title: 'one word among many others that are here to make it long' },
      { id: 8, title: 'word word' },
    ])
    expect(await ids(Post.search('word'))).toEqual([8, 7])
  })

  test('words that sound alike are found by metaphone only', async () => {
    expect((await ids(Post.where(Post.title.search('pithon devellepment')))).sort()).toEqual([1])
    expect(await ids(Post.where(Post.body.search('pithon')))).toEqual([])
    expect((await ids(Post.where(Post.title.search('webb development'))))[0]).toBe(2)
  })

  test('a search is combined with other conditions, an order, a limit and a count', async () => {
    const python = Post.search('python')
    expect(await ids(python.where(Post.status.eq(2)))).toEqual([2])
    expect(
      await ids(Post.where(Post.title.search('cat').or(Post.status.eq(1))).orderBy(Post.id.desc())),
    ).toEqual([4, 3, 1])
    expect(await ids(Post.where(Post.title.search('development').and(Post.body.search('snake'))))).toEqual([
      1,
    ])
    expect(await ids(Post.where(Post.title.search('development').not()))).toEqual([3, 4])
    expect(await ids(python.orderBy(Post.id.desc()))).toEqual([2, 1])
    expect(await ids(python.orderBy(Post.id.asc()).offset(1).limit(1))).toEqual([2])
    expect(await python.count()).toBe(2)
    expect(await ids(Post.search('faith OR cat').orderBy(Post.id.asc()))).toEqual([3, 4])
    expect(await ids(Post.where(Post.title.search('development -web')))).toEqual([1])
    expect(await ids(Post.where(Post.title.search('"things of faith"')))).toEqual([3])
    expect(await ids(Post.where(Post.title.search('fai*')))).toEqual([3])
    expect(await ids(Post.search('(unclosed "faith'))).toEqual([])
    expect((await ids(Post.search(''))).length).toBe(4)
  })

  test('old words are gone after save, update, null and delete', async () => {
    const post = await Post.load(4)
    post.title = 'A dog'
    await Post.save(post)
    await Post.update(2, { body: null })
    await Post.delete(3)
    expect(await ids(Post.search('cat'))).toEqual([])
    expect(await ids(Post.search('dog'))).toEqual([4])
    expect(await ids(Post.search('python'))).toEqual([1])
    expect(await ids(Post.search('faith'))).toEqual([])
  })

  test('text without words is kept, changed and deleted', async () => {
    await Post.create({ id: 5, title: '', body: '...' })
    await Post.update(5, { body: '' })
    expect(await Post.delete(5)).toBe(true)
    await Post.create({ id: 6, title: '' })
    await Post.update(6, { title: 'now words' })
    expect(await ids(Post.search('words'))).toEqual([6])
  })

  test('a thousand hits and more come once each', async () => {
    await Post.createMany(
      Array.from({ length: 1_300 }, (_, n) => ({ id: n + 10, title: `common number ${n}` })),
    )
    const found = await ids(Post.search('common'))
    expect(found).toHaveLength(1_300)
    expect(new Set(found).size).toBe(1_300)
    expect(await ids(Post.search('common').orderBy(Post.id.desc()).limit(2))).toEqual([1_309, 1_308])
    expect(await Post.deleteWhere(Post.title.search('common'))).toBe(1_300)
    expect(await Post.count()).toBe(4)
  })

  test('more than a search considers is deleted in steps, and not excluded in part', async () => {
    await Post.createMany(Array.from({ length: 250 }, (_, n) => ({ id: n + 10, title: `word${n}` })))
    expect(await Post.search('word*').count()).toBe(100)
    const others = Post.title.search('word*').not()
    const tooLarge = expect.objectContaining({ code: 'ERR_ONETRIP_TOOLKIT', reason: 'too-large' })
    await expect(Post.where(others).toArray()).rejects.toEqual(tooLarge)
    await expect(Post.deleteWhere(others.and(Post.status.eq(1)))).rejects.toEqual(tooLarge)
    expect(await Post.count(others.not())).toBe(100)
    expect(await Post.count()).toBe(254)
    expect(await Post.deleteWhere(Post.title.search('word*'))).toBe(250)
    expect(await Post.count(others)).toBe(4)
  })

  test('records with long texts are written in several calls', async () => {
    const words = (n: number) => Array.from({ length: 1_000 }, (_, at) => `w${at}x${n}`).join(' ')
    const long = Array.from({ length: 80 }, (_, n) => ({ id: n + 10, title: words(n) }))
    await expect(Post.createMany(long)).rejects.toThrow(
      /bytes with the words of their texts.*call it several/,
    )
    expect(await Post.count()).toBe(4)
    await Post.createMany(long.slice(0, 4))
    await Post.update(10, { title: 'all '.repeat(300_000) })
    expect(await ids(Post.search('"w7x3"'))).toEqual([13])
  })

  test('a save that leaves the text as it is does not index it again', async () => {
    const word = `${Post.key}:t:title:w:cat`
    await at.redis.call('ZADD', [word, '0.5', '4'])
    const post = await Post.load(4)
    post.status = 9
    await Post.save(post)
    expect(Number(await at.redis.call('ZSCORE', [word, '4']))).toBe(0.5)
    post.title = 'Cats'
    await Post.save(post)
    expect(Number(await at.redis.call('ZSCORE', [word, '4']))).toBeLessThan(0.5)
    expect(await ids(Post.search('cat'))).toEqual([4])
  })

  test('an expired record is not found', async () => {
    await Post.expire(4, 1)
    await expect.poll(() => Post.has(4)).toBe(false)
    // A search in the millisecond in which it expires leaves its words to the next one.
    await expect
      .poll(async () => {
        expect(await ids(Post.search('cat'))).toEqual([])
        return Number(await at.redis.call('EXISTS', [`${Post.key}:t:title:w:cat`]))
      })
      .toBe(0)
  })

  test('a search without a full-text index is refused', () => {
    const Plain = at.kit().model('plain', { id: text().primaryKey(), name: text() })
    expect(() => Plain.search('x')).toThrow(modelError('no-index'))
    expect(() => (Plain.name as unknown as typeof Post.title).search('x')).toThrow(
      'plain.name has no full-text index, which search needs: write name: text().search()',
    )
    expect(() => Post.search(1 as never)).toThrow(modelError('invalid'))
    expect(() => integer().search as unknown).not.toThrow()
  })

  test('a model that changed is reindexed, with progress', async () => {
    const kit = at.kit({ prefix: 'app:' })
    const Before = kit.model('page', { id: text().primaryKey(), title: text(), old: integer().index() })
    await Before.createMany(
      Array.from({ length: 450 }, (_, n) => ({ id: `${n}`, title: `page ${n % 9}`, old: n })),
    )
    let made = 0
    const After = kit.model('page', {
      id: text().primaryKey(),
      title: text().index().search(),
      old: integer(),
      views: integer()
        .index()
        .default(() => made++ % 2),
      note: text().index().optional(),
    })
    expect((await After.load('7')).note).toBeNull()
    expect(await After.count(After.title.eq('page 3'))).toBe(0)
    const seen: number[] = []
    expect(await After.reindex({ onProgress: ({ done, total }) => seen.push(done, total) })).toBe(450)
    expect(seen).toEqual([200, 450, 400, 450, 450, 450])
    expect(await After.count(After.title.eq('page 3'))).toBe(50)
    expect(await After.count(After.title.search('page'))).toBe(450)
    expect(await After.count(After.note.isNull())).toBe(450)
    const odd = await After.count(After.views.eq(1))
    expect(odd + (await After.count(After.views.eq(0)))).toBe(450)
    expect(await After.reindex()).toBe(450)
    expect(await After.count(After.views.eq(1))).toBe(odd)
    expect(Number(await at.redis.call('EXISTS', [`${After.key}:i:old`]))).toBe(0)
    const Unique = kit.model('page', { id: text().primaryKey(), title: text().unique(), old: integer() })
    await expect(Unique.reindex()).rejects.toEqual(modelError('duplicate'))
    await expect(After.reindex({ progress: 1 } as never)).rejects.toThrow(/onProgress/)
    const Required = kit.model('page', { id: text().primaryKey(), author: text() })
    await expect(Required.load('1')).rejects.toEqual(modelError('undecodable'))
  })
})
