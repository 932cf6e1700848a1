import * as v from "valibot";
import { pulumiToken, type Token } from "./credential.ts";
import { type Change, noteEffect } from "./effects.ts";
import { parseJson, send, sendWrite, shaped, type Write } from "./http.ts";
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
  { url, token }: { readonly url: string; readonly token: Token },
  organization: string,
  environment: string,
): EnvironmentUpkeep {
  const path = [
    "/api/esc/environments",
    ...[organization, ...environment.split("/")].map(encodeURIComponent),
  ];
  const prepared = (below: string, body?: unknown) => ({
    url: `${url}${path.join("/")}${below}`,
    headers: {
      authorization: pulumiToken(token),
      accept: "application/vnd.pulumi+8",
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const get = (below: string) => send({ method: "GET", ...prepared(below) });
  const revisions = async (): Promise<Revision[]> => {
    const found = shaped(v.array(revision), parseJson(accepted(await get("/versions")).text), "Pulumi Cloud");
    return found.map(({ number, created, tags, retracted }) => ({
      number,
      created,
      tags: tags ?? [],
      retracted: retracted !== undefined && retracted !== null,
    }));
  };
  const deletionProtected = async (): Promise<boolean | undefined> => {
    const answer = await get("/settings");
    if (answer.status === 404) return undefined;
    const shape = v.object({ deletionProtected: v.boolean() });
    return shaped(shape, parseJson(accepted(answer).text), "Pulumi Cloud").deletionProtected;
  };
  /** A rotation that failed may have stored something all the same, so the revision decides, not the answer. */
  const rotated = async (at: string, before: number | undefined): Promise<Change | false> => {
    const [latest] = await revisions();
    if (latest === undefined || latest.number === before) return false;
    const name = at.split(".").at(-1) ?? at;
    return { kind: "stored", environment, names: [name], revision: latest.number };
  };
  return {
    revisions,
    async rotate(at) {
      const before = (await revisions())[0]?.number;
      const look = `pulumi env version history ${environment}`;
      const write: Write = {
        change: () => undefined,
        happened: () => rotated(at, before),
        unknown: {
          place: `Environment ${environment}`,
          what: `the rotator of ${environment} has stored a new value`,
          look,
        },
      };
      // The Go clients write the name as their struct does, with a capital.
      const sent = await sendWrite({ method: "POST", ...prepared("/rotate", { Paths: [at] }) }, write);
      if (sent === "done") return [];
      const answer = accepted(sent);
      const change = await rotated(at, before);
      if (change !== false) noteEffect(change);
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
    deletionProtected,
    async unprotect() {
      const change: Change = {
        kind: "removed",
        what: `the deletion protection of Environment ${environment}`,
      };
      const answer = await sendWrite(
        { method: "PATCH", ...prepared("/settings", { deletionProtected: false }) },
        {
          change: () => change,
          happened: async () => ((await deletionProtected()) === true ? false : change),
          unknown: {
            place: change.what,
            what: `${change.what} was removed`,
            look: `pulumi env settings get ${environment}`,
          },
        },
      );
      if (answer !== "done") accepted(answer);
    },
  };
}
