import assert from "node:assert/strict";
import { type Properties, secret } from "../src/providers/properties.ts";
import { serveConfigured, status } from "./providers-harness.ts";

const SETTINGS = "urn:pulumi:dev::p::pulumiservice:index:DeploymentSettings::s";
const PATH = "/api/stacks/org/p/dev/deployments/settings";

describe("stand-in for pulumiservice: DeploymentSettings", () => {
  const { recorder, provider } = serveConfigured("pulumiservice");
  const inputs: Properties = {
    organization: "org",
    project: "p",
    stack: "dev",
    agentPoolId: "pool",
    executorContext: { executorImage: "node:24" },
    github: {
      repository: "acme/app",
      deployCommits: true,
      previewPullRequests: false,
      pullRequestTemplate: false,
    },
    operationContext: {
      preRunCommands: ["npm ci"],
      environmentVariables: { MODE: "dev", KEY: secret("canary-key") },
      oidc: { aws: { roleARN: "arn:x", sessionName: "s" } },
      options: { skipInstallDependencies: true },
    },
    sourceContext: {
      git: { branch: "main", gitAuth: { basicAuth: { username: "u", password: "canary-pw" } } },
    },
  };
  const answer = {
    source: "api",
    version: 1,
    agentPoolID: "pool",
    executorContext: { executorImage: { reference: "node:24" } },
    gitHub: { repository: "acme/app", deployCommits: true },
    operationContext: {
      preRunCommands: ["npm ci"],
      environmentVariables: { MODE: "dev", KEY: { secret: "cipher-1" } },
      oidc: { aws: { roleArn: "arn:x", sessionName: "s" } },
      options: { skipInstallDependencies: true },
    },
    sourceContext: {
      git: { branch: "main", gitAuth: { basicAuth: { userName: "u", password: { secret: "cipher-2" } } } },
    },
  };
  let state: Properties;

  it("creates by PUT, secrets marked as such; the state has their ciphertext alone", async () => {
    recorder.reset({ [`PUT ${PATH}`]: status(200, answer) });
    const created = await provider.create(SETTINGS, inputs);
    assert.equal(created.id, "org/p/dev");
    assert.deepEqual(recorder.calls, [`PUT ${PATH}`]);
    const { source: _, version: __, ...sent } = structuredClone(answer);
    sent.operationContext.environmentVariables.KEY.secret = "canary-key";
    sent.sourceContext.git.gitAuth.basicAuth.password.secret = "canary-pw";
    assert.deepEqual(JSON.parse(recorder.last().body), sent);
    ({ state } = created);
    assert.doesNotMatch(JSON.stringify(state), /canary/);
    assert.match(JSON.stringify(state), /"KEY":"cipher-1"/);
    assert.equal((await provider.diff(SETTINGS, state, inputs, inputs)).changed, false);
  });

  it("keeps the clear values of a refresh for as long as the ciphertext is the same", async () => {
    recorder.reset({ [`GET ${PATH}`]: status(200, answer) });
    const read = await provider.read(SETTINGS, "org/p/dev", state, inputs);
    assert.equal((await provider.diff(SETTINGS, read.state, read.inputs, inputs)).changed, false);
    const rotated = structuredClone(answer);
    rotated.operationContext.environmentVariables.KEY.secret = "cipher-9";
    recorder.reset({ [`GET ${PATH}`]: status(200, rotated) });
    const changed = await provider.read(SETTINGS, "org/p/dev", state, inputs);
    const { detailed } = await provider.diff(SETTINGS, changed.state, changed.inputs, inputs);
    assert.deepEqual(detailed, { operationContext: "UPDATE" });
  });

  it("imports with a note in place of each secret, and takes a 404 for gone", async () => {
    recorder.reset({ [`GET ${PATH}`]: status(200, answer) });
    const imported = await provider.read(SETTINGS, "org/p/dev");
    const { environmentVariables } = imported.inputs.operationContext as { environmentVariables: Properties };
    assert.deepEqual(environmentVariables, {
      MODE: "dev",
      KEY: secret("<REPLACE WITH ACTUAL SECRET VALUE>"),
    });
    recorder.reset({});
    assert.equal((await provider.read(SETTINGS, "org/p/dev", state, inputs)).id, "");
  });

  it("updates by PUT, replaces for another stack, and deletes; a 404 is an error", async () => {
    const news = { ...inputs, agentPoolId: "other" };
    const { replaces, detailed } = await provider.diff(SETTINGS, state, inputs, news);
    assert.deepEqual({ replaces, detailed }, { replaces: [], detailed: { agentPoolId: "UPDATE" } });
    assert.deepEqual((await provider.diff(SETTINGS, state, inputs, { ...inputs, stack: "s" })).replaces, [
      "stack",
    ]);
    recorder.reset({ [`PUT ${PATH}`]: status(200, answer), [`DELETE ${PATH}`]: status(200, {}) });
    await provider.update(SETTINGS, state, inputs, news);
    await provider.delete(SETTINGS, "org/p/dev", state, inputs);
    assert.deepEqual(recorder.calls, [`PUT ${PATH}`, `DELETE ${PATH}`]);
    recorder.reset({});
    await assert.rejects(provider.delete(SETTINGS, "org/p/dev", state, inputs), /404 API error/);
  });
});
