/** The module systems of a Pulumi program: `package.json`'s type, and a `tsconfig.json`. */
export interface ModuleSystem {
  readonly kind: "CommonJS" | "ESM";
  readonly type: "module" | undefined;
  readonly compilerOptions: Readonly<Record<string, unknown>>;
}

/** As 'pulumi new typescript' writes it. */
const COMMONJS = {
  strict: true,
  outDir: "bin",
  target: "es2020",
  module: "commonjs",
  moduleResolution: "node",
  sourceMap: true,
  experimentalDecorators: true,
  pretty: true,
  noFallthroughCasesInSwitch: true,
  noImplicitReturns: true,
  forceConsistentCasingInFileNames: true,
  ignoreDeprecations: "6.0",
};

export const MODULE_SYSTEMS: readonly ModuleSystem[] = [
  { kind: "CommonJS", type: undefined, compilerOptions: COMMONJS },
  {
    kind: "ESM",
    type: "module",
    compilerOptions: {
      ...COMMONJS,
      module: "nodenext",
      moduleResolution: "nodenext",
      ignoreDeprecations: undefined,
    },
  },
];
