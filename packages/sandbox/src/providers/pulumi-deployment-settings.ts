import { isObject } from "../objects.ts";
import {
  canonical,
  isArray,
  type Properties,
  plain,
  plainProperties,
  secret,
  type Value,
} from "./properties.ts";
import { because, type PulumiClient } from "./pulumi-client.ts";
import { apiPath, found } from "./pulumi-resource.ts";
import type {
  ChangeKind,
  CheckRequest,
  CreateRequest,
  DeleteRequest,
  Difference,
  DiffRequest,
  ReadRequest,
  Resource,
  UpdateRequest,
} from "./resource.ts";

const STACK = ["organization", "project", "stack"] as const;

/** The API's name of a member where it is another than the property's, by the last part of its path. */
const WIRE: Readonly<Record<string, string>> = {
  agentPoolId: "agentPoolID",
  github: "gitHub",
  username: "userName",
  roleARN: "roleArn",
  policyARNs: "policyArns",
};
const PROPERTY = Object.fromEntries(Object.entries(WIRE).map(([property, wire]) => [wire, property]));

/** Secrets whether the program says so or not. */
const ALWAYS_SECRET =
  /^sourceContext\.git\.gitAuth\.(sshAuth\.(sshPrivateKey|password)|basicAuth\.password)$/;
const MEMBERS = [
  "agentPoolId",
  "cacheOptions",
  "executorContext",
  "github",
  "operationContext",
  "sourceContext",
  "vcs",
];
/** What an import cannot know, in the words of the real one. */
const REPLACE_ME = "<REPLACE WITH ACTUAL SECRET VALUE>";

/**
 * `pulumiservice:index:DeploymentSettings` 1.3.0. The service never tells a secret's clear value: the state has its ciphertext, and
 * the inputs keep the clear one for as long as that ciphertext is the same.
 */
export class DeploymentSettings implements Resource {
  readonly #client: PulumiClient;

  constructor(client: PulumiClient) {
    this.#client = client;
  }

  check({ inputs }: CheckRequest) {
    const missing = STACK.filter((name) => (inputs[name] ?? null) === null);
    const failures = missing.map((name) => ({
      property: name,
      reason: `missing required property '${name}'`,
    }));
    const known = [...STACK, ...MEMBERS].filter((name) => (inputs[name] ?? null) !== null);
    return { inputs: Object.fromEntries(known.map((name) => [name, inputs[name] ?? null])), failures };
  }

  diff({ oldInputs, inputs }: DiffRequest): Difference {
    const [before, after] = [plainProperties(oldInputs), plainProperties(inputs)];
    const changes = new Map<string, { kind: ChangeKind; replace: boolean }>();
    for (const name of [...STACK, ...MEMBERS]) {
      if (canonical(before[name] ?? null) === canonical(after[name] ?? null)) continue;
      const kind = before[name] === undefined ? "add" : after[name] === undefined ? "delete" : "update";
      changes.set(name, { kind, replace: (STACK as readonly string[]).includes(name) });
    }
    return { changed: changes.size > 0, changes, deleteBeforeReplace: changes.size > 0 };
  }

