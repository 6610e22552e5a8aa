import type { IncomingMessage, ServerResponse } from 'node:http'
import { asError } from '../answer.ts'
import type { FragmentsEndpoint } from './fragments-endpoint.ts'

/**
 * Answers a request for a fragment. Errors of it go to the error handler.
 * @returns false for a request of something else
 */
export function sendFragment(
  endpoint: FragmentsEndpoint,
  request: IncomingMessage,
  response: ServerResponse,
  next: (error: unknown) => void,
): boolean {
  const { method, url = '' } = request
  const answering = method === 'GET' || method === 'HEAD' ? endpoint.answer(url, request) : undefined
  if (!answering) return false
  answering
    .then(({ status, headers, body }) => {
      response.writeHead(status, { ...headers, 'content-length': body.length }).end(body)
    })
    .catch((error: unknown) => next(asError(error)))
  return true
}
