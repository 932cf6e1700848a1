import { existsSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";

/** A resource plugin that a package asks for. */
export interface RequiredPackage {
  readonly name: string;
  /** With a leading `v`, as the engine gets it from the official host. */
  readonly version: string;
  /** Where to download it from; empty for the default. */
  readonly server: string;
}

const manifest = v.object({
  name: v.optional(v.string(), ""),
  version: v.optional(v.string(), ""),
  pulumi: v.optional(
    v.object({
      resource: v.optional(v.boolean(), false),
      name: v.optional(v.string()),
      version: v.optional(v.string()),
      server: v.optional(v.string(), ""),
    }),
  ),
});

/** The plugins that the packages below `node_modules` name in the `pulumi` section of their `package.json`. */
export function requiredPackages(programDirectory: string): RequiredPackage[] {
  const found: RequiredPackage[] = [];
  const seen = new Set<string>();
  const visit = (modules: string) => {
    if (!existsSync(modules)) return;
    for (const folder of packageFolders(modules)) {
      const real = realpathSync(folder); // links of workspaces can lead in circles
      if (seen.has(real)) continue;
      seen.add(real);
      const required = requiredBy(join(real, "package.json"));
      if (required) found.push(required);
      visit(join(real, "node_modules"));
    }
  };
  visit(join(programDirectory, "node_modules"));
  return found;
}

function packageFolders(modules: string): string[] {
  return readdirSync(modules)
    .filter((name) => !name.startsWith("."))
    .flatMap((name) => {
      const path = join(modules, name);
      return name.startsWith("@") ? readdirSync(path).map((inner) => join(path, inner)) : [path];
    })
    .filter((path) => existsSync(join(path, "package.json")));
}

function requiredBy(file: string): RequiredPackage | undefined {
  const text = readFileSync(file, "utf8");
  if (!text.includes('"pulumi"')) return undefined; // hundreds of packages have no such section
  const parsed = v.safeParse(manifest, JSON.parse(text));
  // A `pulumi` section of another shape is not one of a resource package.
  if (!parsed.success || !parsed.output.pulumi?.resource) return undefined;
  const { name, version, pulumi } = parsed.output;
  // Only the packages of Pulumi's own scope may leave their plugin's name out.
  const plugin = pulumi.name ?? (name.startsWith("@pulumi/") ? name.slice("@pulumi/".length) : undefined);
  const wanted = pulumi.version ?? version;
  if (plugin === undefined || wanted === "") return undefined;
  return { name: plugin, version: wanted.startsWith("v") ? wanted : `v${wanted}`, server: pulumi.server };
}
