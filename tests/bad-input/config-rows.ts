import { GOOD } from "../helpers/worker-folder.ts";
import { CANARY } from "./row.ts";

/** Config of a stack, or variables of the program's process, that can't be meant; and all that is said of it. */
export interface ConfigRow {
  readonly title: string;
  /** Config keys of the project's namespace as the engine gives them; `undefined` takes one away. */
  readonly config?: Readonly<Record<string, string | undefined>>;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The wrangler file of `worker/`. */
  readonly worker?: object;
  /** The text of `worker/secret-forms.json`; none where absent. */
  readonly forms?: string;
  readonly text: string;
}

const workers = (...entries: unknown[]) => ({ workers: JSON.stringify(entries) });
const deployments = (more: object, config: object = {}) => ({
  deployments: JSON.stringify({ repository: "acme/shop", ...more }),
  ...config,
});
const bound = (more: object) => ({ ...GOOD, ...more });

export const configRows: readonly ConfigRow[] = [
  {
    title: "workers: no list of anything",
    config: { workers: "[]" },
    text: [
      "One problem found:",
      "  - Pulumi.dev.yaml, worker-secrets:workers: 'workers' is empty",
      "    Write a folder, or: - {directory: FOLDER, name: NAME, …}. The keys are listed in the README.",
    ].join("\n"),
  },
  {
    title: "forms: no JSON",
    forms: '{"API_KEY": {',
    text: [
      "One problem found:",
      "  - worker/secret-forms.json: it is not valid JSON",
      '    Write {"NAME": {"minLength": 32, "format": "pem"}}; the keys are listed in docs/workers.md.',
    ].join("\n"),
  },
  {
    title: "forms: no object",
    forms: "[]",
    text: [
      "One problem found:",
      "  - worker/secret-forms.json: it must be an object of forms by the secret's name",
      '    Write {"NAME": {"minLength": 32, "format": "pem"}}; the keys are listed in docs/workers.md.',
    ].join("\n"),
  },
  {
    title: "forms: everything wrong with them",
    forms: JSON.stringify({
      API_KEY: { minLength: 1.5, maxLength: 0, pattern: "(", format: "xml", length: 3, allowPlaceholder: 1 },
      TOP_SECRET: { minLength: 5, maxLength: 4 },
    }),
    text: [
      "7 problems found:",
      ...[
        "'API_KEY.minLength' must be a whole number",
        "'API_KEY.maxLength' must be 1 or more",
        "'API_KEY.pattern' is no regular expression of JavaScript",
        "'API_KEY.format' must be one of pem, json, uuid, url",
        "'API_KEY.allowPlaceholder' must be true or false",
        "'API_KEY.length' is not known; known are minLength, maxLength, pattern, format, allowPlaceholder",
        "'TOP_SECRET' has a minLength above its maxLength",
      ].flatMap((what) => [
        `  - worker/secret-forms.json: ${what}`,
        '    Write {"NAME": {"minLength": 32, "format": "pem"}}; the keys are listed in docs/workers.md.',
      ]),
    ].join("\n"),
  },
  {
    title: "forms: of a secret that nobody declares",
    forms: '{"API_KEYS": {"minLength": 8}}',
    text: [
      "One problem found:",
      "  - worker/secret-forms.json: the Worker declares no secret 'API_KEYS', so the form would check nothing",
      "    Take it out, write the name of one of its secrets (API_KEY, TOP_SECRET), or list it in 'optionalSecrets' of the Worker's entry.",
    ].join("\n"),
  },
  {
    title: "workers: JSON that breaks off",
    config: { workers: '["worker"' },
    text: [
      "One problem found:",
      "  - Pulumi.dev.yaml, worker-secrets:workers: 'workers' begins as a list or an object, but is not valid JSON",
      "    Write it into Pulumi.dev.yaml as YAML, or: pulumi config set --path 'worker-secrets:workers[0]' FOLDER",
    ].join("\n"),
  },
  {
    title: "workers: an object",
    config: { workers: '{"worker": "worker"}' },
    text: [
      "One problem found:",
      "  - Pulumi.dev.yaml, worker-secrets:workers: 'workers' must be a list",
      "    Write a folder, or: - {directory: FOLDER, name: NAME, …}. The keys are listed in the README.",
    ].join("\n"),
  },
  {
    title: "workers: a list in a list",
    config: workers(["worker"]),
    text: [
      "One problem found:",
      "  - Pulumi.dev.yaml, worker-secrets:workers: 'workers[0]' must be a folder or an object with 'directory'",
      "    Write a folder, or: - {directory: FOLDER, name: NAME, …}. The keys are listed in the README.",
    ].join("\n"),
  },
  {
    title: "workers: null",
    config: workers(null),
    text: [
      "One problem found:",
      "  - Pulumi.dev.yaml, worker-secrets:workers: 'workers[0]' must be a folder or an object with 'directory'",
      "    Write a folder, or: - {directory: FOLDER, name: NAME, …}. The keys are listed in the README.",
    ].join("\n"),
  },
  {
    title: "workers: an empty folder name",
    config: workers(""),
    text: [
      "One problem found:",
      "  - Pulumi.dev.yaml, worker-secrets:workers: 'workers[0]' is empty",
      "    Write a folder, or: - {directory: FOLDER, name: NAME, …}. The keys are listed in the README.",
    ].join("\n"),
  },
  {
    title: "workers: protect that is false",
    config: workers({ directory: "worker", protect: false }),
    text: [
      "One problem found:",
      "  - Pulumi.dev.yaml, worker-secrets:workers: 'workers[0].protect' must be true, or left out; 'allowRemoval: true' permits to remove it",
      "    Write a folder, or: - {directory: FOLDER, name: NAME, …}. The keys are listed in the README.",
    ].join("\n"),
  },
  {
    title: "allowRemoval that is no list of names",
    config: { allowRemoval: '{"auth": true}' },
    text: [
      "One problem found:",
      "  - Pulumi.dev.yaml, worker-secrets:allowRemoval: it is not a list of Workers' names",
      "    Write a list of names as YAML, or take the key out.",
    ].join("\n"),
  },
  {
    title: "workers: a folder that is not there",
    config: workers("nowhere"),
    text: [
      "One problem found:",
      "  - nowhere: there is no wrangler.json, wrangler.jsonc, wrangler.toml in this folder, which does not exist",
      "    Create one, or point the stack's config at the Worker's folder.",
    ].join("\n"),
  },
  {
    title: "workers: a file instead of a folder",
    config: workers("worker/index.js"),
    text: [
      "One problem found:",
      "  - worker/index.js: there is no wrangler.json, wrangler.jsonc, wrangler.toml in this folder: it is a file",
      "    Create one, or point the stack's config at the Worker's folder.",
    ].join("\n"),
  },
  {
    title: "workers: a name that begins with a digit",
    config: workers({ directory: "worker", name: "2nd" }),
    text: [
      "One problem found:",
      "  - Pulumi.dev.yaml, worker-secrets:workers: 'workers[0].name' may hold letters, digits, _ and -, a letter first",
      "    Write a folder, or: - {directory: FOLDER, name: NAME, …}. The keys are listed in the README.",
    ].join("\n"),
  },
  {
    title: "workers: scriptName that is a number",
    config: workers({ directory: "worker", scriptName: 7 }),
    text: [
      "One problem found:",
      "  - Pulumi.dev.yaml, worker-secrets:workers: 'workers[0].scriptName' must be a text",
      "    Write a folder, or: - {directory: FOLDER, name: NAME, …}. The keys are listed in the README.",
    ].join("\n"),
  },
  {
    title: "workers: scriptName with a dot",
    config: workers({ directory: "worker", scriptName: "a.b" }),
    text: [
      "One problem found:",
      "  - Pulumi.dev.yaml, worker-secrets:workers, worker: the script name 'a.b' may only hold lower-case letters, digits and inner dashes",
      "    Write another 'scriptName' into this entry.",
    ].join("\n"),
  },
  {
    title: "workers: scriptName that begins with a dash",
    config: workers({ directory: "worker", scriptName: "-a" }),
    text: [
      "One problem found:",
      "  - Pulumi.dev.yaml, worker-secrets:workers, worker: the script name '-a' may only hold lower-case letters, digits and inner dashes",
      "    Write another 'scriptName' into this entry.",
    ].join("\n"),
  },
  {
    title: "workers: adopt that is a text",
    config: workers({ directory: "worker", adopt: "yes" }),
    text: [
      "One problem found:",
      "  - Pulumi.dev.yaml, worker-secrets:workers: 'workers[0].adopt' must be true or false",
      "    Write a folder, or: - {directory: FOLDER, name: NAME, …}. The keys are listed in the README.",
    ].join("\n"),
  },
  {
    title: "workers: externalSecrets that is a text",
    config: workers({ directory: "worker", externalSecrets: "A" }),
    text: [
      "One problem found:",
      "  - Pulumi.dev.yaml, worker-secrets:workers: 'workers[0].externalSecrets' must be a list of names",
      "    Write a folder, or: - {directory: FOLDER, name: NAME, …}. The keys are listed in the README.",
    ].join("\n"),
  },
  {
    title: "workers: optionalSecrets with a number",
    config: workers({ directory: "worker", optionalSecrets: ["A", 3] }),
    text: [
      "One problem found:",
      "  - Pulumi.dev.yaml, worker-secrets:workers: 'workers[0].optionalSecrets[1]' must be a text",
      "    Write a folder, or: - {directory: FOLDER, name: NAME, …}. The keys are listed in the README.",
    ].join("\n"),
  },
  {
    title: "workers: a secret that is optional and required",
    config: workers({ directory: "worker", optionalSecrets: ["API_KEY"] }),
    text: [
      "One problem found:",
      "  - Pulumi.dev.yaml, worker-secrets:workers, worker: 'API_KEY' of optionalSecrets is in 'secrets.required' too; a binding's name is unique (10053)",
      "    Keep it in one of the two places.",
    ].join("\n"),
  },
  {
    title: "platform, in a program that calls plan() alone",
    config: { platform: JSON.stringify({ stacks: {} }), workers: "[" },
    text: [
      "One problem found:",
      "  - Pulumi.dev.yaml, worker-secrets:platform: a stack with this key is a platform stack and has no Workers, and the program calls plan() in it",
      "    Call platform() before plan(), and declare nothing else where it gives outputs. If the stack is to have Workers, take the key out.",
    ].join("\n"),
  },
  {
    title: "workers: a secret of the program that is optional",
    config: workers({ directory: "worker", optionalSecrets: ["A"], programSecrets: ["A", "API_KEY"] }),
    text: [
      "One problem found:",
      "  - Pulumi.dev.yaml, worker-secrets:workers, worker: 'A' of programSecrets is in 'optionalSecrets' too; a binding's name is unique (10053)",
      "    Keep it in one of the two places.",
    ].join("\n"),
  },
  {
    title: "workers: a secret that is optional and external",
    config: workers({ directory: "worker", optionalSecrets: ["A"], externalSecrets: ["A"] }),
    text: [
      "One problem found:",
      "  - Pulumi.dev.yaml, worker-secrets:workers, worker: 'A' of optionalSecrets is in 'externalSecrets' too; a binding's name is unique (10053)",
      "    Keep it in one of the two places.",
    ].join("\n"),
  },
  {
    title: "workers: dropBindings that is an object",
    config: workers({ directory: "worker", dropBindings: {} }),
    text: [
      "One problem found:",
      "  - Pulumi.dev.yaml, worker-secrets:workers: 'workers[0].dropBindings' must be a list of names",
      "    Write a folder, or: - {directory: FOLDER, name: NAME, …}. The keys are listed in the README.",
    ].join("\n"),
  },
  {
    title: "workers: an overwriteDeployment that is a list",
    config: workers({ directory: "worker", overwriteDeployment: ["one"] }),
    text: [
      "One problem found:",
      "  - Pulumi.dev.yaml, worker-secrets:workers: 'workers[0].overwriteDeployment' must be a text",
      "    Write a folder, or: - {directory: FOLDER, name: NAME, …}. The keys are listed in the README.",
    ].join("\n"),
  },
  {
    title: "workers: an environment that the file has not",
    config: workers({ directory: "worker", environment: "production" }),
    text: [
      "One problem found:",
      "  - worker/wrangler.jsonc: there is no block 'env.production'; the file has none at all",
      "    Add the block, or name another one in the stack's config.",
    ].join("\n"),
  },
  {
    title: "workers: production that takes no block of a file with blocks",
    config: { prod: "true" },
    worker: { ...GOOD, env: { staging: {}, production: {} } },
    text: [
      "One problem found:",
      "  - worker/wrangler.jsonc:11:3: the file has the blocks 'env.staging', 'env.production', and this stack takes none of them: the top level would be deployed",
      '    Name the block in Pulumi.dev.yaml, worker-secrets:workers: {directory: worker, environment: BLOCK}. If the top level of worker/wrangler.jsonc is meant: environment: "".',
    ].join("\n"),
  },
  {
    title: "workers: production with a block that lacks what the top level has",
    config: { ...workers({ directory: "worker", environment: "production" }), prod: "true" },
    worker: {
      ...GOOD,
      vars: { MODE: "x" },
      kv_namespaces: [{ binding: "CACHE", id: "a" }],
      tail_consumers: [{ service: "tail" }],
      env: { production: { secrets: { required: ["API_KEY"] } } },
    },
    text: [
      "4 problems found:",
      "  - worker/wrangler.jsonc:8:7: 'secrets.required' of the top level has TOP_SECRET, which is not in 'env.production': blocks do not inherit this key, so the Worker would be deployed without",
      "    Add it to 'env.production' in worker/wrangler.jsonc. If it is left out on purpose: leftOut: [TOP_SECRET] in the entry of Pulumi.dev.yaml, worker-secrets:workers, worker.",
      "  - worker/wrangler.jsonc:12:5: 'vars' of the top level has MODE, which is not in 'env.production': blocks do not inherit this key, so the Worker would be deployed without",
      "    Add it to 'env.production' in worker/wrangler.jsonc. If it is left out on purpose: leftOut: [MODE] in the entry of Pulumi.dev.yaml, worker-secrets:workers, worker.",
      "  - worker/wrangler.jsonc:15:5: 'kv_namespaces' of the top level has CACHE, which is not in 'env.production': blocks do not inherit this key, so the Worker would be deployed without",
      "    Add it to 'env.production' in worker/wrangler.jsonc. If it is left out on purpose: leftOut: [CACHE] in the entry of Pulumi.dev.yaml, worker-secrets:workers, worker.",
      "  - worker/wrangler.jsonc:20:3: 'tail_consumers' of the top level is not in 'env.production': blocks do not inherit this key, so the Worker would be deployed without",
      "    Add it to 'env.production' in worker/wrangler.jsonc. If it is left out on purpose: leftOut: [tail_consumers] in the entry of Pulumi.dev.yaml, worker-secrets:workers, worker.",
    ].join("\n"),
  },
  {
    title: "workers: resources of an unknown form",
    config: workers({ directory: "worker", resources: { KV: { make: true } } }),
    text: [
      "One problem found:",
      "  - Pulumi.dev.yaml, worker-secrets:workers: 'workers[0].resources.KV' must be {id: …}, {stack: …, output: …}, {declare: true, name: …} or {program: true}",
      "    Write a folder, or: - {directory: FOLDER, name: NAME, …}. The keys are listed in the README.",
    ].join("\n"),
  },
  {
    title: "workers: resources of two forms at once",
    config: workers({ directory: "worker", resources: { KV: { id: "x", declare: true } } }),
    text: [
      "One problem found:",
      "  - Pulumi.dev.yaml, worker-secrets:workers: 'workers[0].resources.KV' must be {id: …}, {stack: …, output: …}, {declare: true, name: …} or {program: true}",
      "    Write a folder, or: - {directory: FOLDER, name: NAME, …}. The keys are listed in the README.",
    ].join("\n"),
  },
  {
    title: "workers: resources for a binding of another kind",
    config: workers({ directory: "worker", resources: { AI: { declare: true } } }),
    worker: bound({ ai: { binding: "AI" } }),
    text: [
      "One problem found:",
      "  - Pulumi.dev.yaml, worker-secrets:workers, worker, resources.AI: worker/wrangler.jsonc has no KV, D1, R2 or queue binding 'AI'",
      "    Declare the binding there, or take the entry out.",
    ].join("\n"),
  },
  {
    title: "workers: a bucket without a name",
    worker: bound({ r2_buckets: [{ binding: "FILES" }] }),
    text: [
      "One problem found:",
      "  - worker/wrangler.jsonc: the binding 'FILES' has no 'bucket_name', and the stack's config does not say which resource is meant",
      "    Write it there, or in Pulumi.dev.yaml, worker-secrets:workers: resources: {FILES: {declare: true}} (or {id: …}, {stack: …, output: …} or {program: true}).",
    ].join("\n"),
  },
  {
    title: "scriptName: empty",
    config: { scriptName: "" },
    text: [
      "One problem found:",
      "  - Pulumi.dev.yaml, worker-secrets:scriptName: the script name is empty",
      "    Set another one: pulumi config set worker-secrets:scriptName NAME --stack dev",
    ].join("\n"),
  },
  {
    title: "scriptName: a path",
    config: { scriptName: "../other" },
    text: [
      "One problem found:",
      "  - Pulumi.dev.yaml, worker-secrets:scriptName: the script name '../other' may only hold lower-case letters, digits and inner dashes",
      "    Set another one: pulumi config set worker-secrets:scriptName NAME --stack dev",
    ].join("\n"),
  },
  {
    title: "prod: a number",
    config: { prod: "1" },
    text: [
      "One problem found:",
      "  - Pulumi.dev.yaml, worker-secrets:prod: '1' is neither true nor false",
      "    Set it: pulumi config set worker-secrets:prod true --stack dev",
    ].join("\n"),
  },
  {
    title: "secretsRevision: zero",
    config: { secretsRevision: "0" },
    text: [
      "One problem found:",
      "  - Pulumi.dev.yaml, worker-secrets:secretsRevision: '0' is neither a revision number nor a tag",
      "    List them: pulumi env version history shop/dev-secrets",
    ].join("\n"),
  },
  {
    title: "secretsRevision: a range",
    config: { secretsRevision: "3-4" },
    text: [
      "One problem found:",
      "  - Pulumi.dev.yaml, worker-secrets:secretsRevision: '3-4' is neither a revision number nor a tag",
      "    List them: pulumi env version history shop/dev-secrets",
    ].join("\n"),
  },
  {
    title: "promoteFrom: the stack itself",
    config: { promoteFrom: "dev" },
    text: [
      "One problem found:",
      "  - Pulumi.dev.yaml, worker-secrets:promoteFrom: 'dev' is not another stack of this project (STACK or ORGANIZATION/STACK)",
      "    Name the stack that runs the code first: pulumi config set worker-secrets:promoteFrom staging --stack dev",
    ].join("\n"),
  },
  {
    title: "promoteFrom: a path",
    config: { promoteFrom: "a/b/c" },
    text: [
      "One problem found:",
      "  - Pulumi.dev.yaml, worker-secrets:promoteFrom: 'a/b/c' is not another stack of this project (STACK or ORGANIZATION/STACK)",
      "    Name the stack that runs the code first: pulumi config set worker-secrets:promoteFrom staging --stack dev",
    ].join("\n"),
  },
  {
    title: "deployments: a text",
    config: { deployments: "acme/shop" },
    text: [
      "One problem found:",
      "  - Pulumi.dev.yaml, worker-secrets:deployments: 'deployments' must be an object",
      "    Write: deployments: {repository: OWNER/NAME, …}. Its keys are repository, branch, paths, deployCommits, previewPullRequests, image, driftCron, driftRemediate, ttl.",
    ].join("\n"),
  },
  {
    title: "deployments: no repository",
    config: { deployments: "{}" },
    text: [
      "One problem found:",
      "  - Pulumi.dev.yaml, worker-secrets:deployments: 'deployments.repository' is missing",
      "    Write: deployments: {repository: OWNER/NAME, …}. Its keys are repository, branch, paths, deployCommits, previewPullRequests, image, driftCron, driftRemediate, ttl.",
    ].join("\n"),
  },
  {
    title: "deployments: a repository that is a URL",
    config: deployments({ repository: "https://github.com/acme/shop" }),
    text: [
      "One problem found:",
      "  - Pulumi.dev.yaml, worker-secrets:deployments: 'deployments.repository' must be owner/name",
      "    Write: deployments: {repository: OWNER/NAME, …}. Its keys are repository, branch, paths, deployCommits, previewPullRequests, image, driftCron, driftRemediate, ttl.",
    ].join("\n"),
  },
  {
    title: "deployments: a misspelt key",
    config: deployments({ deployCommit: true }),
    text: [
      "One problem found:",
      "  - Pulumi.dev.yaml, worker-secrets:deployments: 'deployments.deployCommit' is not known; known are repository, branch, paths, deployCommits, previewPullRequests, image, driftCron, driftRemediate, ttl",
      "    Write: deployments: {repository: OWNER/NAME, …}. Its keys are repository, branch, paths, deployCommits, previewPullRequests, image, driftCron, driftRemediate, ttl.",
    ].join("\n"),
  },
  {
    title: "deployments: a cron expression of six fields",
    config: deployments({ driftCron: "0 0 * * * *" }),
    text: [
      "One problem found:",
      "  - Pulumi.dev.yaml, worker-secrets:deployments: 'deployments.driftCron' must be a cron expression of five fields",
      "    Write: deployments: {repository: OWNER/NAME, …}. Its keys are repository, branch, paths, deployCommits, previewPullRequests, image, driftCron, driftRemediate, ttl.",
    ].join("\n"),
  },
  {
    title: "deployments: remediation without a schedule",
    config: deployments({ driftRemediate: true }),
    text: [
      "One problem found:",
      "  - Pulumi.dev.yaml, worker-secrets:deployments: 'driftRemediate' without 'driftCron' does nothing",
      "    Set driftCron, or take driftRemediate out.",
    ].join("\n"),
  },
  {
    title: "deployments: a time that is none",
    config: deployments({ ttl: "tomorrow" }),
    text: [
      "One problem found:",
      "  - Pulumi.dev.yaml, worker-secrets:deployments: 'deployments.ttl' must be a time in quotes, such as \"2030-01-31T00:00:00Z\"",
      "    Write: deployments: {repository: OWNER/NAME, …}. Its keys are repository, branch, paths, deployCommits, previewPullRequests, image, driftCron, driftRemediate, ttl.",
    ].join("\n"),
  },
  {
    title: "deployments: previews and an end for production",
    config: deployments({ previewPullRequests: true, ttl: "2030-01-31T00:00:00Z" }, { prod: "true" }),
    text: [
      "2 problems found:",
      "  - Pulumi.dev.yaml, worker-secrets:deployments: 'previewPullRequests' on a production stack: a preview runs the pull request's code with production's values",
      "    Preview pull requests on dev or a review stack, and prod after the merge.",
      "  - Pulumi.dev.yaml, worker-secrets:deployments: 'ttl' on a production stack would destroy it",
      "    Take 'ttl' out of the file.",
    ].join("\n"),
  },
  {
    title: "the import: nothing of the definition",
    config: { digest: undefined, accountId: undefined },
    text: [
      "One problem found:",
      "  - Environment shop/dev: the stack's config does not import it, or it holds no definition: there is no worker-secrets:digest",
      "    Run: npx worker-secrets init dev. It writes the definition and the import in Pulumi.dev.yaml, and nothing over an Environment of somebody else.",
    ].join("\n"),
  },
  {
    title: "the import: no account",
    config: { accountId: undefined },
    text: [
      "One problem found:",
      "  - Environment shop/dev: its definition is incomplete: worker-secrets:accountId is not there",
      "    Run: npx worker-secrets init dev. It writes the definition and the import in Pulumi.dev.yaml, and nothing over an Environment of somebody else.",
    ].join("\n"),
  },
  {
    title: "the import: an account that is a name",
    config: { accountId: "my-account" },
    text: [
      "One problem found:",
      "  - Environment shop/dev-cloudflare, environmentVariables.CLOUDFLARE_ACCOUNT_ID: an account id has 32 hex digits; this is something else of 10 characters",
      "    Take the id of the account's overview in the dashboard, or of 'npx wrangler whoami': pulumi env set shop/dev-cloudflare environmentVariables.CLOUDFLARE_ACCOUNT_ID ID",
    ].join("\n"),
  },
  {
    title: "the import: an organization with a slash",
    config: { organization: "acme/other" },
    text: [
      "One problem found:",
      "  - Pulumi.dev.yaml, worker-secrets:organization: 'acme/other' is no organization's name (letters, digits, '-', '_' and '.')",
      "    Write the organization of the Environments alone, or take the key out to use the stack's own: pulumi config rm worker-secrets:organization --stack dev",
    ].join("\n"),
  },
  {
    title: "config keys that are nearly those of the project",
    config: {
      scriptname: "x",
      secretRevision: "1",
      Prod: "true",
      "promote-from": "staging",
      pord: "true",
      deploymnet: "{}",
      proxy: "a key of somebody's own code",
    },
    text: [
      "6 problems found:",
      ...[
        ["scriptname", "scriptName"],
        ["secretRevision", "secretsRevision"],
        ["Prod", "prod"],
        ["promote-from", "promoteFrom"],
        ["pord", "prod"],
        ["deploymnet", "deployments"],
      ].flatMap(([key, meant]) => [
        `  - Pulumi.dev.yaml, worker-secrets:${key}: there is no such config key, so it would do nothing; did you mean '${meant}'?`,
        `    Write worker-secrets:${meant}. If your own code reads it, give it another name, or a namespace of its own.`,
      ]),
    ].join("\n"),
  },
  {
    title: "many at once, all of them told",
    config: { prod: "maybe", secretsRevision: "-", scriptName: "A B" },
    env: { CLOUDFLARE_API_TOKEN: `${CANARY}x` },
    text: [
      "4 problems found:",
      "  - Pulumi.dev.yaml, worker-secrets:prod: 'maybe' is neither true nor false",
      "    Set it: pulumi config set worker-secrets:prod true --stack dev",
      "  - Pulumi.dev.yaml, worker-secrets:scriptName: the script name 'A B' may only hold lower-case letters, digits, underscores and dashes, and does not begin with a dash",
      "    Set another one: pulumi config set worker-secrets:scriptName NAME --stack dev",
      "  - Pulumi.dev.yaml, worker-secrets:secretsRevision: '-' is neither a revision number nor a tag",
      "    List them: pulumi env version history shop/dev-secrets",
      "  - CLOUDFLARE_API_TOKEN: the deploy token has the wrong form (18 characters; Cloudflare's have 40 to 80 letters, digits, _ or -)",
      "    Store a right one: pulumi env set shop/dev-cloudflare environmentVariables.CLOUDFLARE_API_TOKEN --secret -f -",
    ].join("\n"),
  },
];

