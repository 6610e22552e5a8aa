declare module 'nunjucks/src/transformer.js' {
  const transformer: { transform(tree: unknown, asyncFilters: string[]): unknown }
  export default transformer
}
