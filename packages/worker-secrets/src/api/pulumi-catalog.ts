import * as v from "valibot";
import { pulumiToken, type Token } from "./credential.ts";
import { parseJson, send, shaped } from "./http.ts";
import { accepted } from "./pulumi-answer.ts";

const shape = v.object({
  environments: v.nullish(v.array(v.object({ project: v.string(), name: v.string() }))),
  nextToken: v.nullish(v.string()),
});

const MOST_PAGES = 100;

/** The Environments of an organization, or of one project of it, as `<project>/<name>`. `url` is the service's root. */
export async function environmentsOf(
  { url, token }: { readonly url: string; readonly token: Token },
  organization: string,
  project?: string,
): Promise<string[]> {
  const found: string[] = [];
  let next = "";
  for (let page = 0; page < MOST_PAGES; page++) {
    const query = next === "" ? "" : `?${new URLSearchParams({ continuationToken: next })}`;
    const answer = await send({
      method: "GET",
      url: `${url}/api/esc/environments/${encodeURIComponent(organization)}${query}`,
      headers: { authorization: pulumiToken(token), accept: "application/vnd.pulumi+8" },
    });
    const { environments, nextToken } = shaped(shape, parseJson(accepted(answer).text), "Pulumi Cloud");
    found.push(
      ...(environments ?? [])
        .filter((one) => project === undefined || one.project === project)
        .map((one) => `${one.project}/${one.name}`),
    );
    next = nextToken ?? "";
    if (next === "") break;
  }
  return found;
}
