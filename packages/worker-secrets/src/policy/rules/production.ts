import { parseDocument } from "yaml";
import { NAMESPACE } from "../../program/config-keys.ts";
import { readEnvironmentNames } from "../../program/environments-config.ts";
import { importsOf } from "../../program/pins.ts";
import { bindingsOf } from "../bindings.ts";

import { listOption, type Resource, type Rule, type Run } from "../rule.ts";
import { isEnvironment } from "./environment-definition.ts";

/** What holds data that an upload does not bring back. */
const DATA = new Set([
  "cloudflare:index/workersKvNamespace:WorkersKvNamespace",
  "cloudflare:index/d1Database:D1Database",
  "cloudflare:index/r2Bucket:R2Bucket",
  "cloudflare:index/queue:Queue",
  "cloudflare:index/workflow:Workflow",
]);
const SCRIPT = "cloudflare:index/workersScript:WorkersScript";
const SUBDOMAIN = "cloudflare:index/workersScriptSubdomain:WorkersScriptSubdomain";

export const production: Rule = {
  name: "production-is-guarded",
  description:
    "Production is declared as such, keeps its data, pins its secrets, and answers at its own addresses alone.",
  options: {
    stacks: {
      type: "array",
      items: { type: "string" },
      default: ["prod", "production"],
      description: "Stacks that are production, whatever their config says.",
    },
  },
  applies: (type) => isEnvironment(type) || DATA.has(type) || type === SCRIPT || type === SUBDOMAIN,
  check(resource, run, options) {
    const declared = run.config.get(`${NAMESPACE}:prod`) === "true";
    const meant = listOption(options, "stacks").includes(run.stack);
    if (!declared && !meant) return [];
    return [
      ...(isEnvironment(resource.type) ? [...undeclared(run, declared), ...unpinned(resource, run)] : []),
      ...unprotected(resource, run),
      ...open(resource),
    ];
  },
};

function undeclared({ stack }: Run, declared: boolean): string[] {
  if (declared) return [];
  return [
    `The stack ${stack} is production by its name, and Pulumi.${stack}.yaml does not say so. Set ${NAMESPACE}:prod: true.`,
  ];
}

function unpinned({ name, inputs }: Resource, { project, stack, config }: Run): string[] {
  const raw = config.get(`${NAMESPACE}:environments`);
  // The program refuses what is wrong with the key.
  const { secrets: values } = readEnvironmentNames({ project, stack, raw }, "", []);
  if (typeof inputs.yaml !== "string") return [];
  return importsOf(parseDocument(inputs.yaml).get("imports"))
    .filter((name) => name === values || name === `${values}@latest`)
    .map(
      () =>
        `The Environment ${name} reads the latest revision of ${values}: a change there reaches production without a review. ` +
        `Pin one: npx worker-secrets promote, or ${NAMESPACE}:secretsRevision in Pulumi.${stack}.yaml.`,
    );
}

function unprotected(resource: Resource, run: Run): string[] {
  const { type, name, protect } = resource;
  if (protect || !(DATA.has(type) || hasObjects(resource)) || permitsRemoval(run)) return [];
  return [
    `${name} holds data of production and is not protected. Give it the resource option 'protect: true'.`,
  ];
}

/** Durable Objects go with their script. */
function hasObjects(resource: Resource): boolean {
  return (
    resource.type === SCRIPT && bindingsOf(resource).some(({ type }) => type === "durable_object_namespace")
  );
}

/** The stack's own way to release a Worker; which of its resources are meant, only the program knows. */
function permitsRemoval({ config }: Run): boolean {
  const entries = config.get(`${NAMESPACE}:workers`) ?? "";
  return config.has(`${NAMESPACE}:allowRemoval`) || /"allowRemoval"\s*:\s*true/.test(entries);
}

function open({ type, name, inputs }: Resource): string[] {
  if (type !== SUBDOMAIN) return [];
  return (["enabled", "previewsEnabled"] as const)
    .filter((key) => inputs[key] === true)
    .map(
      (key) =>
        `${name} has ${key}: ${key === "enabled" ? "production answers on workers.dev too" : "old versions answer, with the secrets of their time"}. ` +
        "Set it to false.",
    );
}
