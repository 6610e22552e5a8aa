import assert from 'node:assert/strict'
import { TagError } from '../../errors.ts'
import type { EngineCase } from './case.ts'

/** Data whose value `box.broken` throws when it is read. */
const broken = {
  n: 1,
  box: {
    get broken() {
      throw new Error('broken on purpose')
    },
  },
}

export const failureCases: readonly EngineCase[] = [
  {
    title: 'fails the page with what a template throws, in a fragment and outside of one',
    async run({ syntax: { cache, data, print }, open }) {
      const throws = print(data('box.broken'))
      for (const page of [throws, cache({ name: 'f', parts: [] }, throws)]) {
        const site = await open({ page })
        const error = await site.failure(broken)
        assert.match(error.message, /broken on purpose/)
        assert.deepEqual(
          site.events.filter(({ type }) => type === 'write'),
          [],
        )
      }
    },
  },
  {
    title: 'fails a page with what an asynchronous body throws',
    needs: ['wait'],
    async run({ syntax: { cache, data, print, wait }, open }) {
      const body = `${wait(data('n'))}${print(data('box.broken'))}`
      const site = await open({ page: cache({ name: 'f', parts: [] }, body) })
      const error = await site.failure(broken)
      assert.match(error.message, /broken on purpose/)
    },
  },
  {
    title: 'renders the next page though one has failed',
    async run({ syntax: { cache, data, print }, open }) {
      const throws = print(data('box.broken'))
      for (const page of [throws, cache({ name: 'f', parts: [] }, throws)]) {
        const site = await open({ page })
        await site.failure(broken)
        assert.equal(await site.html({ box: { broken: 'mended' } }), 'mended')
      }
    },
  },
  {
    title: 'leaves wrong options of a tag to the page, whose error names template and line',
    async run({ syntax: { cache }, open }) {
      const page = `\n${cache({ name: 'f', parts: [], vary: ['nothing'] }, 'x')}`
      const error = await (await open({ page })).failure({})
      assert.ok(error instanceof TagError || error.cause instanceof TagError, `${error} is not a TagError`)
      assert.match(error.message, /page.*line 2/is)
    },
  },
  {
    title: 'fails with the name of a template that does not exist',
    async run({ syntax: { include }, open }) {
      const included = await open({ page: include('absent') })
      assert.match((await included.failure({})).message, /absent/)
      const rendered = await open({ other: 'other' })
      assert.match((await rendered.failure({})).message, /page/)
    },
  },
  {
    title: 'has digests that tell templates apart, and are the same in all processes',
    async run({ create }) {
      const digestsOf = async (templates: Readonly<Record<string, string>>) => {
        const engine = await create(templates)
        return [
          engine.digest,
          ...(await Promise.all(['a', 'b', 'absent'].map((name) => engine.digestOf(name)))),
        ]
      }
      const digests = await digestsOf({ a: 'one', b: 'two' })
      assert.deepEqual(await digestsOf({ a: 'one', b: 'two' }), digests)
      const [options, a, b, absent] = digests
      assert.equal(typeof options, 'string')
      assert.equal(typeof a, 'string')
      assert.equal(new Set([a, b, absent]).size, 3, `${[a, b, absent]} are not three digests`)
      const edited = await digestsOf({ a: 'one, edited', b: 'two' })
      assert.notEqual(edited[1], a)
      assert.equal(edited[2], b)
    },
  },
]
