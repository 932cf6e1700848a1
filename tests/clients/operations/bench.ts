import { join } from "node:path";
import { type Sandbox, startSandbox } from "../../../packages/sandbox/src/sandbox.ts";
import { changes, type Snapshot, snapshot } from "../../helpers/cloud-snapshot.ts";
import { canary } from "../../leak/marker.ts";
import type { ModuleSystem } from "../existing-project.ts";
import { type CliProject, openCliProject } from "../pulumi-cli-project.ts";
import { PROGRAMS, write, writeProject, writeStack } from "./program.ts";
import type { Operation, Scene } from "./rows.ts";

/** The user's own account, in what is otherwise on the clouds. */
export const THEIR_BUCKETS = "buckets of the user's own account";

/** What an operation did. */
export interface Ran {
  readonly code: number | null;
  readonly text: string;
  /** What is otherwise on the clouds, by name; the stack's own state counts where it is said. */
  readonly changed: ReadonlyMap<string, string>;
}

/** One project in one module system, and what each operation did in each scene: run once, when a cell asks first. */
export class Bench {
  readonly project: CliProject;
  /** The account of the user's own resources. */
  readonly other: Sandbox;
  readonly #ran = new Map<string, Promise<Ran>>();

  private constructor(project: CliProject, other: Sandbox) {
    this.project = project;
    this.other = other;
  }

  static async open(system: ModuleSystem, packages: ReadonlyMap<string, string>): Promise<Bench> {
    const secrets = { API_KEY: canary(), TOO_LONG: canary("x".repeat(5200)) };
    const project = await openCliProject(secrets, (root, name) => writeProject(root, name, system, packages));
    const other = await startSandbox({ port: 0, dataFolder: join(project.place.env.HOME ?? "", "other") });
    const { token, url, accountId } = other.description.cloudflare;
    Object.assign(project.place.env, { THEIR_TOKEN: token, THEIR_URL: url, THEIR_ACCOUNT: accountId });
    writeStack(project.place.cwd, project.name);
    await project.good("stack", "init", "dev");
    await project.good("up", "--yes", "--skip-preview");
    // The first run has checked the program's types.
    Object.assign(project.place.env, { PULUMI_NODEJS_TRANSPILE_ONLY: "true" });
    return new Bench(project, other);
  }

  async close(): Promise<void> {
    await this.project.close();
    await this.other.close();
  }

  write(file: string, content: unknown): void {
    write(this.project.place.cwd, file, content);
  }

  stack(
    ...given: Parameters<typeof writeStack> extends [string, string, ...infer Rest] ? Rest : never
  ): void {
    writeStack(this.project.place.cwd, this.project.name, ...given);
  }

  /** A request to our account's API; its answer's `result`. */
  async cloudflare(
    method: string,
    path: string,
    body?: unknown,
    of = this.project.sandbox,
  ): Promise<unknown> {
    const { url, accountId, token } = of.description.cloudflare;
    const answer = await fetch(`${url}/accounts/${accountId}${path}`, {
      method,
      headers: {
        Authorization: `Bearer ${token}`,
        ...(body === undefined || body instanceof FormData ? {} : { "Content-Type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: body instanceof FormData ? body : JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${text}`);
    return Object(JSON.parse(text)).result;
  }

  ran(scene: Scene, operation: Operation): Promise<Ran> {
    const key = `${scene}/${operation}`;
    const ran = this.#ran.get(key) ?? this.#run(scene, operation);
    this.#ran.set(key, ran);
    return ran;
  }

  /** The resources of the stack's state. */
  async resources(): Promise<readonly { urn: string; protect?: boolean }[]> {
    return Object(await this.project.client.exportStack(this.project.name, "dev")).resources;
  }

  async #run(scene: Scene, operation: Operation): Promise<Ran> {
    const before = await this.clouds();
    if (operation === "a transform") this.write("index.ts", PROGRAMS["with a transform"]);
    let last = { code: 0 as number | null, text: "" };
    for (const args of await this.#commands(scene, operation)) {
      last = await this.project.pulumi(args);
      if (last.code !== 0) break;
    }
    if (operation === "a transform") this.write("index.ts", PROGRAMS.sound);
    const after = await this.clouds();
    // It has deleted what the next runs need.
    if (operation === "destroy --skip-preview") await this.project.good("up", "--yes", "--skip-preview");
    return { ...last, changed: changes(before, after) };
  }

  async #commands(scene: Scene, operation: Operation): Promise<readonly (readonly string[])[]> {
    const yes = ["--yes", "--skip-preview"];
    switch (operation) {
      case "preview":
        return [["preview"]];
      case "up, twice":
        return [
          ["up", "--yes"],
          ["up", ...yes, "--expect-no-changes"],
        ];
      case "up --target":
        return [["up", ...yes, "--target", await this.#bucket()]];
      case "import":
        return this.#import();
      case "a transform":
        return scene === "sound" ? [["up", ...yes], ["preview"]] : [["preview"]];
      case "destroy":
      case "destroy --run-program":
        return [[...operation.split(" "), "--yes"]];
      default:
        return [[...operation.replace(" --skip-preview", "").split(" "), ...yes]];
    }
  }

  async #bucket(): Promise<string> {
    const urn = (await this.resources()).find(({ urn }) => urn.endsWith("R2Bucket::files"))?.urn;
    if (urn === undefined) throw new Error("the state has no bucket");
    return urn;
  }

  /** Imports a namespace of the account; and takes it out of the state again, since no program declares it. */
  async #import(): Promise<readonly (readonly string[])[]> {
    const { accountId } = this.project.sandbox.description.cloudflare;
    const all = Object(await this.cloudflare("GET", "/storage/kv/namespaces")) as {
      id: string;
      title: string;
    }[];
    const id = all.find(({ title }) => title === "imported")?.id;
    const type = "cloudflare:index/workersKvNamespace:WorkersKvNamespace";
    return [
      [
        ...["import", type, "imported", `${accountId}/${id}`],
        ...["--yes", "--skip-preview", "--generate-code=false", "--protect=false"],
      ],
      ["state", "delete", `urn:pulumi:dev::${this.project.name}::${type}::imported`, "--yes"],
    ];
  }

  /** Of both accounts and the Environments, whatever the stack's own state says. */
  async clouds(): Promise<Snapshot> {
    const { name, place } = this.project;
    const found = await snapshot(this.project, name, join(place.cwd, "kept"));
    const [namespaces, buckets, theirs] = await Promise.all([
      this.cloudflare("GET", "/storage/kv/namespaces"),
      this.cloudflare("GET", "/r2/buckets"),
      this.cloudflare("GET", "/r2/buckets", undefined, this.other),
    ]);
    return new Map([
      ...[...found].filter(([what]) => !what.startsWith("stack ")),
      ["namespaces", JSON.stringify(namespaces)],
      ["buckets", JSON.stringify(buckets)],
      [THEIR_BUCKETS, JSON.stringify(theirs)],
    ]);
  }
}
