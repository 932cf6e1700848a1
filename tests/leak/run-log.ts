import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { scanForCanaries } from "./quiet.ts";

/** What one process of a test run, or all of them, have printed: it is what npm and CI keep. */
export interface LogAccount {
  readonly bytes: number;
  /** The forms in which secrets of the tests show. */
  readonly shows: readonly string[];
}

type Write = NodeJS.WriteStream["write"];
type Stream = Pick<NodeJS.WriteStream, "write">;

/** Keeps a copy of whatever this process prints, by whomever, from here on. `streams` is for tests. */
export function watchRunLog(streams: readonly Stream[] = [process.stdout, process.stderr]): {
  soFar(): LogAccount;
} {
  const chunks: Buffer[] = [];
  for (const stream of streams) {
    const write: Write = stream.write.bind(stream);
    stream.write = (chunk: string | Uint8Array, ...rest: unknown[]) => {
      chunks.push(Buffer.from(chunk));
      return Reflect.apply(write, stream, [chunk, ...rest]) as boolean;
    };
  }
  return {
    soFar() {
      const bytes = Buffer.concat(chunks);
      return { bytes: bytes.length, shows: scanForCanaries(bytes).map(({ form }) => form) };
    },
  };
}

/** Leaves this process's account in a folder, in place of its earlier one. */
export function leaveLog(folder: string, account: LogAccount): void {
  writeFileSync(join(folder, `${process.pid}.json`), JSON.stringify(account));
}

export function readLogs(folder: string): LogAccount[] {
  return readdirSync(folder).map(
    (file) => JSON.parse(readFileSync(join(folder, file), "utf8")) as LogAccount,
  );
}

export function joinLogs(accounts: readonly LogAccount[]): LogAccount {
  return {
    bytes: accounts.reduce((sum, { bytes }) => sum + bytes, 0),
    shows: [...new Set(accounts.flatMap(({ shows }) => shows))],
  };
}
