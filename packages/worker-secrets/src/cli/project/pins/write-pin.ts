import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { noteEffect } from "../../../api/effects.ts";
import { NAMESPACE } from "../../../program/config-keys.ts";
import type { Context } from "../context.ts";
import { withConfigLine } from "./pin-line.ts";

/** The pin as it stands in the file now. */
export interface WrittenPin {
  /** Whether the file had to be changed for it. */
  readonly written: boolean;
  /** Gives the file its text from before, unless somebody else has changed it since. */
  undo(): Promise<void>;
}

/** Makes `secretsRevision` of the stack's config file a pin (or takes it out, for `undefined`), in one step. */
export async function writePin({ stackFile }: Context, pin: string | undefined): Promise<WrittenPin> {
  const before = await readFile(stackFile, "utf8");
  const after = withConfigLine(before, `${NAMESPACE}:secretsRevision`, pin, basename(stackFile));
  if (after === before) return { written: false, undo: async () => undefined };
  await writeFileAtomic(stackFile, after);
  const forget = noteEffect({ kind: "pinned", file: basename(stackFile), revision: pin ?? null });
  return {
    written: true,
    async undo() {
      if ((await readFile(stackFile, "utf8")) !== after) return;
      await writeFileAtomic(stackFile, before);
      forget();
    },
  };
}
