import { type HttpResponse, reasonOf, send } from "./http.ts";

export interface PulumiOptions {
  readonly apiUrl: string;
  readonly token: string;
  readonly signal: AbortSignal;
}

export class PulumiError extends Error {
  readonly status: number;

  constructor(method: string, url: string, response: HttpResponse) {
    const text = response.body.toString("utf8").trim();
    super(`rest: ${method} ${url} returned ${response.status}: ${text}`);
    this.status = response.status;
  }
}

/** The client of the plugin's `api/*` resources (provider/pkg/rest of 1.3.0): it never repeats a call. */
export class PulumiClient {
  readonly #options: PulumiOptions;

  constructor(options: PulumiOptions) {
    this.#options = options;
  }

  async call(method: string, path: string, body?: { type: string; text: string }): Promise<string> {
    const { apiUrl, token, signal } = this.#options;
    const url = new URL(path, apiUrl).href; // of the address, scheme and host only, as the real one
    const headers = {
      accept: "application/json",
      authorization: `token ${token}`,
      "x-pulumi-source": "provider",
      "user-agent": "Go-http-client/1.1",
      ...(body === undefined ? {} : { "content-type": body.type }),
    };
    const request = { method, url, headers, ...(body === undefined ? {} : { body: body.text }) };
    const response = await send(request, signal).catch((error: unknown) => {
      throw new Error(`rest: ${method} ${url}: ${reasonOf(error)}`, { cause: error });
    });
    if (response.status < 200 || response.status >= 300) throw new PulumiError(method, url, response);
    return response.body.toString("utf8");
  }
}
