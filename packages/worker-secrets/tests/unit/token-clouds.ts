import { parse, stringify } from "yaml";

/** How a call fails. `Always`: each later attempt of the same call is answered so too. */
export const FAULTS = [
  "refused",
  "refusedAlways",
  "lost",
  "lostAlways",
  "late",
  "lateAlways",
  "answeredLate",
] as const;
export type CallFault = (typeof FAULTS)[number];

export interface Failing {
  readonly run: string;
  /** The run's call of that number, from 1. */
  readonly at: number;
  readonly fault: CallFault;
}

/** `run` makes that many calls, then the next phase begins; the last phases let each run end. */
export interface Phase {
  readonly run: string;
  readonly calls: number;
}

interface Token {
  readonly id: string;
  readonly value: string;
  readonly name: string;
  /** The run that created it. */
  readonly by: string;
  alive: boolean;
}

/** A late effect takes place after so many other calls of either run: while the run tries again, or once both have given up. */
const LATE_CALLS = { late: 4, lateAlways: 200 };

/**
 * The calls of a token's rotation in both services, in this process: one Environment with its etag and secrets as ciphertext, and
 * the tokens of one account. It decides whose call comes next, and breaks whether the stored token ever is a dead one.
 */
export class TokenClouds {
  readonly tokens: Token[] = [];
  /** The ids of all tokens that the Environment ever held. */
  readonly held = new Set<string>();
  readonly broken: string[] = [];
  readonly calls = new Map<string, number>();
  #text = "";
  #values: Record<string, unknown> = {};
  #revision = 0;
  #phases: Phase[];
  #left: number;
  readonly #ended = new Set<string>();
  readonly #waiting = new Map<string, (() => void)[]>();
  readonly #failing: Failing | undefined;
  #failingCall: string | undefined;
  #late: { calls: number; apply: () => void }[] = [];

