import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import type { WsProject } from "./ws-project.ts";

const WRANGLER = join(import.meta.dirname, "../../../../node_modules/wrangler/bin/wrangler.js");

/** Runs the real wrangler in a folder, logged in to the project's sandbox; it has to succeed. */
export function wranglerIn(project: WsProject, folder: string) {
  return async (args: readonly string[], input = ""): Promise<string> => {
    const child = spawn(process.execPath, [WRANGLER, ...args], {
      cwd: folder,
      env: {
        ...process.env,
        ...project.sandbox.description.env,
        HOME: project.folder,
        CI: "1",
        NO_COLOR: "1",
        WRANGLER_SEND_METRICS: "false",
      },
    });
    let text = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
      });
    child.stdin.on("error", () => undefined).end(input);
    const code = await new Promise((resolve, reject) => child.on("error", reject).on("close", resolve));
    assert.equal(code, 0, `wrangler ${args.join(" ")}\n${text}`);
    return text;
  };
}
