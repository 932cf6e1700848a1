import { homedir, userInfo } from "node:os";
import { join } from "node:path";

/**
 * The folder of the Pulumi CLI's own files: `PULUMI_HOME`, else `.pulumi` in the home of the user account. The CLI asks the
 * operating system for that home and not `HOME` (sdk/v3 `pulumihome.Dir`), which differs in containers and under `sudo`.
 */
export function pulumiHome(env: NodeJS.ProcessEnv): string {
  return env.PULUMI_HOME || join(accountHome(), ".pulumi");
}

/** An account without an entry in the system's list has only `HOME`. */
function accountHome(): string {
  try {
    return userInfo().homedir || homedir();
  } catch {
    return homedir();
  }
}
