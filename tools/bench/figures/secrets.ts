import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { deployVariables } from "../../../packages/worker-secrets/src/cli/project/init-environments.ts";
import { type Figure, pair, timed } from "../measure.ts";
import { type Project, secretName, type World } from "../world.ts";

const TEN = Array.from({ length: 10 }, (_, index) => secretName(index));

/**
 * New values for secrets of a Worker until it has them, beside what Cloudflare's tutorial does for it. Both store the values
 * in ESC by the same command first. `ours` is a stack of one Worker with ten secrets.
 */
export async function secretFigures(
  world: World,
  ours: Project,
  engine: string,
  runs: number,
  wanted: (name: string) => boolean,
): Promise<Figure[]> {
  const theirs = await tutorialWorker(world, ours, engine);
  let value = 0;
  const set = (at: string, name: string) =>
    run(engine, ["env", "set", at, `environmentVariables.${name}`, `value ${value++}`, "--secret"]);
  const writeTen = (at: string, others: Readonly<Record<string, unknown>> = {}) => {
    const secrets = Object.fromEntries(TEN.map((name) => [name, { "fn::secret": `value ${value++}` }]));
    const text = stringify({ values: { environmentVariables: { ...others, ...secrets } } });
    return run(engine, ["env", "edit", at, "-f", "-"], text);
  };
  const up = () => ours.pulumi("up", "--yes", "--skip-preview");
  const put = (name: string) => shell(`printf %s "$${name}" | wrangler secret put ${name}`);
  const bulk = () =>
    shell(
      `node -e 'console.log(JSON.stringify(Object.fromEntries(${JSON.stringify(TEN)}.map((name) => [name, process.env[name]]))))' | wrangler secret bulk`,
    );
  const secretsOf = `${ours.name}/${ours.stack}-secrets`;
  const tenWithUp = () =>
    time(async () => {
      await writeTen(secretsOf);
      await up();
    });
  const tenWith = (way: () => Promise<unknown>) =>
    time(async () => {
      await writeTen(theirs.environment, theirs.deploy);
      await way();
    });
  const figures: Figure[] = [];
  if (wanted("oneSecretLive")) {
    const one = () =>
      time(async () => {
        await set(secretsOf, "SECRET_1");
        await up();
      });
    const imperative = () =>
      time(async () => {
        await set(theirs.environment, "SECRET_1");
        await put("SECRET_1");
      });
    await one();
    await imperative();
    figures.push(
      await pair(
        "oneSecretLive",
        "pulumi env set, then pulumi env run -- wrangler secret put",
        runs,
        one,
        imperative,
        "pulumi env set, then pulumi up --yes --skip-preview",
      ),
    );
  }
  if (wanted("tenSecretsVsPuts")) {
    const puts = () =>
      tenWith(async () => {
        for (const name of TEN) await put(name);
      });
    await tenWithUp();
    figures.push(
      await pair(
        "tenSecretsVsPuts",
        "pulumi env edit, then ten times pulumi env run -- wrangler secret put: ten versions",
        Math.max(1, Math.ceil(runs / 2)),
        tenWithUp,
        puts,
        "pulumi env edit of ten values, then one pulumi up --yes --skip-preview: one version",
      ),
    );
  }
  if (wanted("tenSecretsVsBulk")) {
    figures.push(
      await pair(
        "tenSecretsVsBulk",
        "pulumi env edit, then pulumi env run -- wrangler secret bulk",
        runs,
        tenWithUp,
        () => tenWith(bulk),
        "pulumi env edit of ten values, then one pulumi up --yes --skip-preview",
      ),
    );
  }
  return figures;

  function run(file: string, args: readonly string[], input?: string) {
    return timed(file, args, { env: world.env, ...(input === undefined ? {} : { input }) });
  }

  function shell(command: string) {
    return timed(engine, ["env", "run", theirs.environment, "--", "sh", "-c", command], {
      cwd: theirs.folder,
      env: { ...world.env, CI: "1" },
    });
  }
}

/** A Worker and an Environment as the tutorial leaves them. */
async function tutorialWorker(world: World, ours: Project, engine: string) {
  const folder = join(world.folder, "tutorial");
  mkdirSync(folder);
  writeFileSync(
    join(folder, "wrangler.json"),
    JSON.stringify({ name: "tutorial", main: "index.js", compatibility_date: "2026-10-01" }),
  );
  writeFileSync(join(folder, "index.js"), 'export default { fetch: () => new Response("ok") };\n');
  const environment = `${ours.name}/tutorial`;
  const deploy = Object.fromEntries(
    deployVariables(world.description.cloudflare).map(({ name, value }) => [name, value]),
  );
  await timed(engine, ["env", "init", environment, "-f", "-"], {
    env: world.env,
    input: stringify({ values: { environmentVariables: deploy } }),
  });
  await timed(engine, ["env", "run", environment, "--", "wrangler", "deploy"], {
    cwd: folder,
    env: { ...world.env, CI: "1" },
  });
  return { folder, environment, deploy };
}

async function time(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}
