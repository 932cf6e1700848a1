import * as v from "valibot";

const names = v.record(v.string(), v.string());
const manifest = v.looseObject({
  name: v.string(),
  version: v.string(),
  bin: v.optional(names, {}),
  exports: names,
});

/** What a published `package.json` names for one path. `types` comes first, as TypeScript asks. */
export type Published = string | { readonly types: string; readonly default: string };

export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly bin: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, Published>>;
}

/** The manifest of the published package: it names what is compiled instead of its source. Pure. */
export function publishedManifest(source: unknown): Manifest {
  const parsed = v.parse(manifest, source);
  const { exports, bin } = parsed;
  return {
    ...parsed,
    ...(Object.keys(bin).length === 0 ? {} : { bin: mapValues(bin, compiled) }),
    exports: mapValues(exports, published),
    ...legacyEntry(exports["."]),
  };
}

/** Conditions are `types` and `default`, never `import` alone: CommonJS programs load the same file by `require`. */
function published(path: string): Published {
  const file = compiled(path);
  return /\.ts$/.test(path) ? { types: file.replace(/\.js$/, ".d.ts"), default: file } : file;
}

/** For what does not read `exports`: TypeScript with `moduleResolution: node`, as `pulumi new typescript` sets it up. */
function legacyEntry(path: string | undefined): { main?: string; types?: string } {
  if (path === undefined) return {};
  const main = compiled(path);
  return { main, types: main.replace(/\.js$/, ".d.ts") };
}

function compiled(path: string): string {
  return path.replace(/^\.\/src\//, "./dist/").replace(/\.ts$/, ".js");
}

function mapValues<T>(record: Readonly<Record<string, string>>, to: (value: string) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, to(value)]));
}
