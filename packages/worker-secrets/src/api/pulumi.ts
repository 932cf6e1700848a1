import { isDeepStrictEqual } from "node:util";
import * as v from "valibot";
import { parse } from "yaml";
import { pulumiToken, type Token } from "./credential.ts";
import type { Change } from "./effects.ts";
import { type Answer, parseJson, ServiceError, send, sendWrite, shaped, type Write } from "./http.ts";
import { accepted } from "./pulumi-answer.ts";
import { type EnvironmentFacts, environmentFacts } from "./pulumi-environments.ts";

/** An Environment's text as stored (secrets as ciphertext), with what a later write needs. */
export interface StoredEnvironment {
  readonly yaml: string;
  /** Sent back with a write, so that it fails instead of overwriting somebody else's. */
  readonly etag: string | undefined;
  readonly revision: number | undefined;
}

/**
 * Calls of Pulumi Cloud's API. `environment` is `<project>/<name>`; to read or open it, also with a revision behind it
 * (`@7`, `@tag`). Failures throw `ServiceError`.
 */
export interface PulumiClient extends EnvironmentFacts {
  /** The organization that the calls are for. */
  readonly organization: string;
  /** The same login, for calls to another organization. */
  forOrganization(organization: string): PulumiClient;
  /** The logged-in user's login. */
  user(): Promise<string>;
  /** The organization that commands use when none is named: the one set as default, else the user's own. */
  defaultOrganization(): Promise<string>;
  /** `undefined` when there is no such Environment. `decrypted` gives the secrets in clear. */
  environment(environment: string, options?: { decrypted?: boolean }): Promise<StoredEnvironment | undefined>;
  /** Says whether it was made; `false` when it was there already. */
  createEnvironment(environment: string): Promise<boolean>;
  /**
   * With an etag, fails with 409 when somebody else wrote in between. A write whose answer was lost is read back. `names`:
   * the values that are written, for the run's journal.
   */
  updateEnvironment(
    environment: string,
    yaml: string,
    etag?: string,
    names?: readonly string[],
  ): Promise<void>;
  deleteEnvironment(environment: string): Promise<void>;
  /** The opened values of a document that is stored nowhere, as plain JSON: the CLI's own call for stack config. */
  openDocument(yaml: string): Promise<Record<string, unknown>>;
  /** The opened values of a stored Environment, as plain JSON. */
  openEnvironment(environment: string): Promise<Record<string, unknown>>;
  /**
   * The names that a stored Environment gives processes as variables and files, those of its imports too. Nothing is opened for it, so
   * names that only a provider knows are not among them.
   */
  environmentVariables(environment: string): Promise<readonly string[]>;
  /** The stack's state (`deployment` of an export), or `undefined` for a stack that is not there. */
  exportStack(project: string, stack: string): Promise<unknown>;
  stackExists(project: string, stack: string): Promise<boolean>;
  /** Says whether it was made; `false` when it was there already. */
  createStack(project: string, stack: string): Promise<boolean>;
}

/** What a check of a definition tells of the variables. */
const checked = v.object({
  properties: v.optional(
    v.object({ environmentVariables: v.optional(v.unknown()), files: v.optional(v.unknown()) }),
    {},
  ),
});

/** Long enough for one run of the program; the service's own default is two hours. */
const OPEN_DURATION = "10m0s";

