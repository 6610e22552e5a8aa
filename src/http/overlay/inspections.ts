import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Page } from '../../core/page/page.ts'
import type { PageInspection } from '../../core/page-context.ts'
import type { WatchedResponse } from '../../core/safety/response-watch.ts'
import { messageOf } from '../../errors.ts'
import { isLocalRequest } from '../../local-request.ts'
import { notice } from '../../options/notice.ts'
import { overlayHead, overlayScript } from './overlay-head.ts'
import type { OverlayConfig } from './overlay-option.ts'
import { policyNonce } from './policy-nonce.ts'
import { answerWithJson, sendUncached } from './replaced-answer.ts'
import { type PageView, requestedView } from './requested-view.ts'

/** Headers of the script. A cache that ignores queries would take it for the page. */
export const SCRIPT_HEADERS = {
  'content-type': 'text/javascript; charset=utf-8',
  'cache-control': 'private, no-store',
  'x-content-type-options': 'nosniff',
}

/** One request, as far as its inspection needs it. */
interface InspectedRequest {
  /** The framework's request. */
  readonly request: unknown
  readonly message: IncomingMessage
  readonly response: ServerResponse
  /** The framework's response, which has the headers that handlers have set. */
  readonly reply: WatchedResponse
  readonly page: Page
}

/** Answers requests that ask to see what their page does. */
export class Inspections {
  readonly #config: OverlayConfig

  constructor(config: OverlayConfig) {
    this.#config = config
  }

  /** Returns the script of the overlay, if a request asks for that. */
  scriptFor(url: string | undefined): Buffer | undefined {
    return requestedView(url) === 'overlay.js' ? overlayScript() : undefined
  }

  /**
   * Returns the inspection of a request that asks for one.
   * @param inspected returns the request, once its page is opened
   */
  of(view: PageView, inspected: () => InspectedRequest): PageInspection {
    return {
      allowed: async () => {
        const asked = inspected()
        if (!(await this.#allows(asked)) || asked.response.headersSent) return false
        if (view === 'overlay') sendUncached(asked.response)
        if (view === 'explain') answerWithJson(asked.response, (status) => explained(asked, status))
        return true
      },
      ...(view === 'overlay' && { overlay: (trace) => overlayHead(trace, this.#nonceOf(inspected())) }),
    }
  }

  async #allows({ request, message }: InspectedRequest): Promise<boolean> {
    const { authorize } = this.#config
    if (!authorize) return isLocalRequest(message) || refuseDistant()
    try {
      return (await authorize(request)) === true
    } catch (error) {
      notice(`The option overlay.authorize failed, and the request may not see its page: ${messageOf(error)}`)
      return false
    }
  }

  #nonceOf({ request, reply }: InspectedRequest): string | undefined {
    const headers = reply.getHeaders() as Record<string, unknown>
    return (
      this.#config.nonce?.(request) ??
      policyNonce(headers['content-security-policy']) ??
      policyNonce(headers['content-security-policy-report-only'])
    )
  }
}

function refuseDistant(): false {
  notice(
    'A request with ?onetrip= came through a proxy, from another network, or by a name other than localhost, and has its page as it is: ' +
      'say who may see more, overlay: { authorize: (request) => ... }.',
  )
  return false
}

function explained({ page, message }: InspectedRequest, status: number): unknown {
  const explanation = page.context.trace?.toJSON()
  return {
    ...explanation,
    page: { ...explanation?.page, route: page.context.source?.route, method: message.method, status },
  }
}
