import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { ask } from "../../../../tests/helpers/fixture.ts";
import { adoption, type Request, requests, SEED, sample } from "./adopt-harness.ts";
import { domainOf, type Shape, scriptOf, shapeOf, writeShape } from "./adopt-shapes.ts";
import { wranglerIn } from "./wrangler-alone.ts";
import { succeeded } from "./ws-project.ts";

/** How many Workers are made up; all of them are one stack. */
const WORKERS = Number(process.env.ADOPT_WORKERS ?? 2);

/**
 * The property that a team adopts by: whatever a Worker is made of, the first `up` after its adoption changes nothing
 * that a request can see. The Workers are made up from a seed, wrangler alone makes them, and requests are made up too.
 */
describe(`ws adopt, of ${WORKERS} Workers that are made up (SEED=${SEED})`, function () {
  this.timeout(900_000);
  const closers: (() => Promise<unknown>)[] = [];
  after(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });
  const { open, listed, unchanged } = adoption(closers);

  it("changes nothing that a request can see", async () => {
    const shapes: Shape[] = [];
    for (let index = 0; index < WORKERS; index++) {
      const first = shapes[0];
      const shape = shapeOf(`w${index}`, first === undefined ? undefined : scriptOf(first));
      shapes.push(...fc.sample(shape, { numRuns: 1, seed: SEED + index }));
    }
    const why = JSON.stringify(shapes, null, 2);
    const project = await open("made-up");
    const directories = shapes.map((shape) => writeShape(project.root, shape));
    const workers = project.sandbox.description.workers.url;
    const asked = new Map<string, readonly Request[]>();
    for (const [index, shape] of shapes.entries()) {
      const [directory = "", script] = [directories[index], scriptOf(shape)];
      const file = join(project.folder, "secrets.json");
      writeFileSync(file, JSON.stringify(shape.secrets), { mode: 0o600 });
      const block = shape.inBlock ? "--env=dev" : "--env=";
      await wranglerIn(project, directory)(["deploy", block, "--secrets-file", file]);
      rmSync(file);
      const hosts = [undefined, `w${index}.example.com`, "example.com"];
      const domain = domainOf(shape);
      const seeded = await ask(workers, script, {
        path: "/report/seed",
        ...(domain === undefined ? {} : { host: domain }),
      });
      assert.equal(seeded.status, 200, `${script}: ${seeded.body}\n${why}`);
      const paths = ["/report", "/about", "/", "/page", "/page.html", "/deep", "/missing", "/report-asset"];
      // The one that shows all that the Worker has, and whatever else comes up.
      const whole: Request = { method: "GET", path: "/report", headers: {}, host: domain };
      const others = sample(requests([...paths, ...paths.map((path) => `/w${index}${path}`)], hosts));
      asked.set(script, [whole, ...others]);
    }
    listed(project, directories);
    const values = {
      ...project.account,
      ...Object.fromEntries(
        shapes.flatMap(({ keys, secrets }) =>
          Object.entries(secrets).map(([name, value]) => [`${String(keys.name)}.${name}`, value]),
        ),
      ),
    };
    for (const [index, shape] of shapes.entries()) {
      const more = index === 0 ? ["--values", "-"] : [];
      const args = ["adopt", scriptOf(shape), "--stack", "dev", "--json", "--no-preview", ...more];
      const said = JSON.parse(
        succeeded(await project.ws(args, { input: index === 0 ? JSON.stringify(values) : "" })),
      ) as { differences: { what: string; name: string; change: string; detail: string }[] };
      const changed = said.differences.filter(({ change }) => change !== "kept");
      assert.deepEqual(changed, [], why);
    }
    const before = await unchanged(project, "made-up", asked, why);
    for (const [script, answers] of before) {
      const reports = answers.filter(({ status, body }) => status === 200 && body.startsWith('{"path"'));
      assert.ok(reports.length > 0, `no request saw what ${script} has\n${why}`);
    }
  });
});
