import { expect, test } from 'vitest'
import { Config } from '../../../src/server/config/config.ts'
import { Libraries } from '../../../src/server/scripting/libraries.ts'
import { Scripts } from '../../../src/server/scripting/scripts.ts'

test('a library of a file that cannot be loaded is kept for the next file, until it is flushed', async () => {
  const scripts = new Scripts(new Config())
  const libraries = new Libraries(scripts)
  const texts = ["#!lua name=good\nredis.register_function('fn', function() end)", '#!lua name=bad\nwrong(']
  for (const text of texts) libraries.addLater(text)
  await scripts.load()
  expect(libraries.all.map(({ name }) => name)).toEqual(['good'])
  expect(libraries.texts).toEqual(texts)
  libraries.flush()
  expect(libraries.texts).toEqual([])
})