export const variableRows: readonly ConfigRow[] = [
  {
    title: "PULUMI_ACCESS_TOKEN: not there",
    env: { PULUMI_ACCESS_TOKEN: undefined },
    text: [
      "One problem found:",
      "  - PULUMI_ACCESS_TOKEN: the program was started without Pulumi Cloud's token, so nobody is logged in, or the state is not kept in Pulumi Cloud (ESC needs it)",
      "    Run: pulumi login",
    ].join("\n"),
  },
  {
    title: "PULUMI_ACCESS_TOKEN: empty",
    env: { PULUMI_ACCESS_TOKEN: "" },
    text: [
      "One problem found:",
      "  - PULUMI_ACCESS_TOKEN: the program was started without Pulumi Cloud's token, so nobody is logged in, or the state is not kept in Pulumi Cloud (ESC needs it)",
      "    Run: pulumi login",
    ].join("\n"),
  },
  {
    title: "CLOUDFLARE_API_TOKEN: not there",
    env: { CLOUDFLARE_API_TOKEN: undefined },
    text: [
      "One problem found:",
      "  - CLOUDFLARE_API_TOKEN: the imported Environment gave no deploy token",
      "    Store it: pulumi env set shop/dev-cloudflare environmentVariables.CLOUDFLARE_API_TOKEN --secret -f -",
    ].join("\n"),
  },
  {
    title: "CLOUDFLARE_API_TOKEN: too short",
    env: { CLOUDFLARE_API_TOKEN: `${CANARY}short` },
    text: [
      "One problem found:",
      "  - CLOUDFLARE_API_TOKEN: the deploy token has the wrong form (22 characters; Cloudflare's have 40 to 80 letters, digits, _ or -)",
      "    Store a right one: pulumi env set shop/dev-cloudflare environmentVariables.CLOUDFLARE_API_TOKEN --secret -f -",
    ].join("\n"),
  },
  {
    title: "CLOUDFLARE_API_TOKEN: with a line end",
    env: { CLOUDFLARE_API_TOKEN: `${CANARY}${"x".repeat(40)}\n` },
    text: [
      "One problem found:",
      "  - CLOUDFLARE_API_TOKEN: the deploy token has the wrong form (58 characters; Cloudflare's have 40 to 80 letters, digits, _ or -)",
      "    Store a right one: pulumi env set shop/dev-cloudflare environmentVariables.CLOUDFLARE_API_TOKEN --secret -f -",
    ].join("\n"),
  },
  {
    title: "PULUMI_API: a state backend in a folder",
    env: { PULUMI_API: "file:///home/me/state" },
    text: [
      "One problem found:",
      "  - PULUMI_API: 'file:///home/me/state' is not an http(s) URL: a state backend other than Pulumi Cloud can't be used, ESC needs it",
      "    Run 'pulumi login', or set the variable to the service's URL.",
    ].join("\n"),
  },
  {
    title: "PULUMI_API: a bucket",
    env: { PULUMI_API: "s3://state" },
    text: [
      "One problem found:",
      "  - PULUMI_API: 's3://state' is not an http(s) URL: a state backend other than Pulumi Cloud can't be used, ESC needs it",
      "    Run 'pulumi login', or set the variable to the service's URL.",
    ].join("\n"),
  },
  {
    title: "PULUMI_API: no URL",
    env: { PULUMI_API: "pulumi.example" },
    text: [
      "One problem found:",
      "  - PULUMI_API: 'pulumi.example' is not an http(s) URL: a state backend other than Pulumi Cloud can't be used, ESC needs it",
      "    Run 'pulumi login', or set the variable to the service's URL.",
    ].join("\n"),
  },
  {
    title: "PULUMI_API: with a password",
    env: { PULUMI_API: `https://me:${CANARY}pw@pulumi.example:x` },
    text: [
      "One problem found:",
      "  - PULUMI_API: 'https://…@pulumi.example:x' is not an http(s) URL: a state backend other than Pulumi Cloud can't be used, ESC needs it",
      "    Run 'pulumi login', or set the variable to the service's URL.",
    ].join("\n"),
  },
  {
    title: "CLOUDFLARE_BASE_URL: no URL",
    env: { CLOUDFLARE_BASE_URL: "127.0.0.1:8788" },
    text: [
      "One problem found:",
      "  - CLOUDFLARE_BASE_URL: '127.0.0.1:8788' is not an http(s) URL, so Cloudflare's API can't be called",
      "    Unset the variable for the real API (https://api.cloudflare.com/client/v4), or take the sandbox's: npx worker-secrets sandbox prints it.",
    ].join("\n"),
  },
  {
    title: "one cloud on this machine, the other the real one",
    env: { PULUMI_API: "http://127.0.0.1:9", CLOUDFLARE_BASE_URL: undefined },
    text: [
      "2 problems found:",
      "  - PULUMI_API and CLOUDFLARE_BASE_URL: PULUMI_API points at this machine and CLOUDFLARE_BASE_URL at the real service; tokens of one world must not reach the other",
      "    Set both to the sandbox (see 'npx worker-secrets sandbox'), or unset both.",
      "  - PULUMI_ACCESS_TOKEN: it has the form of a real token, and http://127.0.0.1:9 is on this machine: a sandbox has no business with it",
      "    Log in there: pulumi login (the sandbox prints its variables)",
    ].join("\n"),
  },
  {
    title: "the other way round",
    env: { CLOUDFLARE_BASE_URL: "http://localhost:9/client/v4" },
    text: [
      "2 problems found:",
      "  - CLOUDFLARE_BASE_URL and PULUMI_API: CLOUDFLARE_BASE_URL points at this machine and PULUMI_API at the real service; tokens of one world must not reach the other",
      "    Set both to the sandbox (see 'npx worker-secrets sandbox'), or unset both.",
      "  - CLOUDFLARE_API_TOKEN: it has the form of a real token, and http://localhost:9/client/v4 is on this machine: a sandbox has no business with it",
      "    Store one of that world: pulumi env set shop/dev-cloudflare environmentVariables.CLOUDFLARE_API_TOKEN --secret -f -",
    ].join("\n"),
  },
];
