/**
 * The reviews that a new catalogue starts with, so that its pages are not empty: made up, and the
 * same on every machine.
 */

import { seededRandom } from '../seeded-random.js'

const AUTHORS = [
  'Ada',
  'Marlowe',
  'Ines K.',
  'Jonas',
  'Priya',
  'Old Projectionist',
  'Tomasz',
  'Wren',
  'Beatriz',
  'Hal',
  'Row F, Seat 12',
  'Mei',
  'Otto',
  'Saoirse',
  'Dev',
  'Lucille',
  'Kwame',
  'Noor',
  'Second Feature',
  'Ulla',
]

/** By stars: what one says first. */
const OPENINGS = {
  5: [
    'I came out of this one walking differently.',
    'As good as everyone told me, which almost never happens.',
    'Third time, and it still finds something new to show me.',
    'The kind of film you lend people and never get back.',
  ],
  4: [
    'Better than I remembered, and I remembered it fondly.',
    'Sure of itself from the first shot to the last.',
    'A very good evening.',
    'Went in tired, came out awake.',
  ],
  3: [
    'Half of it is wonderful; the other half is in the same film.',
    'Fine company for a rainy Sunday.',
    'Likes its idea a little more than it likes its people.',
    'I enjoyed it more than I admired it.',
  ],
  2: [
    'There is a good film in here somewhere, and it is about forty minutes long.',
    'Everyone involved has done better.',
    'I checked the time twice.',
    'It tries everything once and nothing twice.',
  ],
  1: [
    'My popcorn had more depth.',
    'The trailer had all of it, in a better order.',
    'I have nothing against it except having seen it.',
    'A long way to go for one joke.',
  ],
}

/** By genre: what one talks about. */
const REMARKS = {
  Action: [
    'You always know where everybody is standing, which is rarer than it sounds.',
    'The chase in the middle is cut so that you feel the corners.',
    'Loud, and mostly on purpose.',
  ],
  Adventure: [
    'It still believes in maps, and so did I for two hours.',
    'The places feel walked through, not painted in.',
    'A boy behind me gasped at the right moments. So did I.',
  ],
  Comedy: [
    'The jokes come from the people, not at them.',
    'The straight man steals it.',
    'The dinner scene alone was worth the ticket.',
  ],
  'Romantic Comedy': [
    'The two of them talk like people who listen.',
    'You know how it ends, and you want it to.',
    'The best friend deserves her own film.',
  ],
  Drama: [
    'What is left unsaid in the kitchen scene is the whole story.',
    'Nobody here is only right or only wrong.',
    'The quiet in it is the best thing about it.',
  ],
  Horror: [
    'It knows that a closed door is worse than anything behind it.',
    'I left the hall light on. I am forty-one.',
    'The sound does the work, and the work is thorough.',
  ],
  'Thriller/Suspense': [
    'It plays fair: everything you need is on the screen before you need it.',
    'The second hour tightens like a belt.',
    'I guessed it, then it guessed that I had.',
  ],
  Musical: [
    'I hummed the second number all the way home.',
    'The songs move the story, not the other way around.',
    'The choreography fills the frame right into its corners.',
  ],
  Western: [
    'All that sky, and still it feels like a room with no exits.',
    'Says more with hats than most films with speeches.',
    'Dust you can taste.',
  ],
  Documentary: [
    'It lets people finish their sentences.',
    'It asks one more question than is polite, and is right to.',
    'I looked things up for an hour afterwards.',
  ],
  'Black Comedy': [
    'I laughed, and then looked round to see who else had.',
    'Cruel to its characters, fair to its audience.',
    'The funeral is the lightest scene in it.',
  ],
}
const ANY_REMARK = [
  'The light in the last reel is something.',
  'The supporting cast carries more than its share.',
  'It looks wonderful on a big screen.',
  'The score knows when to stop.',
]

const CLOSINGS = [
  'See it with someone who disagrees with you.',
  'Stay for the credits.',
  'Worth a late bus home.',
  'Not for everyone, and glad of it.',
  'I would go again tomorrow.',
  'Bring a friend.',
]

/**
 * @param {import('./normalise.js').Film[]} films
 * @returns {{ filmId: number, author: string, stars: number, text: string, language: string,
 *   writtenAt: string }[]}
 */
export function seedReviews(films) {
  return films.flatMap((film) => {
    const random = seededRandom(`reviews ${film.id}`)
    return Array.from({ length: reviewCount(film, random) }, () => ({
      filmId: film.id,
      author: random.pick(AUTHORS),
      ...opinion(film, random),
      language: 'en',
      writtenAt: new Date(Date.UTC(2024, 0, 1) + random.whole(0, 500 * 24 * 60) * 60_000).toISOString(),
    }))
  })
}

/** Films that many know are reviewed by more. */
function reviewCount(film, random) {
  const votes = film.votes ?? 0
  if (votes > 100_000) return random.whole(2, 6)
  if (votes > 20_000) return random.whole(0, 3)
  return random.chance(0.25) ? 1 : 0
}

function opinion(film, random) {
  const stars = Math.min(5, Math.max(1, Math.round((film.rating ?? 6) / 2 + random.between(-1, 1.2))))
  const sentences = [random.pick(OPENINGS[stars]), random.pick(REMARKS[film.genre] ?? ANY_REMARK)]
  if (stars > 2 && random.chance(0.4)) sentences.push(random.pick(CLOSINGS))
  return { stars, text: sentences.join(' ') }
}
