export { type LoggedPage, type PinoBindings, pinoBindings } from './pino-bindings.ts'
