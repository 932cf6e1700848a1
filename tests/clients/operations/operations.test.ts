import assert from "node:assert/strict";
import { builtPackages } from "../../helpers/built-packages.ts";
import { MODULE_SYSTEMS } from "../existing-project.ts";
import { Bench, THEIR_BUCKETS } from "./bench.ts";
import { CODE } from "./program.ts";
import { OPERATIONS, type Operation, ROWS, type Row, RUN_IN, type Scene } from "./rows.ts";
import { SETTINGS, setForeign } from "./scenes.ts";

/** They do not run the program. */
const STATE_ALONE: readonly Operation[] = ["refresh", "destroy", "destroy --skip-preview", "import"];
const SCENES = Object.keys(RUN_IN) as Scene[];
const rowsOf = (scene: Scene) => ROWS.filter((row) => row.scene === scene);

describe("the guards of a program that exists already, in every operation", function () {
  this.timeout(600_000); // many runs of the engine, and a machine may be busy
  let packages: ReadonlyMap<string, string>;
  before(async () => {
    packages = await builtPackages();
  });

  for (const system of MODULE_SYSTEMS) {
    describe(system.kind, () => {
      let bench: Bench;
      before(async () => {
        bench = await Bench.open(system, packages);
      });
      after(() => bench?.close());

      for (const scene of SCENES) {
        describe(scene, () => {
          let restore: (() => Promise<void> | void) | undefined;
          before(async () => {
            restore = await SETTINGS[scene](bench);
          });
          after(() => restore?.());
          for (const operation of RUN_IN[scene])
            for (const row of rowsOf(scene)) {
              const expected = row.cells[operation];
              // A destroy that the protection stops shows nothing of the others; see below.
              if (operation === "destroy" && expected !== "stopped") continue;
              it(`${operation}: ${row.guard} is ${expected === "gap" ? "a gap" : expected}`, async () => {
                const { code, text, changed } = await bench.ran(scene, operation);
                if (expected === "stopped") {
                  assert.notEqual(code, 0, text);
                  const says = STATE_ALONE.includes(operation) ? row.engineSays : row.says;
                  assert.match(text, says ?? /the row does not say what stops it/);
                  assert.doesNotMatch(text, /^\s+at .*:\d+:\d+/m);
                } else if (expected === "protected") assert.equal(code, 0, text);
                const seen = [...changed].filter(
                  ([what]) => (what === THEIR_BUCKETS) === (row.theirs === true),
                );
                if (expected !== "gap") assert.deepEqual(seen, [], text);
                else if (operation === "a transform") await isUnprotected(bench, text);
                else assert.equal(seen.length, 1, text);
              });
            }
        });
      }

      // In a suite of its own: mocha runs a suite's tests before those of the suites in it.
      describe("after all of them", () => {
        it("a sound program comes up, and everything is protected again", async () => {
          await bench.project.good("up", "--yes", "--skip-preview");
          assert.deepEqual(await protectedNames(bench), ["kept", "kept-dev-cache", "kept-guard"]);
          const theirs = await bench.cloudflare("GET", "/r2/buckets", undefined, bench.other);
          assert.match(JSON.stringify(theirs), /"files"/);
        });
      });

      describe("a destroy, once the protection is lifted on purpose", () => {
        let restore: () => Promise<void>;
        before(async () => {
          bench.stack(undefined, { "worker-secrets:allowRemoval": ["kept"] });
          // Other code: a secret can be set only while a script's latest version is the deployed one (10215).
          bench.write("api/index.js", CODE.replace("hello", "last"));
          await bench.project.good("up", "--yes", "--skip-preview");
          restore = await setForeign(bench);
        });
        it("deletes what somebody else put on a Worker, which is the gap", async () => {
          const text = await bench.project.good("destroy", "--yes", "--skip-preview");
          assert.match(text, /WorkersScript api deleted/);
        });
        it("leaves the scripts and the Environments of others", async () => {
          const scripts = JSON.stringify(await bench.cloudflare("GET", "/workers/scripts"));
          assert.match(scripts, /foreign-dev/);
          assert.doesNotMatch(scripts, /api-dev/);
          const { name, client } = bench.project;
          assert.match((await client.environment(`${name}/dev`))?.yaml ?? "", /theirs: 1/);
        });
        it("with --run-program goes through where nothing is wrong", async () => {
          await restore();
          await bench.project.good("up", "--yes", "--skip-preview");
          const text = await bench.project.good("destroy", "--yes", "--skip-preview", "--run-program");
          assert.match(text, /WorkersScript kept deleted/);
        });
      });
    });
  }
});

/** A transform has taken the protection off, and the preview says so. */
async function isUnprotected(bench: Bench, text: string): Promise<void> {
  assert.deepEqual(await protectedNames(bench), []);
  assert.match(text, /'kept-dev' is not protected in the stack's state/);
  assert.match(text, /'api-dev' was checked, and is registered without API_KEY/);
}

async function protectedNames(bench: Bench): Promise<string[]> {
  const all = await bench.resources();
  return all
    .filter(({ protect }) => protect === true)
    .map(({ urn }) => urn.split("::").at(-1) ?? urn)
    .sort();
}

describe("the table of guards and operations", () => {
  it("has no cell that neither a run nor a fact of its file's head stands for", () => {
    const derived = (row: Row, operation: Operation) => {
      // The program runs, and stops as in the preview.
      if (!STATE_ALONE.includes(operation)) return row.cells[operation] === row.cells.preview;
      return operation.startsWith("destroy") ? row.cells[operation] === row.cells.destroy : true;
    };
    const open = ROWS.flatMap((row) =>
      OPERATIONS.filter(
        (operation) => !RUN_IN[row.scene].includes(operation) && !derived(row, operation),
      ).map((operation) => `${row.guard}: ${operation}`),
    );
    assert.deepEqual(open, []);
  });
});
