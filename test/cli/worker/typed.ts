export const queue: number = 5
