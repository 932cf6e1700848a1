import { parseArgs } from "node:util";

/** What `npm test` was asked for. */
export type RunOptions =
  | {
      readonly kind: "run";
      readonly parts: readonly string[];
      readonly fast: boolean;
      readonly shard?: Shard;
    }
  /** Judges what the shards of a run left in these files. */
  | { readonly kind: "join"; readonly files: readonly string[] };

/** `number` is from 1 to `count`. */
export interface Shard {
  readonly number: number;
  readonly count: number;
}

/** Reads the arguments; a text is what is wrong with them. */
export function runOptions(args: readonly string[]): RunOptions | string {
  const options = {
    shard: { type: "string" },
    fast: { type: "boolean" },
    join: { type: "boolean" },
  } as const;
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    if (values.join) {
      if (positionals.length === 0) return "--join needs the files that the shards left (TEST_PART)";
      return { kind: "join", files: positionals };
    }
    const run = { kind: "run", parts: positionals, fast: values.fast ?? false } as const;
    if (values.shard === undefined) return run;
    const [, number = 0, count = 0] = (/^(\d+)\/(\d+)$/.exec(values.shard) ?? []).map(Number);
    if (number < 1 || number > count) return `--shard is '${values.shard}'; it is one of a count, as 1/4`;
    return { ...run, shard: { number, count } };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
