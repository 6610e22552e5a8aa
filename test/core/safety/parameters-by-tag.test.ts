import { expect, test } from 'vitest'
import { parametersByTag } from '../../../src/core/safety/parameters-by-tag.ts'
import { NO_POLICY } from '../../../src/engines/data-policy.ts'

const POLICY = { ...NO_POLICY, perVisitor: ['user'] }

const at = (name: string, line: number) => ({ name, template: 'page.njk', line })
const reads = [
  { fragment: at('card', 2), path: ['film', 'id'] },
  { fragment: at('card', 2), path: ['user', 'id'] },
  { fragment: at('card', 9), path: ['film', 'id'] },
]

test('each tag has the origins of its own parameters', () => {
  expect(parametersByTag(reads, POLICY)).toEqual(
    new Map([
      [
        'card',
        [
          {
            template: 'page.njk',
            line: 2,
            byName: true,
            paths: [
              ['film', 'id'],
              ['user', 'id'],
            ],
          },
          { template: 'page.njk', line: 9, byName: false, paths: [['film', 'id']] },
        ],
      ],
    ]),
  )
})

test('groups what an engine returned once, and again for another policy', () => {
  const tags = parametersByTag(reads, POLICY)
  expect(parametersByTag(reads, POLICY)).toBe(tags)
  const other = { ...POLICY, perVisitor: ['film'] }
  expect(parametersByTag(reads, other).get('card')?.[1]?.byName).toBe(true)
})
