import * as v from "valibot";
import { local, refused, refusedUnless, required, translated } from "./keys.ts";
import { bindingKeys } from "./schema-bindings.ts";
import { amount, flag, named, oneOf, rate, text, textOr, texts } from "./shapes.ts";

const NO_FIELD = "the provider's WorkersScript has no field for it, so an upload would take it away";
const LEGACY = "it belongs to the older service-worker syntax";

const route = v.object({
  pattern: required("the route's pattern, or the domain", text),
  zone_id: translated("the zone, by id", text),
  zone_name: translated("the zone, by name", text),
  custom_domain: translated("the pattern is a custom domain", flag),
  enabled: refusedUnless(true, "the provider's WorkersCustomDomain has no field to switch a domain off"),
  previews_enabled: refusedUnless(
    false,
    "the provider's WorkersCustomDomain has no field for previews on a domain",
  ),
});

const script = {
  name: required("the script's name, before the stack's", text),
  account_id: translated(
    "checked against the stack's account; left out or empty, nothing is checked",
    v.string(),
  ),
  main: translated("the entry module; left out only where there are assets alone", text),
  compatibility_date: required(
    "the compatibility date",
    v.pipe(
      v.string(),
      v.regex(/^\d{4}-\d\d-\d\d$/, "must have the form YYYY-MM-DD"),
      // A text of another form is told only once.
      v.check((date) => !/^\d{4}-\d\d-\d\d$/.test(date) || isDay(date), "is not a day of the calendar"),
    ),
  ),
  compatibility_flags: translated("the compatibility flags", texts),
  keep_vars: refusedUnless(
    false,
    "the stack states all variables; what only the dashboard has would be kept unseen",
  ),
  migrations: translated(
    "Durable Object migrations",
    v.array(
      v.object({
        tag: required("the step's tag", text),
        new_classes: translated("classes that begin, stored in key-value form", texts),
        new_sqlite_classes: translated("classes that begin, stored in SQLite", texts),
        renamed_classes: translated(
          "classes that get a new name",
          v.array(v.object({ from: required("the old name", text), to: required("the new one", text) })),
        ),
        transferred_classes: translated(
          "classes that come from another script",
          v.array(
            v.object({
              from: required("the name there", text),
              from_script: required("the other script", text),
              to: required("the name here", text),
            }),
          ),
        ),
        deleted_classes: translated("classes that end, with all that they store", texts),
      }),
    ),
  ),
  exports: refused("declared exports are not translated yet", "Use 'migrations' for Durable Objects."),
  limits: translated(
    "limits of one request",
    v.object({
      cpu_ms: translated("milliseconds of CPU time", amount),
      subrequests: translated("number of subrequests", amount),
    }),
  ),
  placement: translated(
    "where the script runs",
    v.object({
      mode: translated("off, smart or targeted", oneOf("off", "smart", "targeted")),
      hint: refused("the provider's placement has no field for it"),
      region: translated("the cloud region to be near", text),
      host: translated("the TCP host and port to be near", text),
      hostname: translated("the HTTP host to be near", text),
    }),
  ),
  logpush: translated("whether Logpush is on", flag),
  observability: translated(
    "logs and traces",
    v.object({
      enabled: translated(
        "whether it is on as a whole; default false, which leaves logs and traces their own",
        flag,
      ),
      head_sampling_rate: translated("share of requests, 0 to 1", rate),
      redact_query_string: refusedUnless(false, NO_FIELD),
      issues: translated("real-time issues", v.object({ enabled: translated("whether they are on", flag) })),
      logs: translated(
        "logs",
        v.object({
          enabled: translated("whether logs are on", flag),
          head_sampling_rate: translated("share of requests, 0 to 1", rate),
          invocation_logs: translated("whether each call is logged; default true", flag),
          persist: translated("whether logs are kept", flag),
          destinations: translated("where logs go", texts),
        }),
      ),
      traces: translated(
        "traces",
        v.object({
          enabled: translated("whether traces are on", flag),
          head_sampling_rate: translated("share of requests, 0 to 1", rate),
          persist: translated("whether traces are kept", flag),
          destinations: translated("where traces go", texts),
        }),
      ),
    }),
  ),
  cache: translated(
    "the cache in front of the script",
    v.object({
      enabled: required("whether it is on", flag),
      cross_version_cache: translated("whether versions share it", flag),
    }),
  ),
  compliance_region: refusedUnless("public", "the provider deploys to the public region alone"),
  first_party_worker: refused("it is for Cloudflare's own use"),
};

