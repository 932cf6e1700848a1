/** One request and its answer. The bodies may hold secrets: an exchange is for checks in memory, never for a file. */
export interface Exchange {
  /** In capitals. */
  readonly method: string;
  /** As the client asked for it. */
  readonly url: URL;
  /** Of the request, the token included. */
  readonly requestHeaders: Headers;
  /** The answer's HTTP status. */
  readonly status: number;
  /** Of the answer. */
  readonly headers: Headers;
  /** The answer's body as text; empty for none. */
  readonly body: string;
  /** Time that the answer took, without the network. */
  readonly milliseconds: number;
}

/** Receives an exchange before the client receives the answer. */
export type OnExchange = (exchange: Exchange) => void;

type Fetch = (request: Request) => Response | Promise<Response>;

/** The same server with a witness, who has seen an exchange before the client gets the answer. */
export function witnessed(fetch: Fetch, onExchange: OnExchange): Fetch {
  return async (request) => {
    const { method, headers: requestHeaders } = request;
    const url = new URL(request.url);
    const started = performance.now();
    const response = await fetch(request);
    const milliseconds = performance.now() - started;
    const body = await response.clone().text();
    const { status, headers } = response;
    onExchange({ method, url, requestHeaders, status, headers, body, milliseconds });
    return response;
  };
}
