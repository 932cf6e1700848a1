import { existsSync, realpathSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

/** The folder of the package that this file is a part of. */
const PACKAGE = resolve(import.meta.dirname, "../../../../..");

/**
 * Where somebody stood who called `npm run ws`: npm starts a script in its package's folder, whatever folder it was called
 * in, and tells that one in INIT_CWD. `undefined` where npm did not start this, or only something that started this.
 */
export function calledFrom(env: NodeJS.ProcessEnv, cwd: string, packageFolder = PACKAGE): string | undefined {
  const { npm_lifecycle_event: script, npm_package_json: file, INIT_CWD: folder } = env;
  if (script !== "ws" || file === undefined || folder === undefined) return undefined;
  const ours = real(packageFolder);
  return real(dirname(file)) === ours && real(cwd) === ours && existsSync(folder) ? folder : undefined;
}

let byNpm = false;

/** From here on, a relative path means what it means to whoever called `npm run ws`. */
export function goWhereCalled(): void {
  const folder = calledFrom(process.env, process.cwd());
  if (folder === undefined) return;
  byNpm = true;
  process.chdir(folder);
}

/** The package's own project, for `npm --prefix FOLDER run ws` from anywhere; `undefined` where npm did not start this. */
export function ownProject(): string | undefined {
  return byNpm && existsSync(join(PACKAGE, "Pulumi.yaml")) ? PACKAGE : undefined;
}

function real(folder: string): string | undefined {
  try {
    return realpathSync(folder);
  } catch {
    return undefined;
  }
}
