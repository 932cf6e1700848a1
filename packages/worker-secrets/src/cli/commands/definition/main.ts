import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { NAMESPACE } from "../../../program/config-keys.ts";
import { defineEnvironment } from "../../../program/definition.ts";

/** `npm run -s definition -- STACK`: prints what the stack will declare, to create its Environment with. */
const root = process.cwd();
const [stack, ...rest] = process.argv.slice(2);
if (stack === undefined || !/^\w[\w.-]*$/.test(stack) || rest.length > 0) {
  const what =
    stack === undefined
      ? "no stack is named"
      : rest.length > 0
        ? "one stack at a time"
        : `'${stack}' is no stack's name`;
  console.error(
    `${stack === "--help" ? "" : `${what}\n\n`}Usage: npm run -s definition -- STACK\n\nPrints the definition of the stack's ESC Environment. Nothing secret is in it.`,
  );
  process.exit(stack === "--help" ? 0 : 2);
}

const { name: project } = parse(readFileSync(join(root, "Pulumi.yaml"), "utf8")) as { name: string };
process.stdout.write(defineEnvironment({ project, stack, secretsRevision: pinOf(stack) }).yaml);

function pinOf(name: string): string | undefined {
  try {
    const file = parse(readFileSync(join(root, `Pulumi.${name}.yaml`), "utf8")) as {
      config?: Record<string, unknown>;
    } | null;
    const pin = file?.config?.[`${NAMESPACE}:secretsRevision`];
    return pin === undefined ? undefined : String(pin);
  } catch {
    return undefined; // a stack that has no file yet has no pin
  }
}
