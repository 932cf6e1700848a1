/** `runtime.options` of a `Pulumi.yaml`, as far as this host serves them. */
export interface NodeOptions {
  /** Run through ts-node. Default `true`, as the engine documents; this project says `false`. */
  readonly typescript: boolean;
  /** Path of the `tsconfig.json` for ts-node. */
  readonly tsconfig?: string;
  /** Arguments for Node itself, before the runner. */
  readonly nodeargs: readonly string[];
  /** Skip devDependencies at an installation. */
  readonly production: boolean;
}

/** Other package managers would need their own lock files read: they are refused by name, not guessed at. */
const PACKAGE_MANAGERS = ["auto", "npm"];

/** Throws with one sentence for an option of the wrong type, in the official host's words where it has some. */
export function parseOptions(options: Readonly<Record<string, unknown>>): NodeOptions {
  const { typescript = true, tsconfig, nodeargs = "", production = false, packagemanager = "auto" } = options;
  if (typeof typescript !== "boolean") throw new Error("typescript option must be a boolean");
  if (tsconfig !== undefined && typeof tsconfig !== "string")
    throw new Error("tsconfigpath option must be a string");
  if (typeof nodeargs !== "string") throw new Error("nodeargs option must be a string");
  if (typeof production !== "boolean") throw new Error("production option must be a boolean");
  if (typeof packagemanager !== "string") throw new Error("packagemanager option must be a string");
  if (!PACKAGE_MANAGERS.includes(packagemanager))
    throw new Error(
      `packagemanager ${JSON.stringify(packagemanager)} is not in the stand-in for pulumi-language-nodejs: it knows npm`,
    );
  return {
    typescript,
    ...(tsconfig === undefined || tsconfig === "" ? {} : { tsconfig }),
    nodeargs: splitArguments(nodeargs),
    production,
  };
}

/** A word: characters as they are, escaped ones, and quoted stretches. Within double quotes a backslash escapes too. */
const WORD = /(?:[^\s"'\\]|\\[\s\S]|'[^']*'|"(?:[^"\\]|\\[\s\S])*")+/y;

/** Splits a line as a shell would, without expanding anything. Throws where a quote is left open. */
export function splitArguments(line: string): string[] {
  const words: string[] = [];
  let at = 0;
  for (;;) {
    while (/\s/.test(line[at] ?? "")) at++;
    if (at === line.length || line[at] === "#") return words;
    WORD.lastIndex = at;
    const word = WORD.exec(line)?.[0];
    const end = at + (word?.length ?? 0);
    if (word === undefined || /["'\\]/.test(line[end] ?? ""))
      throw new Error(`nodeargs option has a quote or a backslash without its end: ${line.slice(end)}`);
    words.push(
      word.replace(/'([^']*)'|"((?:[^"\\]|\\[\s\S])*)"|\\([\s\S])/g, (_, single, double, escaped) =>
        String(single ?? double?.replace(/\\([\s\S])/g, "$1") ?? escaped),
      ),
    );
    at = end;
  }
}
