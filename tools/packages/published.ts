import {
  checkPackage,
  createPackageFromTarballData,
  type Package,
  type Problem,
} from "@arethetypeswrong/core";
import { publint } from "publint";
import { formatMessage } from "publint/utils";

/** A problem that is accepted, with its reason. */
export interface Accepted {
  /** As `PACKAGE: PROBLEM`. */
  readonly problem: string;
  readonly reason: string;
}

/** `[package, entry]` of what both module systems load. */
export const ENTRIES = [
  ["worker-secrets", "."],
  ["worker-secrets", "./testing"],
  ["@worker-secrets/esc", "."],
  ["@worker-secrets/sandbox", "."],
  ["@worker-secrets/sandbox", "./providers"],
  ["@worker-secrets/sandbox", "./language-host"],
] as const;

const OF_COMMANDS = [
  ["worker-secrets", "./preload"],
  ["worker-secrets", "./policy/package.json"],
  ["@worker-secrets/sandbox", "./providers"],
  ["@worker-secrets/sandbox", "./language-host"],
  ["@worker-secrets/sandbox", "./main"],
] as const;

/** What the checks find in our packages, and why it stays. */
export const ACCEPTED: readonly Accepted[] = [
  ...ENTRIES.map(([name, entry]) => ({
    problem: `${name}: CJSResolvesToESM ${entry} node16-cjs`,
    reason: "ESM without top-level await: CommonJS loads it by 'require' in each Node that 'engines' admits",
  })),
  {
    problem: "worker-secrets: CJSResolvesToESM ./preload node16-cjs",
    reason: "for 'node --import' alone, which loads ESM; nothing requires it",
  },
  {
    problem: "@worker-secrets/sandbox: CJSResolvesToESM ./main node16-cjs",
    reason: "the sandbox's program, which 'worker-secrets sandbox' alone imports, as ESM",
  },
  {
    problem: "worker-secrets: NoResolution ./testing node10",
    reason: "'moduleResolution: node' reads no 'exports'; a project's tests need node16, nodenext or bundler",
  },
  ...OF_COMMANDS.map(([name, entry]) => ({
    problem: `${name}: NoResolution ${entry} node10`,
    reason:
      "'moduleResolution: node' (TypeScript's old default) reads no 'exports', and only our own commands use this entry",
  })),
];

/** What publint and @arethetypeswrong find in a packed package, each as `PACKAGE: PROBLEM`. */
export async function packagingProblems(tarball: Uint8Array<ArrayBuffer>): Promise<readonly string[]> {
  const packed = createPackageFromTarballData(tarball);
  const { messages, pkg } = await publint({ pack: { tarball: tarball.slice().buffer } });
  const types = await checkPackage(packed);
  return [
    ...messages.map((message) => `${message.code} ${formatMessage(message, pkg, { color: false }) ?? ""}`),
    ...(types.types === false ? [] : types.problems.map(problemText)),
  ].map((problem) => `${packed.packageName}: ${problem}`);
}

function problemText(problem: Problem): string {
  const place =
    "entrypoint" in problem
      ? [problem.entrypoint, problem.resolutionKind]
      : ["fileName" in problem ? problem.fileName : problem.typesFileName];
  return [problem.kind, ...place].join(" ");
}

/** The problems that are not accepted, and what is accepted without a problem. Empty when all is well. Pure. */
export function unexpected(problems: readonly string[], accepted: readonly Accepted[]): readonly string[] {
  const known = new Set(accepted.map(({ problem }) => problem));
  const found = new Set(problems);
  return [
    ...problems.filter((problem) => !known.has(problem)),
    ...[...known].filter((problem) => !found.has(problem)).map((problem) => `accepted, but gone: ${problem}`),
  ];
}

/** Paths of the files in a tarball, from the package's folder on. */
export function packedFiles(packed: Package): readonly string[] {
  const folder = `/node_modules/${packed.packageName}/`;
  return packed.listFiles(folder).map((file) => file.slice(folder.length));
}
