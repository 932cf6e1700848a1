import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { stringify } from "smol-toml";
import { CANARY } from "./ws-project.ts";

/** A Worker as its owner may have it: the wrangler file's keys, and what is not in it. */
export interface Shape {
  readonly format: "wrangler.jsonc" | "wrangler.json" | "wrangler.toml";
  /** All that may differ from one environment to another stands in the block `env.dev`. */
  readonly inBlock: boolean;
  readonly keys: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, string>>;
  readonly assets: "bound" | "alone" | undefined;
}

const text = fc.string({ unit: "grapheme", maxLength: 20 });
const some = <T>(one: fc.Arbitrary<T>) => fc.option(one, { nil: undefined });
const names = (letter: string, maxLength = 2) =>
  fc.uniqueArray(fc.stringMatching(new RegExp(`^${letter}_[A-Z]{1,3}$`)), { maxLength });

/** Names tell the Worker's code what to try: `KV_…` is read, `V_…` is shown, `S_…` is shown as a hash. */
const keys = fc.record({
  compatibility_date: fc.constantFrom("2026-10-01", "2025-04-01"),
  compatibility_flags: some(fc.subarray(["nodejs_compat", "global_navigator", "no_nodejs_compat_v2"])),
  vars: some(
    fc.dictionary(
      fc.stringMatching(/^V_[A-Z]{1,3}$/),
      // TOML has no null.
      fc.oneof(
        text,
        fc.boolean(),
        fc.integer(),
        fc.record({ list: fc.array(text), inner: fc.record({ text }) }),
      ),
      { maxKeys: 4 },
    ),
  ),
  kv_namespaces: some(names("KV").map((all) => all.map((binding) => ({ binding })))),
  d1_databases: some(names("DB", 1).map((all) => all.map((binding) => ({ binding })))),
  r2_buckets: some(names("FILES", 1).map((all) => all.map((binding) => ({ binding })))),
  producers: some(names("OUT", 1)),
  rooms: some(
    fc.record({ binding: fc.stringMatching(/^ROOM_[A-Z]{1,3}$/), steps: fc.integer({ min: 1, max: 3 }) }),
  ),
  triggers: some(fc.record({ crons: fc.subarray(["*/5 * * * *", "0 3 * * 1"]) })),
  domain: fc.boolean(),
  route: fc.boolean(),
  workers_dev: some(fc.boolean()),
  define: some(fc.constant({ MODE: '"defined"' })),
  minify: some(fc.boolean()),
  keep_names: some(fc.boolean()),
  version_metadata: some(fc.constant({ binding: "META" })),
  observability: some(
    fc.record(
      {
        enabled: fc.constant(true),
        head_sampling_rate: fc.constantFrom(0.5, 1),
        logs: fc.record({ enabled: fc.boolean(), invocation_logs: fc.boolean() }),
      },
      { requiredKeys: ["enabled"] },
    ),
  ),
  limits: some(fc.record({ cpu_ms: fc.integer({ min: 10, max: 300 }) })),
  placement: some(fc.constant({ mode: "smart" })),
  html_handling: fc.constantFrom("auto-trailing-slash", "force-trailing-slash", "none"),
  not_found_handling: fc.constantFrom("none", "404-page", "single-page-application"),
  run_worker_first: fc.constantFrom(true, ["/report*", "!/report-asset"]),
});

/** One Worker called `name`; `other` is one that is there before it, and may be bound. */
export function shapeOf(name: string, other: string | undefined): fc.Arbitrary<Shape> {
  const secret = text.filter((one) => !/\p{Cc}/u.test(one)).map((one) => `${CANARY}${one}`);
  return fc
    .record({
      format: fc.constantFrom("wrangler.jsonc" as const, "wrangler.json" as const, "wrangler.toml" as const),
      inBlock: fc.boolean(),
      keys,
      secrets: fc.dictionary(fc.stringMatching(/^S_[A-Z]{1,3}$/), secret, { maxKeys: 3 }),
      assets: fc.constantFrom("bound" as const, "alone" as const, undefined),
      binds: fc.boolean(),
    })
    .map(({ keys: made, binds, assets, ...rest }) => {
      const {
        producers,
        rooms,
        domain,
        route,
        html_handling,
        not_found_handling,
        run_worker_first,
        ...plain
      } = made;
      return {
        ...rest,
        assets,
        keys: JSON.parse(
          JSON.stringify({
            name,
            main: "index.js",
            ...plain,
            secrets: { required: Object.keys(rest.secrets) },
            queues: producers && {
              producers: producers.map((binding) => ({
                binding,
                queue: `${name}-${binding.toLowerCase().replace("_", "-")}`,
              })),
            },
            durable_objects: rooms && { bindings: [{ name: rooms.binding, class_name: "Room" }] },
            migrations:
              rooms &&
              [
                { tag: "v1", new_sqlite_classes: ["Room"] },
                { tag: "v2", new_sqlite_classes: ["Hall"] },
                { tag: "v3", renamed_classes: [{ from: "Hall", to: "Court" }] },
              ].slice(0, rooms.steps),
            services: binds && other !== undefined ? [{ binding: "SVC", service: other }] : undefined,
            routes: [
              // It has to answer somewhere.
              ...(domain || plain.workers_dev !== true
                ? [{ pattern: `${name}.example.com`, custom_domain: true }]
                : []),
              ...(route ? [{ pattern: `example.com/${name}/*`, zone_name: "example.com" }] : []),
            ],
            assets:
              assets === undefined
                ? undefined
                : {
                    directory: "public",
                    html_handling,
                    // With another one, no request that fits no asset would reach the code.
                    not_found_handling: assets === "alone" ? "none" : not_found_handling,
                    ...(assets === "bound" ? { binding: "ASSETS", run_worker_first } : {}),
                  },
          }),
        ) as Shape["keys"],
      };
    });
}

