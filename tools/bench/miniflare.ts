/** `node tools/bench/miniflare.ts`: miniflare with one Worker until it has answered, the floor of any start with workerd. Ends with its input. */
import { Miniflare } from "miniflare";
import { print } from "../../packages/worker-secrets/src/cli/terminal/output.ts";

const miniflare = new Miniflare({
  port: 0,
  cf: false,
  telemetry: { enabled: false },
  workers: [
    {
      config: {
        name: "worker",
        compatibilityDate: "2026-10-01",
        manifest: {
          mainModule: "worker.js",
          modules: {
            "worker.js": { type: "esm", contents: 'export default { fetch: () => new Response("ok") };' },
          },
        },
      },
    },
  ],
});
const url = await miniflare.ready;
await (await fetch(url)).text();
print("answered");
for await (const _ of process.stdin); // until the one who asked has seen enough
await miniflare.dispose(); // workerd would outlive this process
