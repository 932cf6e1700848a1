import * as v from "valibot";
import { pulumiToken, type Token } from "./credential.ts";
import type { Change } from "./effects.ts";
import { parseJson, ServiceError, send, sendWrite, shaped } from "./http.ts";
import { accepted } from "./pulumi-answer.ts";

/** One update of a stack, as its history tells it. */
export interface PastUpdate {
  /** Of the state that it left; export it by this number. */
  readonly version: number;
  /** `update`, `destroy`, `refresh`, `import`, `rename`; previews are not listed. */
  readonly kind: string;
  /** `succeeded`, `failed`, `in-progress`, `not-started`. */
  readonly result: string;
  readonly message: string;
  /** Plain values of the stack's config that it ran with, by the full key (`project:name`). */
  readonly config: ReadonlyMap<string, string>;
  /** Milliseconds since 1970. The service tells whole seconds. */
  readonly started: number;
  /** The same; `undefined` for one that is not over. */
  readonly ended: number | undefined;
}

/** What holds a stack. */
export interface RunningOperation {
  /** `update`, `destroy`, … */
  readonly kind: string;
  readonly author: string | undefined;
  /** Milliseconds since 1970. */
  readonly started: number | undefined;
}

/** The history of one stack, and what goes with its states. Failures throw `ServiceError`. */
export interface PulumiHistory {
  /** Newest first, `count` of them at most; empty for a stack that is not there. */
  updates(count: number): Promise<readonly PastUpdate[]>;
  /** The state (`deployment`) that an update left; `undefined` where it is kept no more. */
  exportVersion(version: number): Promise<unknown>;
  /** A secret in the state as the engine sealed it, a value in JSON: a ciphertext of this stack, made by the service's own key. */
  decrypt(ciphertext: string): Promise<unknown>;
  /** What is running on the stack now; `undefined` when it is free, or not there. */
  running(): Promise<RunningOperation | undefined>;
  /** Removes the stack from the service. A stack that still has resources is refused (400); one that is gone is fine. */
  remove(): Promise<void>;
}

const updates = v.object({
  updates: v.array(
    v.object({
      version: v.number(),
      kind: v.string(),
      result: v.string(),
      message: v.optional(v.string(), ""),
      config: v.nullish(
        v.record(v.string(), v.object({ string: v.optional(v.string()), secret: v.optional(v.boolean()) })),
      ),
      startTime: v.number(),
      endTime: v.optional(v.number(), 0),
    }),
  ),
});

const operation = v.object({
  currentOperation: v.nullish(
    v.object({ kind: v.string(), author: v.nullish(v.string()), started: v.nullish(v.number()) }),
  ),
});

/** `url` is the service's root. */
export function pulumiHistory(
  { url, token }: { readonly url: string; readonly token: Token },
  organization: string,
  project: string,
  stack: string,
): PulumiHistory {
  const path = `/api/stacks/${[organization, project, stack].map(encodeURIComponent).join("/")}`;
  const prepared = (below: string, body?: unknown) => ({
    url: `${url}${path}${below}`,
    headers: {
      authorization: pulumiToken(token),
      accept: "application/vnd.pulumi+8",
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    repeatable: true,
  });
  const get = (below: string) => send({ method: "GET", ...prepared(below) });
  return {
    async updates(count) {
      const answer = await get(`/updates?page=1&pageSize=${count}`);
      if (answer.status === 404) return [];
      const found = shaped(updates, parseJson(accepted(answer).text), "Pulumi Cloud").updates;
      return found.map(({ startTime, endTime, config, ...rest }) => ({
        ...rest,
        config: new Map(
          Object.entries(config ?? {}).flatMap(([key, { string, secret }]) =>
            string === undefined || secret === true ? [] : [[key, string] as const],
          ),
        ),
        started: startTime * 1000,
        ended: endTime === 0 ? undefined : endTime * 1000,
      }));
    },
    async exportVersion(version) {
      const answer = await get(`/export/${version}`);
      if (answer.status === 404) return undefined;
      return shaped(v.object({ deployment: v.unknown() }), parseJson(accepted(answer).text), "Pulumi Cloud")
        .deployment;
    },
    async decrypt(ciphertext) {
      const answer = accepted(
        await send({ method: "POST", reads: true, ...prepared("/decrypt", { ciphertext }) }),
      );
      const { plaintext } = shaped(
        v.object({ plaintext: v.string() }),
        parseJson(answer.text),
        "Pulumi Cloud",
      );
      const opened = parseJson(Buffer.from(plaintext, "base64").toString("utf8"));
      if (opened !== undefined) return opened;
      // The parser's own words would quote it.
      throw new ServiceError("Pulumi Cloud opened a secret of the state, and it is not JSON", 200, 0);
    },
    async running() {
      const answer = await get("");
      if (answer.status === 404) return undefined;
      const { currentOperation } = shaped(operation, parseJson(accepted(answer).text), "Pulumi Cloud");
      if (!currentOperation) return undefined;
      const { kind, author, started } = currentOperation;
      return { kind, author: author ?? undefined, started: started ? started * 1000 : undefined };
    },
    async remove() {
      const change: Change = { kind: "removed", what: `stack ${organization}/${project}/${stack}` };
      const answer = await sendWrite(
        { method: "DELETE", ...prepared("") },
        {
          change: () => change,
          happened: async () => ((await get("")).status === 404 ? change : false),
          unknown: { place: change.what, what: `${change.what} was removed`, look: "pulumi stack ls" },
        },
      );
      if (answer !== "done" && answer.status !== 404) accepted(answer);
    },
  };
}