const address = {
  workers_dev: translated("whether the workers.dev URL is on; by default when there are no routes", flag),
  preview_urls: translated("whether versions have URLs; default false", flag),
  route: translated("one route", textOr(route)),
  routes: translated("routes and custom domains", v.array(textOr(route))),
  triggers: translated(
    "what starts the script besides requests",
    v.object({
      crons: translated("cron triggers; left out, those of the account stay", texts),
      events: refused("event subscriptions are not part of a script upload"),
    }),
  ),
  addresses: refused("Email Routing rules are not translated yet", "Make the rules in Email Routing."),
};

const code = {
  rules: translated(
    "which imports are not code",
    v.array(
      v.object({
        type: required(
          "ESModule, CommonJS, CompiledWasm, Text or Data (Python is refused)",
          oneOf("ESModule", "CommonJS", "CompiledWasm", "Text", "Data"),
        ),
        globs: required("patterns of import paths", texts),
        fallthrough: translated("whether later rules of the type still count", flag),
      }),
    ),
  ),
  define: translated("values put into the code", named),
  alias: translated("imports that are replaced", v.record(v.string(), text)),
  minify: translated("whether code is minified", flag),
  keep_names: translated("whether functions keep their names; default true", flag),
  no_bundle: translated("whether the entry is uploaded as it is", flag),
  tsconfig: translated("the tsconfig.json that esbuild reads", text),
  jsx_factory: translated("the function that JSX calls", text),
  jsx_fragment: translated("the fragment that JSX uses", text),
  upload_source_maps: translated("whether a source map goes along; default false, unlike wrangler's", flag),
  find_additional_modules: refusedUnless(
    false,
    "modules that no import names are not uploaded",
    "Import them from the entry, so that the bundle has them.",
  ),
  preserve_file_names: refusedUnless(false, "modules are named by their content, so that a change is seen"),
  base_dir: local("only read together with 'find_additional_modules'"),
  build: translated(
    "a build before the bundle",
    v.object({
      command: refused(
        "a preview does not run commands of the file",
        "Run the command before `pulumi up`, take it out and point 'main' at its result.",
      ),
      cwd: local("only read together with 'build.command'"),
      watch_dir: local("only read by `wrangler dev`"),
    }),
  ),
  python_modules: refused("Workers in Python are not bundled here"),
  assets: translated(
    "static assets",
    v.object({
      directory: required("the folder to upload", text),
      binding: translated("a binding to the assets", text),
      html_handling: translated(
        "how HTML paths end",
        oneOf("auto-trailing-slash", "force-trailing-slash", "drop-trailing-slash", "none"),
      ),
      not_found_handling: translated(
        "what answers where nothing fits",
        oneOf("single-page-application", "404-page", "none"),
      ),
      run_worker_first: translated("paths that go to the script first", v.union([flag, texts])),
      base_path: translated("the path that assets are served below", text),
    }),
  ),
  site: refused("Workers Sites is given up by Cloudflare", "Use 'assets'."),
  wasm_modules: refused(LEGACY, "Import the file: `import module from './file.wasm'`."),
  text_blobs: refused(LEGACY, "Import the file: `import text from './file.txt'`."),
  data_blobs: refused(LEGACY, "Import the file: `import data from './file.bin'`."),
  pages_build_output_dir: refused(
    "this is a Pages project, not a Worker",
    "Move it to a Worker with 'assets'.",
  ),
};

const tooling = {
  $schema: local("for editors"),
  send_metrics: local("wrangler's own telemetry"),
  dependencies_instrumentation: local("package names for wrangler's own report"),
  dev: local("only read by `wrangler dev`"),
  access: local("only read by `wrangler dev`: it has no other part than 'dev'"),
  previews: refused(
    "settings of preview deployments, which the stack does not make",
    "Take them out; another stack with an `env` block does the same.",
  ),
};

/**
 * Every key of wrangler 4.164's config-schema.json but `env`, with its shape and what becomes of it. A test compares
 * the list with the schema file that the wrangler package ships.
 */
export const wranglerSchema = v.object({ ...script, ...address, ...code, ...bindingKeys, ...tooling });

export type WranglerFile = v.InferOutput<typeof wranglerSchema>;

/** `2026-02-30` is a valid date to `Date`, which moves it into March. */
function isDay(date: string): boolean {
  const day = new Date(`${date}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(date);
}
