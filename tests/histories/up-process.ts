import { hostStack } from "../../packages/worker-secrets/src/cli/engine/stack-host.ts";

/** One `up` in a process of its own, to be killed with its engine: `node up-process.ts JSON-OF-HOST-OPTIONS`. */
const options = JSON.parse(process.env.HISTORY_UP ?? "") as Parameters<typeof hostStack>[0];
const host = await hostStack(options);
try {
  await host.up((text) => process.stdout.write(text));
} finally {
  await host.close();
}
