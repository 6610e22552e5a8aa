/** The subject of the messages of errors. */
export const STORE_OWNER = 'The Redis store'
