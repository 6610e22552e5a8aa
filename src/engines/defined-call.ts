/** A `{% fragment %}` with its arguments evaluated. */
export interface DefinedCall {
  /** Where the tag stands. */
  readonly place: { readonly template: string; readonly line: number }
  /** Name of the defined fragment. */
  readonly name: string
  /** Its parameters, evaluated. */
  readonly params: Readonly<Record<string, unknown>>
  /** True if a parameter was made of a value that belongs to one visitor. */
  readonly perVisitor: boolean
  /**
   * The names of the parameters that are such values themselves, as far as is known.
   * @defaultValue none
   */
  readonly perVisitorParams?: readonly string[] | undefined
  /** True if a parameter was made of a text that is for this request alone. */
  readonly readsNocache: boolean
  /** False where the fragment is rendered for this page only. */
  readonly enabled: boolean
}

/** A fragment by its definition: all that another process needs to render it. */
export interface DefinedSource {
  /** Name of the fragment. */
  readonly name: string
  /** Its parameters. */
  readonly params: Readonly<Record<string, unknown>>
  /** The values that it varies by, by name. */
  readonly vary: Readonly<Record<string, unknown>>
  /** True if a parameter was made of a value that belongs to one visitor. */
  readonly perVisitor: boolean
}
