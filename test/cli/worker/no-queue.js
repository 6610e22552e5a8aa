export const nothing = 5
export default function send() {}
