import * as v from "valibot";
import { pulumiToken } from "../../api/credential.ts";
import { endless, MOST_PAGES, parseJson, ServiceError, send, shaped } from "../../api/http.ts";
import type { Context } from "../project/context.ts";
import type { GitHub } from "./github.ts";
import { pullOf } from "./review-file.ts";

const page = v.object({
  stacks: v.array(v.object({ stackName: v.string(), lastUpdate: v.optional(v.number()) })),
  continuationToken: v.nullish(v.string()),
});

export interface ReviewStack {
  readonly pull: number;
  /** When the stack was last updated; `undefined` where it never was. */
  readonly updatedAt: Date | undefined;
}

/** The project's review stacks that are there. */
export async function listReviewStacks({ pulumi, organization, project }: Context): Promise<ReviewStack[]> {
  const found: ReviewStack[] = [];
  let token: string | null | undefined;
  for (let pages = 1; ; pages++) {
    if (pages > MOST_PAGES) throw endless("Pulumi Cloud", "stacks");
    const query = new URLSearchParams({
      organization,
      project,
      ...(token ? { continuationToken: token } : {}),
    });
    const answer = await send({
      method: "GET",
      url: `${pulumi.url}/api/user/stacks?${query}`,
      headers: { authorization: pulumiToken(pulumi.token), accept: "application/vnd.pulumi+8" },
    });
    if (answer.status !== 200)
      throw new ServiceError(
        `Pulumi Cloud answered ${answer.status} to the list of stacks`,
        answer.status,
        0,
      );
    const { stacks, continuationToken } = shaped(page, parseJson(answer.text), "Pulumi Cloud");
    for (const { stackName, lastUpdate } of stacks) {
      const pull = pullOf(stackName);
      // Seconds since 1970.
      if (pull !== undefined)
        found.push({ pull, updatedAt: lastUpdate ? new Date(lastUpdate * 1000) : undefined });
    }
    token = continuationToken;
    if (!token) break;
  }
  return found;
}

/** Those whose pull request is closed, gone, or untouched for `days` days. */
export async function expiredPulls(
  stacks: readonly ReviewStack[],
  github: GitHub,
  days: number,
  now = new Date(),
): Promise<number[]> {
  const oldest = now.getTime() - days * 24 * 3600 * 1000;
  const expired: number[] = [];
  for (const { pull, updatedAt } of stacks) {
    const request = await github.pullRequest(pull);
    const since = updatedAt ?? request?.createdAt;
    if (request?.open !== true || (since !== undefined && since.getTime() < oldest)) expired.push(pull);
  }
  return expired.sort((one, other) => one - other);
}
