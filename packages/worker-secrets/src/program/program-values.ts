import * as pulumi from "@pulumi/pulumi";
import { refuseIfAny } from "../faults.ts";
import { guardAssetContents } from "./assets/contents.ts";
import type { DeclaredWorker } from "./declared-worker.ts";
import type { Found } from "./found.ts";
import type { Given } from "./given.ts";
import { asRunError } from "./run-error.ts";
import { valueFault } from "./values.ts";

/** All secrets of one Worker, sorted by name: texts out of the Environment, and outputs that the program passes. */
export type WorkerSecrets = ReadonlyMap<string, pulumi.Input<string>>;

/** Puts the program's values beside those of the Environment. The names were checked before; see `givenFaults`. */
export function secretsOf(
  worker: DeclaredWorker,
  { secrets }: Given<pulumi.Input<string>>,
  found: Pick<Found, "values" | "assets">,
): WorkerSecrets {
  const passed = worker.programSecrets.map(
    (name) => [name, checkedSecret(name, secrets[name], worker, found)] as const,
  );
  const all: (readonly [string, pulumi.Input<string>])[] = [
    ...(found.values.get(worker.name) ?? []),
    ...passed,
  ];
  return new Map(all.sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** Checks the form as soon as the value is known: in the preview, or before the upload. Secret whatever the program says. */
function checkedSecret(
  name: string,
  input: pulumi.Input<string> | undefined,
  worker: DeclaredWorker,
  { assets }: Pick<Found, "assets">,
): pulumi.Output<string> {
  const form = worker.secretForms.get(name);
  const checked = pulumi.output<string | undefined>(input).apply((value: unknown) =>
    asRunError(async () => {
      const what = valueFault(name, value, form === undefined ? [] : [form]);
      if (what !== undefined || typeof value !== "string") {
        refuseIfAny([
          {
            where: `SecretWorker '${worker.name}', secrets.${name}`,
            what: what ?? "it can't be read",
            fix: "Pass another output, or change the resource that makes it.",
          },
        ]);
        return "";
      }
      const values = new Map([[worker.name, new Map([[name, value]])]]);
      await guardAssetContents(new Map([[worker, assets.get(worker)]]), values);
      return value;
    }),
  );
  return pulumi.secret(checked);
}

/** The ids and names behind the bindings that the program passes, by the binding's name. */
export function referencesOf(
  worker: DeclaredWorker,
  { bindings }: Given<pulumi.Input<string>>,
): ReadonlyMap<string, pulumi.Input<string>> {
  const names = [...worker.resources].filter(([, { from }]) => from === "program").map(([name]) => name);
  return new Map(names.map((name) => [name, checkedReference(name, bindings[name], worker)]));
}

function checkedReference(
  name: string,
  input: pulumi.Input<string> | undefined,
  worker: DeclaredWorker,
): pulumi.Output<string> {
  return pulumi.output<string | undefined>(input).apply((value: unknown) =>
    asRunError(async () => {
      if (typeof value === "string" && value !== "") return value;
      refuseIfAny([
        {
          where: `SecretWorker '${worker.name}', bindings.${name}`,
          what: "it is no text, or an empty one",
          fix: "Pass the resource's id (KV, D1) or name (R2, queue).",
        },
      ]);
      return "";
    }),
  );
}
