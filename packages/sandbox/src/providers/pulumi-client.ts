import { isObject } from "../objects.ts";
import { type HttpResponse, reasonOf, send } from "./http.ts";
import type { Properties, Value } from "./properties.ts";

export interface PulumiOptions {
  readonly apiUrl: string;
  readonly token: string;
  readonly signal: AbortSignal;
}

/** An answer that is no success. */
export class PulumiError extends Error {
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }
}

interface Body {
  readonly type: string;
  readonly text: string;
}

/** The two clients of the plugin (1.3.0). Neither repeats a call. */
export class PulumiClient {
  readonly #options: PulumiOptions;

  constructor(options: PulumiOptions) {
    this.#options = options;
  }

  /** That of the generated `api/*` resources, provider/pkg/rest: the text of the answer. */
  async call(method: string, path: string, body?: Body): Promise<string> {
    const { url, response } = await this.#send(method, path, "application/json", body).catch(
      (error: unknown) => {
        throw new Error(`rest: ${method} ${this.#url(path)}: ${reasonOf(error)}`, { cause: error });
      },
    );
    const text = response.body.toString("utf8");
    if (!isOk(response)) {
      throw new PulumiError(
        `rest: ${method} ${url} returned ${response.status}: ${text.trim()}`,
        response.status,
      );
    }
    return text;
  }

  /** That of the older `index` resources, provider/pkg/pulumiapi: the object that the answer is. */
  async ask(method: string, path: string, body?: Value): Promise<Properties> {
    return (await this.askWithHeaders(method, path, body)).answer;
  }

  async askWithHeaders(
    method: string,
    path: string,
    body?: Value,
    yaml?: string,
  ): Promise<{ readonly answer: Properties; readonly text: string; readonly headers: Headers }> {
    const json = body === undefined ? undefined : { type: "application/json", text: JSON.stringify(body) };
    const sent = yaml === undefined ? json : { type: "application/x-yaml", text: yaml };
    const { response } = await this.#send(method, path, "application/vnd.pulumi+9", sent).catch(
      (error: unknown) => {
        throw new Error(`failed to create request: ${method} ${this.#url(path)}: ${reasonOf(error)}`, {
          cause: error,
        });
      },
    );
    const text = response.body.toString("utf8");
    const answer = objectOf(text);
    if (!isOk(response)) {
      const message = typeof answer?.message === "string" ? answer.message : text.trim();
      throw new PulumiError(`${response.status} API error: ${message}`, response.status);
    }
    return { answer: answer ?? {}, text, headers: response.headers };
  }

  async #send(method: string, path: string, accept: string, body: Body | undefined) {
    const url = this.#url(path);
    const headers = {
      accept,
      authorization: `token ${this.#options.token}`,
      "x-pulumi-source": "provider",
      "user-agent": "Go-http-client/1.1",
      ...(body === undefined ? {} : { "content-type": body.type }),
    };
    const request = { method, url, headers, ...(body === undefined ? {} : { body: body.text }) };
    return { url, response: await send(request, this.#options.signal) };
  }

  /** Of the address, scheme and host only, as the real one. */
  #url(path: string): string {
    return new URL(path, this.#options.apiUrl).href;
  }
}

/** For a `catch`: the error, with what was tried before its words. */
export function because(what: string): (error: unknown) => never {
  return (error) => {
    throw new Error(`${what}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  };
}

function isOk({ status }: HttpResponse): boolean {
  return status >= 200 && status < 300;
}

function objectOf(text: string): Properties | undefined {
  try {
    const parsed = JSON.parse(text) as Value;
    return isObject(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}
