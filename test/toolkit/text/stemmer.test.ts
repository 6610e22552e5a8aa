import { describe, expect, test } from 'vitest'
import { LANGUAGES, type Language } from '../../../src/toolkit/text/languages.ts'
import { stemmerOf } from '../../../src/toolkit/text/stemmer.ts'
import { fold } from '../../../src/toolkit/words/fold.ts'

describe('stemmerOf', () => {
  // The stems of libstemmer 2.2, the library of Snowball itself.
  test.each<[Language, string, string]>([
    ['en', 'consistency', 'consist'],
    ['en', 'knightly', 'knight'],
    ['en', 'relational', 'relat'],
    ['en', 'happily', 'happili'],
    ['en', 'dying', 'die'],
    ['en', 'skies', 'sky'],
    ['en', 'generously', 'generous'],
    ['en', 'proceeding', 'proceed'],
    ['en', 'organization', 'organ'],
    ['ru', 'вавилонскую', 'вавилонск'],
    ['ru', 'важнейшими', 'важн'],
    ['ru', 'книгами', 'книг'],
    ['ru', 'красивый', 'красив'],
    ['ru', 'противоестественного', 'противоестествен'],
    ['de', 'aufeinanderfolgenden', 'aufeinanderfolg'],
    ['de', 'kategorisch', 'kategor'],
    ['de', 'häuser', 'haus'],
    ['de', 'kätzchen', 'katzch'],
    ['fr', 'continuellement', 'continuel'],
    ['fr', 'majestueusement', 'majestu'],
    ['fr', 'généralement', 'général'],
    ['es', 'cheques', 'chequ'],
    ['es', 'torneadores', 'torneador'],
    ['es', 'canciones', 'cancion'],
    ['it', 'abbandonavano', 'abbandon'],
    ['it', 'pronunziato', 'pronunz'],
    ['nl', 'lichamelijkheden', 'licham'],
    ['nl', 'opgaven', 'opgav'],
    ['sv', 'jaktkarlarne', 'jaktkarl'],
    ['sv', 'klockringning', 'klockringning'],
    ['fi', 'edeltäjiinsä', 'edeltäj'],
    ['fi', 'innostuneempi', 'innostun'],
    ['tr', 'kitaplardan', 'kitap'],
    ['tr', 'evlerimizde', 'ev'],
    ['pt', 'boiarem', 'boi'],
    ['pt', 'quilométricas', 'quilométr'],
    ['hu', 'babakocsijáért', 'babakocs'],
    ['hu', 'megvásárolták', 'megvásárolta'],
  ])('%s: %s has the stem %s', (language, word, stem) => {
    expect(stemmerOf(language)(word)).toBe(fold(stem))
    expect(stemmerOf(language)(word)).toBe(fold(stem))
  })

  test('knows every language, and never fails on a word', () => {
    for (const language of Object.keys(LANGUAGES) as Language[])
      for (const word of [
        '',
        'a',
        "l'",
        'ies',
        '42',
        '東京',
        'х',
        'constructor',
        '\ud800',
        'y'.repeat(1_000),
      ])
        expect(typeof stemmerOf(language)(word)).toBe('string')
  })
})
