import * as v from "valibot";

/** Files of the example that a new project has as they are. */
const COPIED = [
  ...["index.ts", "tests/stack.test.ts", ".gitignore"],
  ...["env.d.ts", "secret-forms.json", "tsconfig.json", "src/index.ts", "src/proof.ts"].map(
    (file) => `worker/${file}`,
  ),
];
/** What `pulumi new` and `npm create` put the new project's name for. */
const PROJECT = "$" + "{PROJECT}";
const DESCRIPTION = "$" + "{DESCRIPTION}";
/** Packages at run time; the Workers' own compiler is one of them. */
const DEPENDENCIES = [
  "@pulumi/cloudflare",
  "@pulumi/pulumi",
  "@pulumi/pulumiservice",
  "worker-secrets",
  "wrangler",
];
const DEV_DEPENDENCIES = [
  ...[
    "@cloudflare/workers-types",
    "@types/mocha",
    "@types/node",
    "@worker-secrets/sandbox",
    "mocha",
    "typescript",
  ],
];

const versions = v.record(v.string(), v.string());
const manifest = v.looseObject({ dependencies: versions, devDependencies: versions, scripts: versions });
const compiler = v.looseObject({ compilerOptions: v.looseObject({}) });

/**
 * The files of a new project, made from the example at the top of the repository: its text by its path. Throws where a file of the example
 * no longer has what is replaced.
 *
 * @param read gives the text of a file of the repository
 */
export function projectTemplate(read: (file: string) => string): Record<string, string> {
  const replaced = (file: string, ...pairs: readonly (readonly [string, string])[]) =>
    pairs.reduce((text, [from, to]) => {
      if (!text.includes(from))
        throw new Error(`${file} has no '${from}', which new projects have '${to}' for`);
      return text.replaceAll(from, to);
    }, read(file));
  const imports = (stack: string) => [`- worker-secrets/${stack}`, `- ${PROJECT}/${stack}`] as const;
  const sample = ["worker-secrets-sample", PROJECT] as const;
  const description = /^description: .*$/m.exec(read("Pulumi.yaml"))?.[0] ?? "description:";
  return {
    "Pulumi.yaml": replaced(
      "Pulumi.yaml",
      ["name: worker-secrets", `name: ${PROJECT}`],
      [description, `description: ${DESCRIPTION}`],
    ),
    "Pulumi.dev.yaml": replaced("Pulumi.dev.yaml", imports("dev")),
    // The example has a stack between the two.
    "Pulumi.prod.yaml": replaced("Pulumi.prod.yaml", imports("prod"), ["staging", "dev"]),
    "package.json": json(projectManifest(JSON.parse(read("package.json")))),
    "tsconfig.json": json(projectCompiler(JSON.parse(read("tsconfig.json")))),
    "worker/wrangler.jsonc": replaced("worker/wrangler.jsonc", sample),
    "README.md": replaced("packages/create/project-readme.md", sample),
    ...Object.fromEntries(COPIED.map((file) => [file, read(file)])),
  };
}

/** Ours up to the next breaking version, so that `npm update` is an update; others as they were tested with ours. */
function projectManifest(example: unknown): unknown {
  const { dependencies, devDependencies, scripts } = v.parse(manifest, example);
  const known = new Map(Object.entries({ ...dependencies, ...devDependencies }));
  const ranges = (names: readonly string[]) =>
    Object.fromEntries(
      names.map((name) => {
        const version = known.get(name);
        if (version === undefined) throw new Error(`package.json has no ${name}, which new projects need`);
        return [name, name.includes("worker-secrets") ? `^${version}` : version];
      }),
    );
  return {
    name: PROJECT,
    private: true,
    type: "module",
    main: "index.ts",
    engines: { node: ">=22.18" },
    scripts: {
      start: "worker-secrets tour",
      test: 'mocha "tests/**/*.test.ts"',
      types: scripts.types,
      "worker-types": scripts["worker-types"],
    },
    dependencies: ranges(DEPENDENCIES),
    devDependencies: ranges(DEV_DEPENDENCIES),
  };
}

function projectCompiler(example: unknown): unknown {
  const { compilerOptions } = v.parse(compiler, example);
  return { compilerOptions, include: ["index.ts", "tests"] };
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
