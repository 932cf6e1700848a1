import { startSandbox } from "@worker-secrets/sandbox";
import { startStandIns } from "@worker-secrets/sandbox/providers";
import { type PulumiClient, pulumiClient } from "../../../api/pulumi.ts";
import { defineEnvironment } from "../../../program/definition.ts";
import { environmentNames } from "../../../program/names.ts";
import { findEngine } from "../../engine/executable/index.ts";
import { hostStack } from "../../engine/stack-host.ts";
import { readProject } from "../../project/context.ts";
import {
  deployVariables,
  generatedKey,
  initEnvironments,
  setVariables,
} from "../../project/init-environments.ts";
import { proveWorker } from "../../project/worker-proof.ts";
import { lineWise, type Steps } from "../../terminal/steps.ts";

const STACK = "dev";

export interface TourInputs {
  readonly steps: Steps;
  /** Of the sandbox; 0 takes a free one. */
  readonly port: number;
  readonly dataFolder: string;
  /** Folder of `Pulumi.yaml`. */
  readonly root: string;
  /** Whether the sandbox ends with the tour: then there is nothing to try next. */
  readonly ends: boolean;
  /** Interrupts the running step. */
  readonly signal: AbortSignal;
  /** Told how to close each thing that was opened, in that order. */
  readonly onClose: (close: () => Promise<unknown>) => void;
}

/** The tour behind `npm start`: every step does the real thing, and throws when it does not hold. */
export async function runTour({
  steps,
  port,
  dataFolder,
  root,
  ends,
  signal,
  onClose,
}: TourInputs): Promise<void> {
  const sandbox = await steps.run("Start the sandbox: both clouds, on this machine", async (line) => {
    const started = await startSandbox({ port, dataFolder });
    onClose(started.close);
    line(
      `Pulumi Cloud ${started.description.pulumi.url}, Cloudflare ${started.description.cloudflare.url}, Workers ${started.description.workers.url}`,
    );
    return started.description;
  });
  const { organization } = sandbox.pulumi;
  const { name: project } = readProject(root);
  const names = environmentNames(project, STACK);
  const client = pulumiClient(sandbox.pulumi.url, sandbox.pulumi.token, organization);

  await steps.run(`Init stack '${STACK}': its three ESC Environments, with sample values`, (line) =>
    initEnvironments({
      client,
      names,
      cloudflare: deployVariables(sandbox.cloudflare),
      secrets: [
        { name: "PROOF_KEY", value: generatedKey(), secret: true },
        { name: "TOP_SECRET", value: generatedKey(), secret: true },
      ],
      definition: defineEnvironment({ names }),
      onStep: line,
    }),
  );

  // What is stored is the truth: a folder that was kept has its key from an earlier tour.
  let proofKey = await storedKey(client, names.secrets);

  const host = await steps.run("Find the Pulumi engine and attach the providers", async (line) => {
    const engine = await findEngine({ onProgress: line });
    line(engine.describe);
    const { CLOUDFLARE_API_TOKEN: _, CLOUDFLARE_ACCOUNT_ID: __, ...clouds } = sandbox.env;
    const standIns = await startStandIns({ environment: () => ({ ...clouds, ...openedVariables() }) });
    onClose(standIns.close);
    line(
      "Providers: stand-ins of this sandbox, which make the real plugins' calls for the resource types in use",
    );
    const hosted = await hostStack({
      project,
      stack: STACK,
      organization,
      root,
      engine: engine.path,
      env: { ...clouds, ...standIns.env },
      signal,
    });
    onClose(hosted.close);
    return hosted;
  });

  await steps.run("pulumi preview", (line) => host.preview(lineWise(line)));
  const first = await steps.run("pulumi up", async (line) => {
    const { outputs } = await host.up(lineWise(line));
    return outputs;
  });
  const [worker] = Object.values(Object(first.workers));
  const scriptName = String(Object(worker).scriptName);
  await steps.run("Ask the Worker: does it hold the secret that came out of ESC?", (line) =>
    proveWorker(sandbox.workers.url, scriptName, proofKey, line),
  );

  await steps.run(`Change PROOF_KEY in ${names.secrets}`, async (line) => {
    proofKey = generatedKey();
    line(await setVariables(client, names.secrets, [{ name: "PROOF_KEY", value: proofKey, secret: true }]));
  });
  await steps.run("pulumi preview: its fingerprint shows which secret changes", async (line) => {
    const { text } = await host.preview(lineWise(line));
    if (!/~ PROOF_KEY/.test(text) || /~ TOP_SECRET/.test(text))
      throw new Error("the preview does not name the one secret that changed");
  });
  await steps.run("pulumi up", (line) => host.up(lineWise(line)));
  await steps.run("Ask the Worker again: does it hold the new one?", (line) =>
    proveWorker(sandbox.workers.url, scriptName, proofKey, line),
  );
  await steps.run("pulumi preview: nothing left to do", async (line) => {
    const { changes } = await host.preview();
    const rest = Object.entries(changes).filter(([kind]) => kind !== "same");
    if (rest.length > 0)
      throw new Error(`there are changes: ${rest.map(([kind, count]) => `${count} to ${kind}`).join(", ")}`);
    line(`${changes.same ?? 0} unchanged`);
  });

  if (ends) return;
  steps.line(`
Try next, in another terminal (the variables point every client at the sandbox):

${Object.entries(sandbox.env)
  .map(([name, value]) => `  export ${name}=${value}`)
  .join("\n")}

  curl ${sandbox.workers.url}/${scriptName}/
  npx wrangler whoami
  npx wrangler secret list --name ${scriptName}
  pulumi env get ${names.definition}              (any pulumi CLI of 3.259 or newer)`);
}

/** The imported Environment's variables, which the host put where the engine would have. */
function openedVariables(): Record<string, string> {
  const { CLOUDFLARE_API_TOKEN, CLOUDFLARE_ACCOUNT_ID } = process.env;
  return {
    ...(CLOUDFLARE_API_TOKEN === undefined ? {} : { CLOUDFLARE_API_TOKEN }),
    ...(CLOUDFLARE_ACCOUNT_ID === undefined ? {} : { CLOUDFLARE_ACCOUNT_ID }),
  };
}

async function storedKey(client: PulumiClient, environment: string): Promise<string> {
  const { environmentVariables } = await client.openEnvironment(environment);
  const variables = new Map(Object.entries(Object(environmentVariables)));
  return String(variables.get("PROOF_KEY"));
}
