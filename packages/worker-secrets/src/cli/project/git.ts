import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** Runs git in a folder and gives what it printed. It never gets a token: nothing that it is asked here needs one. */
export async function git(args: readonly string[], cwd: string): Promise<string> {
  const {
    PULUMI_ACCESS_TOKEN: _,
    CLOUDFLARE_API_TOKEN: __,
    CLOUDFLARE_PLATFORM_TOKEN: ___,
    PULUMI_CONFIG: ____,
    GITHUB_TOKEN: _____,
    GH_TOKEN: ______,
    ...env
  } = process.env;
  return (await promisify(execFile)("git", [...args], { cwd, env })).stdout;
}
