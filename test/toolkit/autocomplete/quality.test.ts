import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { expect, test } from 'vitest'
import { describeRedis } from '../../helpers/redis-server.ts'
import { useKits } from '../kit-fixture.ts'
import { QUALITY } from './quality-table.ts'

interface Film {
  Title: unknown
  'IMDB Votes': number | null
}

const FILMS = JSON.parse(
  readFileSync(createRequire(import.meta.url).resolve('vega-datasets/data/movies.json'), 'utf8'),
) as Film[]
const MOST_VOTES = Math.max(...FILMS.map((film) => film['IMDB Votes'] ?? 0))

describeRedis('autocomplete on the titles of films', () => {
  const { kit } = useKits()

  test('gives the right first answer to each query of the table', async () => {
    const films = kit().autocomplete('films')
    const items = FILMS.map((film, id) => ({
      id: String(id),
      title: String(film.Title),
      score: Math.log1p(film['IMDB Votes'] ?? 0) / Math.log1p(MOST_VOTES),
    }))
    await films.addMany(items)
    const answers: [string, string | undefined][] = []
    for (const [query] of QUALITY) answers.push([query, (await films.search(query))[0]?.title])
    expect(answers).toEqual(QUALITY)
  })
})