  async create({ inputs, preview }: CreateRequest) {
    if (preview) return { id: "", state: inputs };
    const of = plainProperties(inputs);
    return { id: `${of.organization}/${of.project}/${of.stack}`, state: await this.#put(inputs, "create") };
  }

  async update({ inputs, preview }: UpdateRequest) {
    return { state: preview ? inputs : await this.#put(inputs, "update") };
  }

  async read({ id, state, inputs }: ReadRequest) {
    const parts = id.split("/");
    if (parts.length !== 3) throw new Error(`invalid stack id: ${id}`);
    const of = { organization: parts[0] ?? "", project: parts[1] ?? "", stack: parts[2] ?? "" };
    const what = `failed to get deployment settings for stack (${id})`;
    const answer = await found(what, this.#client.ask("GET", settingsPath(of)));
    if (!answer) return undefined;
    const isImport = (state.stack ?? null) === null;
    const [ciphers, clear] = [plainProperties(state), plainProperties(inputs)];
    const kept = (path: readonly string[], cipher: string): Value => {
      if (isImport) return secret(REPLACE_ME);
      return secret(memberOf(ciphers, path) === cipher ? (memberOf(clear, path) ?? "") : "");
    };
    return {
      id,
      state: { ...of, ...settingsOf(answer, (_, cipher) => cipher) },
      inputs: { ...of, ...settingsOf(answer, kept) },
    };
  }

  async delete({ id }: DeleteRequest): Promise<void> {
    const [organization = "", project = "", stack = ""] = id.split("/");
    await this.#client
      .ask("DELETE", settingsPath({ organization, project, stack }))
      .catch(because(`failed to delete deployment settings for stack (${id})`));
  }

  async #put(inputs: Properties, what: "create" | "update"): Promise<Properties> {
    const { organization = null, project = null, stack = null } = plainProperties(inputs);
    const of = { organization, project, stack };
    const body = Object.fromEntries(
      MEMBERS.filter((name) => inputs[name] !== undefined).map((name) => [
        WIRE[name] ?? name,
        toWire(inputs[name] ?? null, name, false),
      ]),
    );
    const failure = `failed to ${what} deployment settings for stack (${organization}/${project}/${stack})`;
    const answer = await this.#client.ask("PUT", settingsPath(of), body).catch(because(failure));
    return { ...of, ...settingsOf(answer, (_, cipher) => cipher) };
  }
}

function settingsPath({ organization, project, stack }: Properties): string {
  return apiPath("stacks", organization, project, stack, "deployments", "settings");
}

/** As the API takes it: a secret leaf is `{secret: …}`. What is false, zero or empty is left out, as Go does. */
function toWire(marked: Value, path: string, inSecret: boolean): Value {
  const value = plain1(marked);
  const isSecret = inSecret || value !== marked;
  if (path === "executorContext.executorImage") return { reference: plain(value) };
  if (isArray(value)) return value.map(plain);
  if (isObject(value)) {
    const inVariables = path === "operationContext.environmentVariables";
    const members = Object.entries(value).flatMap(([name, member]): [string, Value][] => {
      const sent = toWire(member, `${path}.${name}`, isSecret);
      const empty = sent === false || sent === "" || sent === 0 || sent === null;
      return empty && !inVariables && path !== "cacheOptions"
        ? []
        : [[inVariables ? name : (WIRE[name] ?? name), sent]];
    });
    return Object.fromEntries(members);
  }
  const mayBeSecret = /^operationContext\.environmentVariables\.|\.basicAuth\.username$/.test(path);
  return ALWAYS_SECRET.test(path) || (isSecret && mayBeSecret) ? { secret: value } : value;
}

/** The value under one mark of a secret or an output. */
function plain1(marked: Value): Value {
  if (!isObject(marked)) return marked;
  const unmarked = plain(marked);
  return canonical(unmarked) === canonical(marked) || !isMark(marked) ? marked : (marked.value ?? null);
}

function isMark(marked: Properties): boolean {
  return canonical(secret(marked.value ?? null)) === canonical(marked);
}

function settingsOf(
  answer: Properties,
  ofSecret: (path: readonly string[], cipher: string) => Value,
): Properties {
  const settings: Record<string, Value> = {};
  for (const name of MEMBERS) {
    const value = answer[WIRE[name] ?? name] ?? null;
    if (value !== null) settings[name] = fromWire(value, [name], ofSecret);
  }
  for (const name of ["github", "vcs"]) {
    const switches = { previewPullRequests: false, deployCommits: false, pullRequestTemplate: false };
    if (isObject(settings[name])) settings[name] = { ...switches, ...settings[name] };
  }
  return settings;
}

function fromWire(
  value: Value,
  path: readonly string[],
  ofSecret: (path: readonly string[], cipher: string) => Value,
): Value {
  if (!isObject(value)) return value;
  if (typeof value.secret === "string") return ofSecret(path, value.secret);
  if (path.join(".") === "executorContext.executorImage") return value.reference ?? null;
  const inVariables = path.at(-1) === "environmentVariables";
  return Object.fromEntries(
    Object.entries(value).map(([wire, member]) => {
      const name = inVariables ? wire : (PROPERTY[wire] ?? wire);
      return [name, fromWire(member, [...path, name], ofSecret)];
    }),
  );
}

function memberOf(value: Value | undefined, path: readonly string[]): Value | undefined {
  return path.reduce((at: Value | undefined, name) => (isObject(at) ? at[name] : undefined), value);
}
