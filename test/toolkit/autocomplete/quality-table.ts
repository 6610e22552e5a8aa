/**
 * Queries on the film titles of `vega-datasets`, scored by their votes, with the title that a
 * visitor means. Written before the ranking: a query that fails is a fault of the ranking, not of
 * this table.
 */
export const QUALITY: readonly (readonly [query: string, first: string])[] = [
  // Beginnings of one word.
  ['matr', 'The Matrix'],
  ['godf', 'The Godfather'],
  ['shaws', 'The Shawshank Redemption'],
  ['glad', 'Gladiator'],
  ['incep', 'Inception'],
  ['casab', 'Casablanca'],
  ['mement', 'Memento'],
  ['tita', 'Titanic'],
  ['wall', 'WALL-E'],
  // Whole words, of which there are longer titles.
  ['up', 'Up'],
  ['alien', 'Alien'],
  ['jaws', 'Jaws'],
  ['batman', 'Batman'],
  ['saw', 'Saw'],
  ['psycho', 'Psycho'],
  // Several words, the last of which is being typed.
  ['pulp fi', 'Pulp Fiction'],
  ['fight c', 'Fight Club'],
  ['the dark k', 'The Dark Knight'],
  ['lord of the r', 'The Lord of the Rings: The Fellowship of the Ring'],
  ['harry potter gob', 'Harry Potter and the Goblet of Fire'],
  ['toy story 2', 'Toy Story 2'],
  ['silence lamb', 'The Silence of the Lambs'],
  // Other orders, accents, punctuation, words in the middle.
  ['rings two towers', 'The Lord of the Rings: The Two Towers'],
  ['knight dark', 'The Dark Knight'],
  ['amelie', "Le Fabuleux destin d'AmÈlie Poulain"],
  ['spider man', 'Spider-Man'],
  ['cuckoo', "One Flew Over the Cuckoo's Nest"],
  // Typing mistakes.
  ['gladaitor', 'Gladiator'],
  ['shawshenk', 'The Shawshank Redemption'],
  ['pulp ficton', 'Pulp Fiction'],
]
