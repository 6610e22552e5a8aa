import { expect, test } from 'vitest'
import { cacheOf } from '../../helpers/templates.ts'

const DATA = { product: { id: 7, nil: null }, list: ['a', undefined] }

/** @returns the page, or the message of its error */
async function page(template: string): Promise<string> {
  const { cache } = cacheOf(template)
  return cache.render('page', DATA).then(
    ({ body }) => `${body}`,
    (error: Error) => error.message,
  )
}

test.each([
  ['tags="product:" ~ product.idd', 'product.idd is undefined in the tags= of the fragment "card"'],
  ['tags=["all", "product:" ~ product.idd]', 'product.idd is undefined'],
  ['tags=["product:" ~ product.nil]', 'product.nil is null'],
  ['tags=["product:" + product.idd]', 'product.idd is undefined'],
  ['tags=["product:" ~ product.idd ~ ":v1"]', 'product.idd is undefined'],
  ['tags=["product:" ~ (product.idd | default(nothing))]', 'product.idd | default(nothing)'],
  ['tags=["product:" ~ none]', 'none is null in the tags='],
  ['tags=nothing', 'nothing is undefined in the tags= of the fragment "card"'],
  ['tags=product.tags', 'product.tags is undefined'],
  ['tags=list', 'A tag of the fragment "card" is undefined'],
  ['tags=["x", product.idd]', 'The tag product.idd of the fragment "card" is undefined'],
  ['"x", product.idd', 'Part 2 (product.idd) of the key of the fragment "card" is undefined'],
  ['product.nil', 'Part 1 (product.nil) of the key of the fragment "card" is null'],
  ['list[0], list', 'Part 2 (list) of the key of the fragment "card" has [1], which is undefined'],
  ['"card:" ~ product.idd', 'product.idd is undefined in the key of the fragment "card"'],
  ['["card", "x" ~ product.nil]', 'product.nil is null in the key of the fragment "card"'],
  ['product.items["a b"].id ~ "x"', 'product.items["a b"].id is undefined'],
])('{%% cache "card", %s %%} is an error that names the expression', async (tag, message) => {
  const text = await page(`\n{% cache "card", ${tag} %}x{% endcache %}`)
  expect(text).toContain(message)
  expect(text).toContain('page, line 2')
})

test.each([
  'tags="product:" ~ product.id',
  'tags=["product:" ~ (product.idd or "none")]',
  'tags=[]',
  '"card:" ~ product.id ~ 0 ~ false ~ ""',
  '1 + product.id',
])('{%% cache "card", %s %%} renders', async (tag) => {
  expect(await page(`{% cache "card", ${tag} %}x{{ "a" ~ nothing }}{% endcache %}`)).toBe('xaundefined')
})
