export const cache = 'none'
