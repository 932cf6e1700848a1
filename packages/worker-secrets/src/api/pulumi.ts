import * as v from "valibot";
import { type Answer, type Call, parseJson, ServiceError, send, shaped } from "./http.ts";
import { accepted } from "./pulumi-answer.ts";
import { type EnvironmentFacts, environmentFacts } from "./pulumi-environments.ts";

/** An Environment's text as stored (secrets as ciphertext), with what a later write needs. */
export interface StoredEnvironment {
  readonly yaml: string;
  /** Sent back with a write, so that it fails instead of overwriting somebody else's. */
  readonly etag: string | undefined;
  readonly revision: number | undefined;
}

/** Calls of Pulumi Cloud's API. `environment` is `<project>/<name>`. Failures throw `ServiceError`. */
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
  /** With an etag, fails with 409 when somebody else wrote in between. */
  updateEnvironment(environment: string, yaml: string, etag?: string): Promise<void>;
  deleteEnvironment(environment: string): Promise<void>;
  /** The opened values of a document that is stored nowhere, as plain JSON: the CLI's own call for stack config. */
  openDocument(yaml: string): Promise<Record<string, unknown>>;
  /** The opened values of a stored Environment, as plain JSON. */
  openEnvironment(environment: string): Promise<Record<string, unknown>>;
  /** The stack's state (`deployment` of an export), or `undefined` for a stack that is not there. */
  exportStack(project: string, stack: string): Promise<unknown>;
  stackExists(project: string, stack: string): Promise<boolean>;
  /** Says whether it was made; `false` when it was there already. */
  createStack(project: string, stack: string): Promise<boolean>;
}

/** Long enough for one run of the program; the service's own default is two hours. */
const OPEN_DURATION = "10m0s";

/** `url` is the service's root, such as `https://api.pulumi.com`. */
export function pulumiClient(url: string, token: string, organization: string): PulumiClient {
  const environments = `/api/esc/environments/${encodeURIComponent(organization)}`;
  const pathOf = (environment: string) =>
    `${environments}/${environment.split("/").map(encodeURIComponent).join("/")}`;
  const call = (
    method: Call["method"],
    path: string,
    options: Pick<Call, "body" | "repeatable"> & { etag?: string } = {},
  ) => {
    const { etag, ...rest } = options;
    return send({
      method,
      url: `${url}${path}`,
      headers: {
        authorization: `token ${token}`,
        accept: "application/vnd.pulumi+8",
        ...(rest.body === undefined
          ? {}
          : { "content-type": rest.body.startsWith("{") ? "application/json" : "application/x-yaml" }),
        // Pulumi Cloud's own clients send the tag back under its response name.
        ...(etag === undefined ? {} : { etag }),
      },
      ...rest,
    });
  };
  /** Opening writes nothing but a session, so it may be repeated. */
  const open = async (path: string, body?: string): Promise<Record<string, unknown>> => {
    const session = await call("POST", `${path}/open?duration=${OPEN_DURATION}`, {
      repeatable: true,
      ...(body === undefined ? {} : { body }),
    });
    const { id } = shaped(v.object({ id: v.string() }), parsed(session), "Pulumi Cloud");
    const opened = parsed(await call("GET", `${path}/open/${encodeURIComponent(id)}`));
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
    ...environmentFacts(call, environments, pathOf),
    async user() {
      return shaped(
        v.object({ githubLogin: v.string() }),
        parsed(await call("GET", "/api/user")),
        "Pulumi Cloud",
      ).githubLogin;
    },
    async defaultOrganization() {
      const answer = await call("GET", "/api/user/organizations/default");
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
    async environment(environment, { decrypted = false } = {}) {
      const answer = await call("GET", `${pathOf(environment)}${decrypted ? "/decrypt" : ""}`);
      if (answer.status === 404) return undefined;
      const yaml = accepted(answer).text;
      // Else a proxy's page would be taken for the text, changed, and written back over the real one.
      if (!/yaml/.test(answer.headers.get("content-type") ?? ""))
        throw new ServiceError(
          `Pulumi Cloud answered ${answer.call} with something that is not an Environment's text`,
          answer.status,
          0,
        );
      const revision = Number(answer.headers.get("pulumi-esc-revision") ?? Number.NaN);
      return {
        yaml,
        etag: answer.headers.get("etag") ?? undefined,
        revision: Number.isNaN(revision) ? undefined : revision,
      };
    },
    async createEnvironment(environment) {
      const [project, name] = environment.split("/");
      const body = JSON.stringify({ project, name });
      return made(await call("POST", environments, { body, repeatable: true }));
    },
    async updateEnvironment(environment, yaml, etag) {
      accepted(
        // The whole text: a second time changes nothing, and with the etag of before it is refused.
        await call("PATCH", pathOf(environment), {
          body: yaml,
          repeatable: true,
          ...(etag === undefined ? {} : { etag }),
        }),
      );
    },
    async deleteEnvironment(environment) {
      const answer = await call("DELETE", pathOf(environment));
      if (answer.status !== 404) accepted(answer);
    },
    openDocument: (yaml) => open(`${environments}/yaml`, yaml),
    openEnvironment: (environment) => open(pathOf(environment)),
    async exportStack(project, stack) {
      const answer = await call(
        "GET",
        `/api/stacks/${[organization, project, stack].map(encodeURIComponent).join("/")}/export`,
      );
      if (answer.status === 404) return undefined;
      return shaped(v.object({ deployment: v.unknown() }), parsed(answer), "Pulumi Cloud").deployment;
    },
    async stackExists(project, stack) {
      const path = [organization, project, stack].map(encodeURIComponent).join("/");
      const answer = await call("GET", `/api/stacks/${path}`);
      if (answer.status === 404) return false;
      accepted(answer);
      return true;
    },
    async createStack(project, stack) {
      const path = [organization, project].map(encodeURIComponent).join("/");
      // The tags that `pulumi stack init` gives it too.
      const body = { stackName: stack, tags: { "pulumi:project": project, "pulumi:runtime": "nodejs" } };
      return made(
        await call("POST", `/api/stacks/${path}`, { body: JSON.stringify(body), repeatable: true }),
      );
    },
  };
  return client;
}

/** Whether a call made what it was to make. One that had to be sent again may find what itself has made. */
function made(answer: Answer): boolean {
  if (answer.status === 409) return answer.attempts > 1;
  accepted(answer);
  return true;
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
