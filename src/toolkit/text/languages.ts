/** Names of the algorithm of Snowball, and of the list of stop words, of a language. */
export interface LanguageNames {
  readonly stemmer: string
  readonly stopWords: string
}

/** A language whose words have stems and stop words, by ISO 639-1. */
export type Language =
  | 'ar'
  | 'hy'
  | 'eu'
  | 'ca'
  | 'cs'
  | 'da'
  | 'nl'
  | 'en'
  | 'fi'
  | 'fr'
  | 'de'
  | 'hu'
  | 'it'
  | 'ga'
  | 'no'
  | 'pt'
  | 'ro'
  | 'ru'
  | 'es'
  | 'sl'
  | 'sv'
  | 'tr'

/** Languages that have a stemmer and a list. */
export const LANGUAGES: Readonly<Record<Language, LanguageNames>> = {
  ar: { stemmer: 'arabic', stopWords: 'ara' },
  hy: { stemmer: 'armenian', stopWords: 'hye' },
  eu: { stemmer: 'basque', stopWords: 'eus' },
  ca: { stemmer: 'catalan', stopWords: 'cat' },
  cs: { stemmer: 'czech', stopWords: 'ces' },
  da: { stemmer: 'danish', stopWords: 'dan' },
  nl: { stemmer: 'dutch', stopWords: 'nld' },
  en: { stemmer: 'english', stopWords: 'eng' },
  fi: { stemmer: 'finnish', stopWords: 'fin' },
  fr: { stemmer: 'french', stopWords: 'fra' },
  de: { stemmer: 'german', stopWords: 'deu' },
  hu: { stemmer: 'hungarian', stopWords: 'hun' },
  it: { stemmer: 'italian', stopWords: 'ita' },
  ga: { stemmer: 'irish', stopWords: 'gle' },
  no: { stemmer: 'norwegian', stopWords: 'nob' },
  pt: { stemmer: 'portuguese', stopWords: 'por' },
  ro: { stemmer: 'romanian', stopWords: 'ron' },
  ru: { stemmer: 'russian', stopWords: 'rus' },
  es: { stemmer: 'spanish', stopWords: 'spa' },
  sl: { stemmer: 'slovene', stopWords: 'slv' },
  sv: { stemmer: 'swedish', stopWords: 'swe' },
  tr: { stemmer: 'turkish', stopWords: 'tur' },
}
