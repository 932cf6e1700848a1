import type { Deployments } from "../../../program/own-deployment.ts";
import { drift, type Finding } from "./findings.ts";

/** The command that puts the stack's own upload back, bindings and secrets included. */
export function restore(scriptName: string, { own }: Deployments): string {
  const version = own?.versions[0]?.id;
  return version === undefined
    ? `npx wrangler versions list --name ${scriptName}, then: npx wrangler rollback VERSION --name ${scriptName}`
    : `npx wrangler rollback ${version} --name ${scriptName}   (or take the change over into the files, and: pulumi up)`;
}

export function deploymentFindings(scriptName: string, deployments: Deployments): Finding[] {
  const { active, own, replaced } = deployments;
  if (!replaced || active === undefined) return [];
  const by = `${active.author ?? "somebody"} by ${active.source ?? "an unknown tool"}${active.trigger === undefined ? "" : ` (${active.trigger})`}`;
  return [
    drift(
      "deployment-newer",
      `Worker '${scriptName}'`,
      `${by} deployed it on ${active.createdOn}, after the stack's own deployment${own === undefined ? "" : ` of ${own.createdOn}`}`,
      restore(scriptName, deployments),
    ),
  ];
}
