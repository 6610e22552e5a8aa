import { OptionError } from '../errors.ts'
import { isPlainObject, show } from '../options/show.ts'
import { refuseUnknownOptions } from '../options/unknown-option.ts'
import type { VaryValues } from './definition/define-fragment.ts'
import { suffixOfValues } from './key/vary.ts'
import type { ResolvedOptions } from './options/cache-options.ts'
import { FragmentPage } from './page/fragment-page.ts'
import type { OpenOptions } from './page-context.ts'

/** Options of `renderFragment()`. */
export interface RenderFragmentOptions {
  /**
   * The values that the fragment varies by, by name. Those that are left out are asked of the
   * option `vary` with the request.
   * @defaultValue none: without a request, a fragment that varies is an error
   */
  readonly vary?: VaryValues | undefined
  /** The framework's request, for options that are given it. */
  readonly request?: unknown
  /**
   * The data of a page, which only the `{% nocache %}` holes of the fragment show.
   * @defaultValue none: a hole is an error
   */
  readonly data?: object | undefined
}

const OPTIONS = ['vary', 'request', 'data'] as const satisfies readonly (keyof RenderFragmentOptions)[]

/** A page that is one fragment, ready to be opened. */
export interface FragmentRender {
  readonly page: FragmentPage
  readonly data: object
  readonly open: OpenOptions
}

/** Reads the arguments of `renderFragment()`. @throws OptionError */
export function readFragmentRender(
  fragment: unknown,
  params: unknown,
  options: RenderFragmentOptions,
  { fragments, engine, ...rules }: ResolvedOptions,
  caller = 'renderFragment()',
): FragmentRender {
  const { name } = fragments.of(fragment, caller)
  if (!isPlainObject(params))
    throw new OptionError(
      `${caller}: the parameters of "${name}" must be an object such as { id: 42 }, not ${show(params)}.`,
    )
  if (!isOptions(options)) throw new OptionError(`The options of ${caller} must be an object.`)
  refuseUnknownOptions(caller, options, OPTIONS)
  const { request, data } = options
  const vary = options.vary ?? (request === undefined ? {} : undefined)
  if (vary) suffixOfValues(vary, { ...rules, defaultVary: [] }, caller.replace('()', ''))
  if (!engine)
    throw new OptionError(
      `${caller}: the cache has no engine: pass one, new FragmentCache({ store, engine: nunjucksEngine({ root }) }).`,
    )
  return {
    page: new FragmentPage(engine, name, params, caller, data),
    data: data ?? {},
    open: { request, vary },
  }
}

function isOptions(value: unknown): value is RenderFragmentOptions {
  return isPlainObject(value)
}
