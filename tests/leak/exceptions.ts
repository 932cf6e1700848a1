import type { Exception } from "./findings.ts";

/** The labels of what is looked for. */
export const SECRET = "a secret value";
export const ACCESS = "the access token";
export const DEPLOY = "the deploy token";

/** Where a secret has to be, each with its reason. A process's variable is `program script command VARIABLE`. */
export const EXCEPTIONS: readonly Exception[] = [
  {
    place: "environment",
    label: ACCESS,
    where: /^(node (ws|stack|verbose-run)\.m?[jt]s|pulumi) .*PULUMI_ACCESS_TOKEN$/,
    why: "who runs a command is logged in by it",
  },
  {
    place: "environment",
    label: ACCESS,
    where: /^(env node npm|node npm run|npm.*|sh|project) PULUMI_ACCESS_TOKEN$/,
    why: "npm run hands on what it is started with",
  },
  {
    place: "environment",
    label: ACCESS,
    where: /^(sh pulumi-[\w-]+|node (plugin|host)\.ts.*|node preload index\.js) PULUMI_ACCESS_TOKEN$/,
    why: "the engine hands it to every plugin and to the program, which opens its definition with it",
  },
  {
    place: "environment",
    label: ACCESS,
    where: /^node main\.ts .*SANDBOX_TOKEN$/,
    why: "the sandbox is told its token so",
  },
  {
    place: "environment",
    label: DEPLOY,
    where: /^(sh pulumi-[\w-]+|node (plugin|host)\.ts.*|node preload index\.js) CLOUDFLARE_API_TOKEN$/,
    why: "the engine sets ESC's variables for every plugin and the program; it is in no state",
  },
  {
    place: "environment",
    label: DEPLOY,
    where: /^pulumi .*CLOUDFLARE_API_TOKEN$/,
    why: "a host of the program in one process sets it for the engine's plugins, which are in that process too",
  },
  {
    place: "environment",
    label: ACCESS,
    where: /^(?:node serve\.ts|sh policy-pack) PULUMI_ACCESS_TOKEN$/,
    why: "the engine hands it to the policy pack as to every plugin; its script becomes Node",
  },
  {
    place: "environment",
    label: DEPLOY,
    where: /^(?:node serve\.ts|sh policy-pack) CLOUDFLARE_API_TOKEN$/,
    why: "the engine sets ESC's variables for the policy pack as for every plugin",
  },
  {
    place: "environment",
    label: SECRET,
    where: /^node preload index\.js PULUMI_CONFIG$/,
    why: "so the engine hands a stack's config to the program",
  },
  {
    place: "temporary",
    label: ACCESS,
    where: /^worker-secrets-host-\d+-\w+\/\.pulumi\/credentials\.json$/,
    why: "the engine's login, in a folder of mode 0700 that goes with the command",
  },
  { place: "home", label: ACCESS, where: /^credentials\.json$/, why: "the CLI's login" },
  { place: "sandbox", label: ACCESS, where: /^its output$/, why: "the sandbox tells how to reach it" },
];
