import { OptionError } from '../../errors.ts'
import { refuseOption } from '../../options/read-option.ts'
import { isPlainObject, show } from '../../options/show.ts'
import { refuseUnknownOptions } from '../../options/unknown-option.ts'
import { type Codec, checkCodec } from '../codec/codec.ts'
import { readTextOptions, TEXT_OPTIONS, type TextAnalysis, type TextOptions } from './text-analysis.ts'

/** Options of `kit.index`. All processes that use one index must have the same. */
export interface TextIndexOptions<Data = unknown> extends TextOptions {
  /**
   * Codec of the data of documents.
   *
   * @defaultValue that of the toolkit, by default `json()`
   */
  readonly codec?: Codec<Data> | undefined
  /**
   * Names of values by which a search may filter and count, such as `['genre']`.
   *
   * @defaultValue `[]`
   */
  readonly facets?: readonly string[] | undefined
}

/** Checked {@link TextIndexOptions}. */
export interface CheckedIndexOptions<Data> {
  readonly analysis: TextAnalysis
  readonly codec: Codec<Data>
  readonly facets: readonly string[]
}

/** @throws OptionError */
export function readIndexOptions<Data>(
  options: TextIndexOptions<Data> = {},
  codec: Codec<Data>,
): CheckedIndexOptions<Data> {
  if (!isPlainObject(options)) throw new OptionError(`index takes an object of options; got ${show(options)}`)
  refuseUnknownOptions('index', options, [...TEXT_OPTIONS, 'codec', 'facets'], {
    stemmer: 'language',
    stopwords: 'stopWords',
    minWordLength: 'minLength',
  })
  const { facets = [] } = options
  return {
    analysis: readTextOptions(options),
    codec: options.codec === undefined ? codec : checkCodec('index', options.codec),
    facets: [...readNames(facets)],
  }
}

function readNames(facets: unknown): readonly string[] {
  const isList = Array.isArray(facets) && facets.every((name) => typeof name === 'string' && name !== '')
  return isList ? facets : refuseOption('facets', "an array of names such as ['genre']", facets)
}