/** Keys that may not stand in an `env` block, or that name the Worker itself. */
const TOP = ["name", "main", "compatibility_date"];

/** Writes the Worker's folder: its file, its code, and the files that it serves. */
export function writeShape(root: string, shape: Shape): string {
  const folder = join(root, String(shape.keys.name));
  mkdirSync(join(folder, "public/deep"), { recursive: true });
  const entries = Object.entries(shape.keys);
  const file = shape.inBlock
    ? {
        ...Object.fromEntries(entries.filter(([key]) => TOP.includes(key))),
        // What a block does not say itself must not come down to it.
        vars: { V_TOP: "of the top level" },
        env: { dev: Object.fromEntries(entries.filter(([key]) => !TOP.includes(key))) },
      }
    : shape.keys;
  writeFileSync(
    join(folder, shape.format),
    shape.format === "wrangler.toml" ? stringify(file) : `${JSON.stringify(file, null, 2)}\n`,
  );
  writeFileSync(join(folder, "index.js"), CODE);
  writeFileSync(join(folder, "about.txt"), "A Worker of a shape that somebody may have.\n");
  for (const path of ["index.html", "page.html", "404.html", "deep/index.html", "report-asset"])
    writeFileSync(join(folder, "public", path), `<p>${path}</p>\n`);
  return folder;
}

/** How wrangler calls the script, and the block that it is told to take. */
export function scriptOf({ keys, inBlock }: Shape): string {
  return inBlock ? `${String(keys.name)}-dev` : String(keys.name);
}

/** The host of the Worker's own domain; `undefined` where it has none, and answers at workers.dev. */
export function domainOf({ keys }: Shape): string | undefined {
  const host = `${String(keys.name)}.example.com`;
  return JSON.stringify(keys.routes).includes(host) ? host : undefined;
}

/**
 * `/report` shows all that the Worker has; `/report/seed` writes into what it can write to. Of a function's name, whether it
 * is kept: what a minifier makes of it (minify without keep_names) is another with each esbuild.
 */
const CODE = `import { DurableObject } from "cloudflare:workers";
import about from "./about.txt";
export class Room extends DurableObject {
  async fetch(request) {
    const visits = (await this.ctx.storage.get("visits")) ?? 0;
    if (request.method === "POST") await this.ctx.storage.put("visits", visits + 1);
    return new Response(String(visits));
  }
}
export class Hall extends DurableObject {}
export class Court extends DurableObject {}
const hash = async (text) =>
  [...new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)))].join();
const room = (binding, method) => binding.get(binding.idFromName("one")).fetch("http://room/", { method });
const reads = {
  V: (value) => value,
  S: hash,
  KV: (binding) => binding.get("key"),
  DB: async (binding) => (await binding.prepare("select n from seeded").all()).results,
  FILES: async (binding) => (await (await binding.get("key"))?.text()) ?? "nothing",
  ROOM: async (binding) => (await room(binding, "GET")).text(),
  SVC: async (binding) => (await binding.fetch("http://other/report")).text(),
  ASSETS: async (binding) => (await binding.fetch("http://assets/page.html")).status,
};
const writes = {
  KV: (binding) => binding.put("key", "seeded"),
  DB: (binding) => binding.exec("create table seeded (n); insert into seeded values (7)"),
  FILES: (binding) => binding.put("key", "seeded"),
  ROOM: (binding) => room(binding, "POST"),
};
async function each(env, does) {
  const found = {};
  for (const name of Object.keys(env).sort()) {
    const act = does[name.split("_")[0]];
    found[name] = act === undefined ? typeof env[name] : await act(env[name]);
  }
  return found;
}
export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url);
    if (pathname === "/report/seed") return new Response(Object.keys(await each(env, writes)).join());
    if (pathname.endsWith("/about")) return new Response(about);
    return Response.json({
      path: pathname,
      has: await each(env, reads),
      mode: typeof MODE === "undefined" ? "none" : MODE,
      named: each.name === "each",
      process: typeof process,
      agent: globalThis.navigator?.userAgent,
    });
  },
  scheduled() {},
};
`;
