import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { unsupportedRuntime } from "../../src/unsupported-runtime.mjs";

const LAUNCHER = join(import.meta.dirname, "../../src/cli/ws.mjs");

describe("a runtime that is not supported", () => {
  it("is named, with what to use instead", () => {
    assert.equal(unsupportedRuntime(), undefined);
    assert.match(
      unsupportedRuntime({ node: "24.0.0", pnp: "3" }) ?? "",
      /Plug'n'Play.*nodeLinker: node-modules/,
    );
    assert.match(
      unsupportedRuntime({ node: "24.0.0", bun: "1.3.0" }) ?? "",
      /bun as its runtime.*Use Node 22\.18/,
    );
  });

  it("is refused by every command before anything is loaded", async () => {
    const bun =
      "Object.defineProperty(process, 'versions', { value: { ...process.versions, bun: '1.3.0' } });";
    const flags = ["--import", `data:text/javascript,${encodeURIComponent(bun)}`];
    await assert.rejects(
      promisify(execFile)(process.execPath, [...flags, LAUNCHER, "doctor"]),
      (error: { code?: unknown; stderr?: unknown }) => {
        assert.equal(error.code, 1);
        assert.match(String(error.stderr), /^worker-secrets does not support bun as its runtime[^\n]+\n$/);
        return true;
      },
    );
  });
});
