import * as v from "valibot";
import { parseJson, send, shaped } from "./http.ts";
import { accepted } from "./pulumi-answer.ts";

/** A revision of an Environment; every accepted write makes one. */
export interface Revision {
  readonly number: number;
  /** ISO time. */
  readonly created: string;
  readonly tags: readonly string[];
  readonly retracted: boolean;
}

/** What else an Environment has. Failures throw `ServiceError`. */
export interface EnvironmentUpkeep {
  /** Newest first, all of them. */
  revisions(): Promise<readonly Revision[]>;
  /** Has the rotator at a path (`environmentVariables.NAME`) make a new secret. Gives what went wrong, in its words. */
  rotate(path: string): Promise<readonly string[]>;
  /** `undefined` for an Environment that is not there. */
  deletionProtected(): Promise<boolean | undefined>;
  unprotect(): Promise<void>;
}

const revision = v.object({
  number: v.number(),
  created: v.string(),
  tags: v.nullish(v.array(v.string())),
  retracted: v.nullish(v.unknown()),
});
const rotation = v.object({
  diagnostics: v.nullish(v.array(v.object({ summary: v.string() }))),
  secretRotationEvent: v.nullish(
    v.object({
      status: v.string(),
      rotations: v.nullish(v.array(v.object({ status: v.string(), errorMessage: v.nullish(v.string()) }))),
    }),
  ),
});

/** `environment` is `<project>/<name>`; `url` the service's root. */
export function environmentUpkeep(
  { url, token }: { readonly url: string; readonly token: string },
  organization: string,
  environment: string,
): EnvironmentUpkeep {
  const path = [
    "/api/esc/environments",
    ...[organization, ...environment.split("/")].map(encodeURIComponent),
  ];
  const call = (method: "GET" | "POST" | "PATCH", below: string, body?: unknown) =>
    send({
      method,
      url: `${url}${path.join("/")}${below}`,
      headers: {
        authorization: `token ${token}`,
        accept: "application/vnd.pulumi+8",
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  return {
    async revisions() {
      const found = shaped(
        v.array(revision),
        parseJson(accepted(await call("GET", "/versions")).text),
        "Pulumi Cloud",
      );
      return found.map(({ number, created, tags, retracted }) => ({
        number,
        created,
        tags: tags ?? [],
        retracted: retracted !== undefined && retracted !== null,
      }));
    },
    async rotate(at) {
      // The Go clients write the name as their struct does, with a capital.
      const answer = accepted(await call("POST", "/rotate", { Paths: [at] }));
      const { diagnostics, secretRotationEvent: event } = shaped(
        rotation,
        parseJson(answer.text),
        "Pulumi Cloud",
      );
      const failed = (event?.rotations ?? []).filter(({ status }) => status !== "succeeded");
      const faults = [
        ...(diagnostics ?? []).map(({ summary }) => summary),
        ...failed.map(({ status, errorMessage }) => errorMessage ?? status),
      ];
      return event?.status === "succeeded" || faults.length > 0 ? faults : ["the rotation did not succeed"];
    },
    async deletionProtected() {
      const answer = await call("GET", "/settings");
      if (answer.status === 404) return undefined;
      const shape = v.object({ deletionProtected: v.boolean() });
      return shaped(shape, parseJson(accepted(answer).text), "Pulumi Cloud").deletionProtected;
    },
    async unprotect() {
      accepted(await call("PATCH", "/settings", { deletionProtected: false }));
    },
  };
}
