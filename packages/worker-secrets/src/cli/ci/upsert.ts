import type { GitHub } from "./github.ts";
import { MARKER } from "./render.ts";

export type Upserted = "created" | "updated" | "unchanged";

/** Makes the one comment of a pull request say `body`. Others of ours, left by two runs at once, go. */
export async function upsertComment(github: GitHub, pull: number, body: string): Promise<Upserted> {
  // Anybody may write the marker's text; a comment of somebody else's is never taken for ours.
  const [first, ...others] = (await github.comments(pull)).filter(
    (comment) => comment.own && comment.body.startsWith(MARKER),
  );
  for (const { id } of others) await github.deleteComment(id);
  if (first === undefined) {
    await github.createComment(pull, body);
    return "created";
  }
  if (first.body.replaceAll("\r\n", "\n") === body) return "unchanged";
  await github.updateComment(first.id, body);
  return "updated";
}

/** First line of the one issue about drift. */
export const DRIFT_MARKER = "<!-- worker-secrets: drift -->";

/**
 * Opens, rewrites or closes the one issue about drift; `body` is `undefined` where there is none. Others of ours, left by
 * two runs at once, are closed.
 */
export async function upsertDriftIssue(
  github: GitHub,
  body: string | undefined,
): Promise<Upserted | "closed" | "none"> {
  const [first, ...others] = (await github.ownIssues()).filter(
    (one) => one.own && one.body.startsWith(DRIFT_MARKER),
  );
  for (const { id } of others) await github.updateIssue(id, { state: "closed" });
  if (first === undefined) {
    if (body === undefined) return "none";
    await github.createIssue("Drift: what runs is not what is declared", body);
    return "created";
  }
  if (body === undefined) {
    await github.updateIssue(first.id, { state: "closed" });
    return "closed";
  }
  if (first.body.replaceAll("\r\n", "\n") === body) return "unchanged";
  await github.updateIssue(first.id, { body });
  return "updated";
}
