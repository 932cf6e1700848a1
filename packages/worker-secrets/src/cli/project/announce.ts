import { note } from "../terminal/output.ts";
import type { Context } from "./context.ts";

/**
 * Says on standard error which stack a command is about to change, and how it was found; standard output has the result alone.
 * Every command that writes calls it before its first write.
 */
export function announceStack({ organization, project, stack, pulumi, chosenBy }: Context): void {
  const found = chosenBy === "its name" ? "" : `, by ${chosenBy}`;
  note([`Stack ${organization}/${project}/${stack} at ${pulumi.url}${found}`]);
}
