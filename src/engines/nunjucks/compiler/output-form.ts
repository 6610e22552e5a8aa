import { DATA } from '../runtime/property-kind.ts'

/** JavaScript before and after an expression. */
type Around = readonly [before: string, after: string]

/** The form of compiled code, by what may happen to the run that it is for. */
export interface OutputForm {
  /** Declares a variable that output is gathered in. */
  declare(output: string): string
  /** The content of such a variable, as an expression. */
  text(output: string): string
  /** Its list of holes and of the texts between them, as an expression. */
  list(output: string): string
  /** Adds what another template, block or loop put out: it is not escaped again. */
  append(output: string, text: string): string
  /** Notes that a name stands for code, which a fragment may read. */
  codeName(name: string): string
  /** Prints an expression. @param constant it cannot read anything */
  print(output: string, constant: boolean): Around
  /** Sets a variable to an expression. */
  assign(target: string): Around
  /** Chooses what follows, where a value is not known. @param otherwise `else`, or nothing */
  unknown(value: string, statements: string): string
  /**
   * Reads a member of an expression inline.
   * @param place a variable of the template for what is known of this place
   */
  member(access: string, name: string, place: () => string): Around
}

/**
 * Code of pages: fragments leave holes in its output, and a statement that reads what is not there
 * yet is cut.
 */
export const PAGE_FORM: OutputForm = {
  declare: (output) => `var ${output} = "", ${output}_l = null;`,
  text: (output) => `(${output}_l === null ? ${output} : runtime.text(${output}_l, ${output}))`,
  list: (output) => `${output}_l`,
  append: (output, text) =>
    `if (typeof ${text} === "string") ${output} += ${text};\n` +
    `else { ${output}_l = runtime.splice(${output}_l, ${output}, ${text}); ${output} = ""; }\n`,
  codeName: (name) => `runtime.code.addName("${name}");\n`,
  print: (output, constant) => [
    constant ? 'v = ' : 'try { v = ',
    `;\nif (typeof v === "object" && v instanceof own.Text) {\n` +
      `${output}_l = runtime.splice(${output}_l, ${output}, v); ${output} = "";\n` +
      `} else ${output} += runtime.show(v, auto);\n` +
      (constant ? '' : '} catch (e) { runtime.cut(e); }\n'),
  ],
  assign: (target) => [`try { ${target} = `, `; } catch (e) { runtime.cut(e); ${target} = own.UNKNOWN; }\n`],
  unknown: (value, statements) => `if(${value} === own.UNKNOWN) {\n${statements}} else `,
  member: (access, name, place) => {
    const known = place()
    return [
      '((m = ',
      `) === undefined || m === null ? undefined` +
        ` : ${known} !== ${DATA} || again && runtime.callsCode(m, ${name})` +
        ` ? runtime.memberAt(m, ${name}, ${known} = runtime.foundAt(${known}, m, ${name}))` +
        ` : runtime.member(m${access}, m, ${name}))`,
    ]
  },
}

/** Code of runs that leave no holes and miss nothing, which is half as long. */
export const ONCE_FORM: OutputForm = {
  declare: (output) => `var ${output} = "";`,
  text: (output) => output,
  list: () => 'null',
  append: (output, text) => `${output} += ${text};\n`,
  codeName: () => '',
  print: (output) => [`${output} += runtime.show(`, ', auto);\n'],
  assign: (target) => [`${target} = `, ';\n'],
  unknown: () => '',
  member: (access, name, place) => {
    const known = place()
    return [
      '((m = ',
      `) == null ? undefined : ${known} !== ${DATA}` +
        ` ? runtime.memberAt(m, ${name}, ${known} = runtime.foundAt(${known}, m, ${name}))` +
        ` : runtime.member(m${access}, m, ${name}))`,
    ]
  },
}
