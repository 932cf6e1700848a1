import { randomUUID } from "node:crypto";
import { openText, sealText } from "../../store/vault.ts";
import type { PulumiContext } from "../base-context.ts";
import { parseExact } from "./exact.ts";

/**
 * Open Environments. An opened one keeps the values it was opened with, whatever is edited later; they are held in
 * memory, sealed, until the session ends, and never reach the disk.
 */
export interface Sessions {
  /** `owner` is what was opened; a session can be read only through the path it was opened by. */
  open(owner: string, values: unknown, milliseconds: number): string;
  /** `undefined` once it has expired, or when there never was one. */
  read(owner: string, id: string): unknown;
}

export function createSessions({ vault, now }: Pick<PulumiContext, "vault" | "now">): Sessions {
  const sessions = new Map<string, { owner: string; sealed: string; expires: number }>();
  const scope = (id: string) => `session/${id}`;
  const sweep = () => {
    const time = now().getTime();
    for (const [id, session] of sessions) if (session.expires <= time) sessions.delete(id);
  };
  return {
    open(owner, values, milliseconds) {
      sweep();
      const id = randomUUID();
      const sealed = sealText(vault, scope(id), JSON.stringify(values));
      sessions.set(id, { owner, sealed, expires: now().getTime() + milliseconds });
      return id;
    },
    read(owner, id) {
      sweep();
      const session = sessions.get(id);
      if (session === undefined || session.owner !== owner) return undefined;
      return parseExact(openText(vault, scope(id), session.sealed));
    },
  };
}