  constructor(phases: readonly Phase[], failing?: Failing) {
    this.#phases = [...phases];
    this.#left = phases[0]?.calls ?? 0;
    this.#failing = failing;
    const { value } = this.#create("nobody", "by hand");
    this.#store(
      stringify({
        values: {
          environmentVariables: { CLOUDFLARE_ACCOUNT_ID: "a", CLOUDFLARE_API_TOKEN: { "fn::secret": value } },
        },
      }),
    );
  }

  /** A token that a person has created for a run. */
  given(run: string): string {
    return this.#create(run, "given").value;
  }

  get note(): unknown {
    return this.#values.tokenRotation;
  }

  get stored(): Token | undefined {
    const variables = Object(this.#values.environmentVariables);
    return this.tokens.find(({ value }) => value === variables.CLOUDFLARE_API_TOKEN?.["fn::secret"]);
  }

  /** Everything that is still on its way arrives. */
  flush(): void {
    for (const { apply } of this.#late.splice(0)) apply();
  }

  end(run: string): void {
    this.#ended.add(run);
    this.#pump();
  }

  /** A call of a run, at the turn that the phases give it. */
  async fetch(
    run: string,
    method: string,
    path: string,
    etag: string | null,
    body: string,
  ): Promise<Response> {
    await this.#turn(run);
    for (const one of this.#late) one.calls--;
    for (const one of this.#late.filter(({ calls }) => calls <= 0)) one.apply();
    this.#late = this.#late.filter(({ calls }) => calls > 0);
    const number = (this.calls.get(run) ?? 0) + 1;
    this.calls.set(run, number);
    const answer = () => this.#answer(run, method, path, etag, body);
    const call = `${run} ${method} ${path}`;
    if (this.#failing?.run === run && this.#failing.at === number) {
      this.#failingCall = call;
      return this.#fail(this.#failing.fault, run, answer, true);
    }
    if (this.#failingCall === call && this.#failing?.fault.endsWith("Always") === true)
      return this.#fail(this.#failing.fault, run, answer, false);
    return answer();
  }

  async #fail(fault: CallFault, run: string, answer: () => Response, first: boolean): Promise<Response> {
    const away = new Response("{}", { status: 503, headers: { "retry-after": "0" } });
    if (fault === "refused" || fault === "refusedAlways") return away;
    if (fault === "late" || fault === "lateAlways") {
      if (first) this.#late.push({ calls: LATE_CALLS[fault], apply: () => void answer() });
      return away;
    }
    if (fault === "answeredLate") {
      const answered = answer();
      this.#next();
      await this.#turn(run);
      return answered;
    }
    if (first) answer();
    throw new TypeError("fetch failed", { cause: Object.assign(new Error(), { code: "ECONNRESET" }) });
  }

  #turn(run: string): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.set(run, [...(this.#waiting.get(run) ?? []), resolve]);
      this.#pump();
    });
  }

  #next(): void {
    this.#phases.shift();
    this.#left = this.#phases[0]?.calls ?? 0;
    this.#pump();
  }

  #pump(): void {
    const [phase] = this.#phases;
    // No phase is left: whoever calls, such as the repeat.
    const run = phase?.run ?? [...this.#waiting].find(([, queue]) => queue.length > 0)?.[0];
    if (phase !== undefined && (this.#left <= 0 || this.#ended.has(phase.run))) {
      this.#next();
      return;
    }
    const go = this.#waiting.get(run ?? "")?.shift();
    if (go === undefined) return;
    this.#left--;
    go();
  }

  #answer(run: string, method: string, path: string, etag: string | null, body: string): Response {
    if (path.startsWith("/api/")) return this.#environment(method, path, etag, body);
    return this.#account(run, method, path, body);
  }

  #environment(method: string, path: string, etag: string | null, body: string): Response {
    const headers = {
      "content-type": "application/x-yaml",
      etag: `"${this.#revision}"`,
      "pulumi-esc-revision": String(this.#revision),
    };
    if (path.includes("/open/")) {
      const properties = Object.fromEntries(
        Object.entries(this.#values).map(([key, value]) => [key, { value: opened(value) }]),
      );
      return Response.json({ properties });
    }
    if (path.includes("/open")) return Response.json({ id: "s" });
    if (method === "GET")
      return new Response(path.endsWith("/decrypt") ? this.#text : sealed(this.#text), { headers });
    if (etag !== headers.etag) return Response.json({ code: 409, message: "conflict" }, { status: 409 });
    const next = unsealed(body);
    if (next !== this.#text) this.#store(next);
    headers.etag = `"${this.#revision}"`;
    return Response.json({}, { headers: { ...headers, "content-type": "application/json" } });
  }

  #account(run: string, method: string, path: string, body: string): Response {
    const result = (value: unknown) => Response.json({ success: true, errors: [], result: value });
    const refuse = (status: number, code: number) =>
      Response.json({ success: false, errors: [{ code, message: "no" }], result: null }, { status });
    if (path.includes("/user/tokens/verify")) return refuse(401, 1000);
    const verified = /\/tokens\/verify#(.*)$/.exec(path);
    if (verified !== null) {
      const token = this.tokens.find(({ value, alive }) => alive && value === verified[1]);
      return token === undefined ? refuse(401, 1000) : result({ id: token.id, status: "active" });
    }
    if (path.includes("/workers/scripts")) return result([]);
    if (path.includes("/permission_groups")) return result([{ id: "g", name: "Workers Scripts Write" }]);
    if (method === "POST") return result(this.#create(run, String(Object(JSON.parse(body)).name)));
    if (method === "GET")
      return result(this.tokens.filter(({ alive }) => alive).map(({ id, name }) => ({ id, name })));
    const id = /\/tokens\/([^#]+)/.exec(path)?.[1];
    const token = this.tokens.find((one) => one.id === id && one.alive);
    if (token === undefined) return refuse(404, 1003);
    token.alive = false;
    this.#watch(`ended ${id} of ${token.by} by ${run}`);
    return result({ id });
  }

  #create(by: string, name: string): Token {
    const id = `t${this.tokens.length}`;
    const token = { id, value: `sandbox-${id}`.padEnd(44, "x"), name, by, alive: true };
    this.tokens.push(token);
    return token;
  }

  #store(text: string): void {
    this.#text = text;
    this.#values = Object(parse(text)).values;
    this.#revision++;
    if (this.stored !== undefined) this.held.add(this.stored.id);
    this.#watch(`stored revision ${this.#revision}`);
  }

  #watch(what: string): void {
    if (this.stored?.alive !== true) this.broken.push(`${what}: the stored token is dead`);
  }
}

/** A value as `open` gives it. */
function opened(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      { value: Object(inner)["fn::secret"] ?? opened(inner) },
    ]),
  );
}

const sealed = (text: string) =>
  text.replace(/fn::secret: (\S+)/g, (_, value) => `fn::secret: {ciphertext: ${btoa(value)}}`);
const unsealed = (text: string) =>
  text.replace(
    /fn::secret:\s*(?:\{ ?)?ciphertext: ([^\s}]+)(?: ?\})?/g,
    (_, value) => `fn::secret: ${atob(value)}`,
  );
