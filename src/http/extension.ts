import { extname } from 'node:path'

/**
 * Returns a template's name with an extension, where it has none.
 * @param extension with its dot or without; `''`: none
 */
export function withExtension(template: string, extension: string): string {
  if (extension === '' || typeof template !== 'string' || extname(template) !== '') return template
  return `${template}${extension.startsWith('.') ? '' : '.'}${extension}`
}
