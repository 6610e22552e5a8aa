export { type NunjucksEngine, type NunjucksEngineOptions, nunjucksEngine } from './engine.ts'
export { installCache, type PageRenderer, type PageSource } from './environment/install.ts'