/** `url` is the service's root, such as `https://api.pulumi.com`. */
export function pulumiClient(url: string, token: Token, organization: string): PulumiClient {
  const environments = `/api/esc/environments/${encodeURIComponent(organization)}`;
  const pathOf = (environment: string) => {
    const [name = "", revision] = environment.split("@");
    const path = `${environments}/${name.split("/").map(encodeURIComponent).join("/")}`;
    return revision === undefined ? path : `${path}/versions/${encodeURIComponent(revision)}`;
  };
  const prepared = (
    path: string,
    { etag, body }: { readonly etag?: string | undefined; readonly body?: string } = {},
  ) => ({
    url: `${url}${path}`,
    headers: {
      authorization: pulumiToken(token),
      accept: "application/vnd.pulumi+8",
      ...(body === undefined
        ? {}
        : { "content-type": body.startsWith("{") ? "application/json" : "application/x-yaml" }),
      // Pulumi Cloud's own clients send the tag back under its response name.
      ...(etag === undefined ? {} : { etag }),
    },
    ...(body === undefined ? {} : { body }),
  });
  const get = (path: string) => send({ method: "GET", ...prepared(path) });
  const readEnvironment = async (
    environment: string,
    decrypted: boolean,
  ): Promise<StoredEnvironment | undefined> => {
    const answer = await get(`${pathOf(environment)}${decrypted ? "/decrypt" : ""}`);
    if (answer.status === 404) return undefined;
    const yaml = accepted(answer).text;
    // Else a proxy's page would be taken for the text, changed, and written back over the real one.
    if (!/yaml/.test(answer.headers.get("content-type") ?? ""))
      throw new ServiceError(
        `Pulumi Cloud answered ${answer.call} with something that is not an Environment's text`,
        answer.status,
        0,
      );
    return { yaml, etag: answer.headers.get("etag") ?? undefined, revision: revisionIn(answer) };
  };
  const stackExists = async (project: string, stack: string): Promise<boolean> => {
    const answer = await get(
      `/api/stacks/${[organization, project, stack].map(encodeURIComponent).join("/")}`,
    );
    if (answer.status === 404) return false;
    accepted(answer);
    return true;
  };
  /** Makes something that is not there, as its caller has seen or takes no harm from. */
  const create = async (path: string, body: unknown, what: string, there: () => Promise<boolean>) => {
    const change: Change = { kind: "created", what };
    const write: Write = {
      change: () => change,
      happened: async () => ((await there()) ? change : false),
      unknown: { place: what, what: `${what} was created`, look: "the same command again" },
    };
    const call = {
      ...prepared(path, { body: JSON.stringify(body) }),
      method: "POST",
      repeatable: true,
    } as const;
    const answer = await sendWrite(call, write);
    if (answer === "done") return true;
    if (answer.status === 409) return false;
    accepted(answer);
    return true;
  };
  /** Opening writes nothing but a session, so it may be repeated. */
  const open = async (path: string, body?: string): Promise<Record<string, unknown>> => {
    const session = await send({
      method: "POST",
      reads: true,
      repeatable: true,
      ...prepared(`${path}/open?duration=${OPEN_DURATION}`, body === undefined ? {} : { body }),
    });
    const { id } = shaped(v.object({ id: v.string() }), parsed(session), "Pulumi Cloud");
    // A session is the Environment's, whichever revision it was opened at.
    const sessions = path.replace(/\/versions\/[^/]+$/, "");
    const opened = parsed(await get(`${sessions}/open/${encodeURIComponent(id)}`));
    // All of its fields may be absent, and of an empty Environment all are; what has other fields alone is no answer.
    const { properties } = shaped(
      v.pipe(
        v.record(v.string(), v.unknown()),
        v.check(
          (value) =>
            Object.keys(value).length === 0 ||
            ["properties", "schema", "executionContext"].some((key) => key in value),
        ),
        v.object({ properties: v.optional(v.record(v.string(), v.unknown()), {}) }),
      ),
      opened,
      "Pulumi Cloud",
    );
    return Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, plain(value)]));
  };

  const client: PulumiClient = {
    organization,
    forOrganization: (other) => (other === organization ? client : pulumiClient(url, token, other)),
    ...environmentFacts(
      {
        get,
        post: (path, body, write) =>
          sendWrite(
            { ...prepared(path, { body: JSON.stringify(body) }), method: "POST", repeatable: true },
            write,
          ),
      },
      environments,
      pathOf,
    ),
    async user() {
      return shaped(v.object({ githubLogin: v.string() }), parsed(await get("/api/user")), "Pulumi Cloud")
        .githubLogin;
    },
    async defaultOrganization() {
      const answer = await get("/api/user/organizations/default");
      // The service's contract and its own clients spell the field in two ways.
      const login = v.pipe(v.string(), v.nonEmpty());
      const named = v.safeParse(
        v.union([
          v.pipe(
            v.object({ GitHubLogin: login }),
            v.transform(({ GitHubLogin }) => GitHubLogin),
          ),
          v.pipe(
            v.object({ gitHubLogin: login }),
            v.transform(({ gitHubLogin }) => gitHubLogin),
          ),
        ]),
        answer.status === 404 ? undefined : parsed(answer),
      );
      return named.success ? named.output : this.user();
    },
    environment: (environment, { decrypted = false } = {}) => readEnvironment(environment, decrypted),
    createEnvironment(environment) {
      const [project, name] = environment.split("/");
      const there = async () => (await readEnvironment(environment, false)) !== undefined;
      return create(environments, { project, name }, `Environment ${environment}`, there);
    },
    async updateEnvironment(environment, yaml, etag, names = []) {
      const stored = (revision: number | undefined): Change => ({
        kind: "stored",
        environment,
        names,
        revision: revision ?? null,
      });
      // The whole text: a second time changes nothing, and with the etag of before it is refused.
      const answer = await sendWrite(
        { ...prepared(pathOf(environment), { body: yaml, etag }), method: "PATCH", repeatable: true },
        {
          change: (answer) => stored(revisionIn(answer)),
          happened: async () => {
            const now = await readEnvironment(environment, true);
            if (now === undefined || now.etag === etag) return false;
            if (sameYaml(now.yaml, yaml)) return stored(now.revision);
            // Somebody else has written; whether after this write or in its place, nobody can tell.
            return undefined;
          },
          unknown: {
            place: `Environment ${environment}`,
            what: `Environment ${environment} holds ${names.length === 0 ? "its new text" : `the new ${names.join(", ")}`}`,
            look: `pulumi env version history ${environment}`,
          },
        },
      );
      if (answer !== "done") accepted(answer);
    },
    async deleteEnvironment(environment) {
      const change: Change = { kind: "removed", what: `Environment ${environment}` };
      const answer = await sendWrite(
        { ...prepared(pathOf(environment)), method: "DELETE" },
        {
          change: () => change,
          happened: async () => ((await readEnvironment(environment, false)) === undefined ? change : false),
          unknown: {
            place: change.what,
            what: `${change.what} was removed`,
            look: `pulumi env get ${environment}`,
          },
        },
      );
      if (answer !== "done" && answer.status !== 404) accepted(answer);
    },
    openDocument: (yaml) => open(`${environments}/yaml`, yaml),
    openEnvironment: (environment) => open(pathOf(environment)),
    async environmentVariables(environment) {
      const path = `${pathOf(environment)}/check`;
      const answer = await send({ method: "POST", reads: true, repeatable: true, ...prepared(path) });
      const { properties } = shaped(checked, parsed(answer), "Pulumi Cloud");
      return [properties.environmentVariables, properties.files].flatMap((one) =>
        Object.keys(Object(plain(one))),
      );
    },
    async exportStack(project, stack) {
      const answer = await get(
        `/api/stacks/${[organization, project, stack].map(encodeURIComponent).join("/")}/export`,
      );
      if (answer.status === 404) return undefined;
      return shaped(v.object({ deployment: v.unknown() }), parsed(answer), "Pulumi Cloud").deployment;
    },
    stackExists,
    createStack(project, stack) {
      const path = [organization, project].map(encodeURIComponent).join("/");
      // The tags that `pulumi stack init` gives it too.
      const body = { stackName: stack, tags: { "pulumi:project": project, "pulumi:runtime": "nodejs" } };
      const what = `stack ${organization}/${project}/${stack}`;
      return create(`/api/stacks/${path}`, body, what, () => stackExists(project, stack));
    },
  };
  return client;
}

function revisionIn({ headers }: Answer): number | undefined {
  const revision = Number(headers.get("pulumi-esc-revision") ?? Number.NaN);
  return Number.isNaN(revision) ? undefined : revision;
}

/** The service keeps a text's secrets as ciphertext, so what it gives back is compared by what it says, not by its bytes. */
function sameYaml(one: string, other: string): boolean {
  try {
    return isDeepStrictEqual(parse(one), parse(other));
  } catch {
    return false;
  }
}

function parsed(answer: Answer): unknown {
  return parseJson(accepted(answer).text);
}

/** An ESC Value (`{value, secret?, trace}`, nested) as the JSON that it stands for. */
function plain(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const inner = "value" in value ? value.value : null;
  if (Array.isArray(inner)) return inner.map(plain);
  if (typeof inner === "object" && inner !== null) {
    return Object.fromEntries(Object.entries(inner).map(([key, member]) => [key, plain(member)]));
  }
  return inner;
}
