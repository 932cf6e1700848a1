import assert from "node:assert/strict";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { createStack, type Service, STACK, start, startService } from "./pulumi-harness.ts";

/** The full soak is SOAK_UPDATES=2000. A tenth is run before the first measurement, so that whatever fills once is full. */
const UPDATES = Number(process.env.SOAK_UPDATES ?? 120);
/** Between two updates, so that what ends with time does. */
const MINUTES = 10;
const EVENTS = 3;
const ENVIRONMENT = "/api/esc/environments/acme/shop/dev";

/** Of each stack's newest 20 operations, those that have no version are kept: here every second one is a dry run. */
const NOTED = 20;
const KEPT_DRY_RUNS = NOTED / 2;

describe(`a soak of ${UPDATES} updates`, function () {
  this.timeout(600_000);
  let service: Service;
  const before_ = process.env.TMPDIR;
  before(async () => {
    // Where a sync costs nothing: what is looked at is what is kept, not whether.
    if (existsSync("/dev/shm")) process.env.TMPDIR = "/dev/shm";
    service = await startService();
    if (before_ === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before_;
    await createStack(service);
    await service.call("POST", "/api/esc/environments/acme", { project: "shop", name: "dev" });
    await service.call("PATCH", ENVIRONMENT, "values: {key: {fn::secret: canary}}\n");
  });
  after(() => service?.close());

  const thing = { urn: "urn:pulumi:dev::shop::t:i:T::a", custom: true, id: "a", type: "t:i:T" };
  const entry = (sequenceID: number, kind: number, more: object) => ({
    ...{ version: 1, kind, sequenceID, operationID: 1, removeOld: null, removeNew: null },
    ...more,
  });

  /** As the CLI does it: opens the Environment, previews, updates with a journal or a checkpoint, sends its events. */
  const update = async (number: number) => {
    service.advance(60 * MINUTES);
    const session = await service.call("POST", `${ENVIRONMENT}/open?duration=2h`);
    await service.call("GET", `${ENVIRONMENT}/open/${String(session.body.id)}`);
    const journal = number % 2 === 0;
    for (const dryRun of [true, false]) {
      const { path, lease } = await start(service, "update", dryRun, journal);
      const send = async (method: string, to: string, body: object) => {
        const { status, text } = await service.call(method, `${path}/${to}`, body, lease);
        assert.ok(status < 300, text);
      };
      const events = Array.from({ length: EVENTS }, (_, sequence) => ({
        sequence,
        timestamp: 1,
        cancelEvent: {},
      }));
      await send("POST", "events/batch", { events });
      await send("POST", "renew_lease", { duration: 300 });
      if (!dryRun && journal) {
        const began = entry(1, 0, { operation: { resource: thing, type: "updating" } });
        const ended = entry(2, 1, { state: thing, ...(number > 1 ? { removeOld: 0 } : {}) });
        await send("PATCH", "journalentries", { entries: [began, ended] });
      } else if (!dryRun) {
        await send("PATCH", "checkpoint", { version: 3, deployment: { manifest: {}, resources: [thing] } });
      }
      await send("POST", "complete", { status: "succeeded" });
    }
  };

  it("leaves one update, one state and its events each, and nothing else", async () => {
    const rest = Math.max(2 * NOTED, Math.floor(UPDATES / 10));
    for (let number = 1; number <= rest; number++) await update(number);
    const first = measured(service.folder);
    for (let number = rest + 1; number <= UPDATES; number++) await update(number);
    const last = measured(service.folder);
    const added = UPDATES - rest;

    const kinds = Object.fromEntries(
      Object.entries(last.rows).map(([kind, rows]) => [kind, rows - (first.rows[kind] ?? 0)]),
    );
    const grown = Object.entries(kinds).filter(([, rows]) => rows !== 0);
    assert.deepEqual(Object.fromEntries(grown), {
      updates: added,
      history: added,
      states: added,
      events: added * EVENTS,
    });
    assert.equal(last.rows["unversioned-updates"], NOTED);
    assert.equal(last.rows.journals ?? 0, 0, "journals of ended updates are kept");
    assert.equal(last.rows.updates, UPDATES + KEPT_DRY_RUNS);

    const data = last.dataBytes - first.dataBytes;
    const perUpdate = (bytes: number) => `${Math.round(bytes / added)} B`;
    console.log(
      `      an update leaves ${perUpdate(data)} of data, ${perUpdate(last.fileBytes - first.fileBytes)} of file; ` +
        `the log has ${last.logBytes} B; the heap ${perUpdate(last.heapBytes - first.heapBytes)}; ` +
        `handles ${first.handles} and ${last.handles}; resident ${Math.round(last.residentBytes / 1e6)} MB`,
    );
    // Keys come in no order, so pages are split, and a third of each is room.
    assert.ok(last.fileBytes - first.fileBytes < data * 2, "the file grows by more than the data");
    assert.ok(last.freeBytes < last.fileBytes / 20, "freed pages are not used again");
    assert.ok(last.logBytes <= first.logBytes * 1.5 + 1e6, "the write-ahead log grows");
    assert.ok(last.handles <= first.handles + 2, "handles stay open");
    assert.ok(last.heapBytes - first.heapBytes < 512 * added + 2e6, "memory grows with what was done");
  });

  it("is the same after a restart", async () => {
    const { rows } = measured(service.folder);
    await service.restart();
    assert.deepEqual(measured(service.folder).rows, rows);
    const { body } = await service.call("GET", `${STACK}/export`);
    assert.equal((body.deployment as { resources: unknown[] }).resources.length, 1);
    const all = await service.call("GET", `${STACK}/updates?page=1&pageSize=${UPDATES}`);
    assert.equal((body && (all.body.updates as unknown[])).length, UPDATES);
  });
});

interface Measured {
  readonly rows: Readonly<Record<string, number>>;
  /** Keys and values. */
  readonly dataBytes: number;
  readonly fileBytes: number;
  readonly freeBytes: number;
  readonly logBytes: number;
  readonly heapBytes: number;
  readonly residentBytes: number;
  /** Open files and sockets, where the system tells. */
  readonly handles: number;
}

function measured(folder: string): Measured {
  const file = join(folder, "sandbox.sqlite");
  const database = new DatabaseSync(file, { readOnly: true });
  const one = (sql: string) => Number(Object.values(database.prepare(sql).get() ?? {})[0] ?? 0);
  const rows = database.prepare("SELECT kind, count(*) AS rows FROM records GROUP BY kind").all();
  const page = one("PRAGMA page_size");
  const result = {
    rows: Object.fromEntries(rows.map(({ kind, rows }) => [String(kind), Number(rows)])),
    dataBytes: one("SELECT sum(length(kind) + length(key) + length(value)) FROM records"),
    fileBytes: one("PRAGMA page_count") * page,
    freeBytes: one("PRAGMA freelist_count") * page,
  };
  database.close();
  collectGarbage();
  const { heapUsed, rss } = process.memoryUsage();
  return {
    ...result,
    logBytes: existsSync(`${file}-wal`) ? statSync(`${file}-wal`).size : 0,
    heapBytes: heapUsed,
    residentBytes: rss,
    handles: existsSync("/proc/self/fd") ? readdirSync("/proc/self/fd").length : 0,
  };
}

/** Node has it behind a flag that can be set at any time. */
function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  const collect: unknown = runInNewContext("gc");
  if (typeof collect === "function") for (let round = 0; round < 3; round++) collect();
}
