import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { GOOD } from "../../../../tests/helpers/worker-folder.ts";
import { MARK } from "../../src/program/mark.ts";
import { environmentNames } from "../../src/program/names.ts";
import { CANARY, type WsStack, wsStack } from "./rotate-harness.ts";

const PROJECT_NAME = "named";
const USUAL = Object.values(environmentNames(PROJECT_NAME, "dev"));
/** `cloudflare` is somebody else's, and attached; the other two are not there yet. */
const NAMES = { stack: "infra/named-dev", cloudflare: "infra/account", secrets: "values/of-dev" };
const WORKER = { ...GOOD, secrets: { required: ["API_KEY"] } };

describe("a stack whose config names its Environments", function () {
  this.timeout(300_000);
  let stack: WsStack;
  const client = () => stack.world.client;
  const exist = async (names: readonly string[]) => {
    const found = await Promise.all(names.map((name) => client().environment(name)));
    return names.filter((_, index) => found[index] !== undefined);
  };
  const apiKey = async () => {
    const { environmentVariables } = await client().openEnvironment(NAMES.secrets);
    return Object(environmentVariables).API_KEY;
  };

  before(async () => {
    stack = await wsStack({ project: PROJECT_NAME, worker: WORKER, secrets: { API_KEY: `${CANARY}first` } });
    const { accountId } = stack.world.sandbox.description.cloudflare;
    await client().createEnvironment(NAMES.cloudflare);
    await client().updateEnvironment(
      NAMES.cloudflare,
      `# the account's people\nvalues:\n  environmentVariables:\n    CLOUDFLARE_ACCOUNT_ID: ${accountId}\n`,
    );
    const { config } = parse(stack.file()) as { config: object };
    const file = { environment: ["named/dev"], config: { ...config, "worker-secrets:environments": NAMES } };
    writeFileSync(join(stack.root, "Pulumi.dev.yaml"), stringify(file));
  });
  after(() => stack?.close());

  it("init stores nothing in the attached one, and says what is missing there", async () => {
    const { token } = stack.world.sandbox.description.cloudflare;
    const before = await client().environment(NAMES.cloudflare);
    const input = `API_KEY=${CANARY}first\nCLOUDFLARE_API_TOKEN=${token}\n`;
    assert.match(
      await stack.refused(["init", "dev", "--values", "-"], { input }),
      /Environment infra\/account: the stack's config attaches it, .* so CLOUDFLARE_API_TOKEN is not stored in it\n .*pulumi env set infra\/account environmentVariables\.CLOUDFLARE_API_TOKEN --secret -f -\./,
    );
    assert.deepEqual(await client().environment(NAMES.cloudflare), before);
    assert.deepEqual(await exist([NAMES.stack, NAMES.secrets]), []);
    const secret = `    CLOUDFLARE_API_TOKEN: {fn::secret: ${token}}\n`;
    await client().updateEnvironment(NAMES.cloudflare, `${before?.yaml}${secret}`);
  });

  it("init makes the two that are not there, attaches the third, and imports the configured one", async () => {
    const before = await client().environment(NAMES.cloudflare);
    const out = await stack.good(["init", "dev", "--values", "-"], { input: `API_KEY=${CANARY}first\n` });
    assert.match(out, /^infra\/account: there already, nothing missing$/m);
    assert.match(out, /^values\/of-dev: created, stored API_KEY$/m);
    assert.match(out, /^infra\/named-dev: given the definition that the stack declares$/m);
    assert.match(out, /the import of named\/dev becomes infra\/named-dev, as 'environments' says/);
    assert.deepEqual(parse(stack.file()).environment, [NAMES.stack]);
    assert.deepEqual(await client().environment(NAMES.cloudflare), before);
    assert.equal(await client().environmentTag(NAMES.cloudflare, MARK), undefined);
    // Nothing below may need those of the default names.
    for (const name of [...USUAL].sort()) await client().deleteEnvironment(name);
  });

  it("up adopts the configured definition, and nothing is left to do", async () => {
    await stack.host.up();
    const { changes, text } = await stack.host.preview();
    assert.deepEqual(Object.keys(changes), ["same"], text);
    const stored = await client().environment(NAMES.stack);
    assert.deepEqual(parse(stored?.yaml ?? "").imports, [
      { [NAMES.cloudflare]: { merge: false } },
      { [NAMES.secrets]: { merge: false } },
    ]);
  });

  it("rotate stores in the configured Environment", async () => {
    const out = await stack.good(["rotate", "API_KEY", "--generate"]);
    assert.match(out, /values\/of-dev/);
    assert.match(await apiKey(), /^[\w-]{43}$/);
  });

  it("drift finds nothing, and doctor and a missing value name the configured ones", async () => {
    await stack.good(["drift"]);
    const { stdout } = await stack.run(["doctor"]);
    for (const name of Object.values(NAMES)) assert.ok(stdout.includes(`Environment ${name}`), stdout);
    assert.ok(!/named\/dev(-\w+)?\b/.test(stdout.replaceAll("sandbox/named/dev", "")), stdout);
    const before = await client().environment(NAMES.secrets, { decrypted: true });
    await client().updateEnvironment(NAMES.secrets, "values: {}\n");
    await assert.rejects(stack.host.preview(), /Environment values\/of-dev, environmentVariables\.API_KEY/);
    await client().updateEnvironment(NAMES.secrets, before?.yaml ?? "");
  });

  it("teardown removes the two that are its own, and leaves the attached one", async () => {
    const done = JSON.parse(await stack.good(["teardown", "--yes", "dev", "--json"]));
    assert.deepEqual(done.removed, [NAMES.secrets, NAMES.stack]);
    assert.deepEqual(done.kept, [NAMES.cloudflare]);
    assert.deepEqual(await exist([...USUAL, ...Object.values(NAMES)]), [NAMES.cloudflare]);
  });
});
