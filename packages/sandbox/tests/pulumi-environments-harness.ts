import assert from "node:assert/strict";
import type { Reply, Service } from "./pulumi-harness.ts";

export const ORG = "/api/esc/environments/acme";

export const revision = (reply: Reply) => reply.headers.get("pulumi-esc-revision");

/** The plain values in a reply's `properties`, one level deep. */
export function values({ body }: Reply): Record<string, unknown> {
  const properties = Object.entries(body.properties as Record<string, { value: unknown }>);
  return Object.fromEntries(properties.map(([key, { value }]) => [key, value]));
}

/** Calls that tests of Environments make again and again. */
export function environmentCalls(service: () => Service) {
  return {
    /** Makes an Environment, with a definition if one is given; gives its path. */
    async make(name: string, text?: string, project = "shop"): Promise<string> {
      await service().call("POST", ORG, { project, name });
      if (text !== undefined) await service().call("PATCH", `${ORG}/${project}/${name}`, text);
      return `${ORG}/${project}/${name}`;
    },
    /** Opens what a path names, or an anonymous document; gives what reads the session. */
    async open(path: string, text?: string): Promise<(query?: string) => Promise<Reply>> {
      const opened = await service().call("POST", path, text);
      assert.equal(opened.status, 200, opened.text);
      const session = path.replace(/\/versions\/[^/]+\/open$/, "/open").replace(/\?.*$/, "");
      return (query = "") => service().call("GET", `${session}/${String(opened.body.id)}${query}`);
    },
  };
}
