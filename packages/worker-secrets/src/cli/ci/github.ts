import * as v from "valibot";
import { bearer, type Credential, credentialFault } from "../../api/credential.ts";
import { gitHubHeaders, gitHubReason } from "../../api/github.ts";
import { parseJson, ServiceError, send, sendWrite, shaped, type Write } from "../../api/http.ts";
import { type Fault, refuseIfAny } from "../../faults.ts";

/** A comment or issue with what is needed to find ours again. */
export interface Post {
  readonly id: number;
  readonly body: string;
  /** Written by the workflow's own account, whoever may copy its first line. */
  readonly own: boolean;
}

export interface PullRequest {
  readonly open: boolean;
  readonly head: string;
  /** `owner/name` that the head branch is in; `undefined` where that repository is gone. */
  readonly from: string | undefined;
  /** When it was opened. */
  readonly createdAt: Date;
}

/** The few calls of GitHub's REST API that the workflows make. Failures throw `ServiceError`. */
export interface GitHub {
  readonly repository: string;
  /** `undefined` when there is no such pull request. */
  pullRequest(number: number): Promise<PullRequest | undefined>;
  comments(issue: number): Promise<Post[]>;
  createComment(issue: number, body: string): Promise<void>;
  updateComment(comment: number, body: string): Promise<void>;
  deleteComment(comment: number): Promise<void>;
  /** Open issues of the workflow's own account; `id` is the issue's number. */
  ownIssues(): Promise<Post[]>;
  createIssue(title: string, body: string): Promise<void>;
  updateIssue(issue: number, change: { readonly body?: string; readonly state?: "closed" }): Promise<void>;
}

/** Pages of 100 that are read at most; a pull request with more comments than that gets a second one of ours. */
const PAGES = 20;
/** The account that `GITHUB_TOKEN` writes as. */
const OWN_LOGIN = "github-actions[bot]";

const user = v.nullish(v.object({ login: v.string(), type: v.string() }));
const post = v.object({ id: v.number(), body: v.nullish(v.string()), user });
const issue = v.object({ ...post.entries, number: v.number(), pull_request: v.optional(v.unknown()) });
const pull = v.object({
  state: v.string(),
  created_at: v.pipe(v.string(), v.isoTimestamp()),
  head: v.object({ sha: v.string(), repo: v.nullish(v.object({ full_name: v.string() })) }),
});

/** From the variables of a GitHub job: `GITHUB_TOKEN`, `GITHUB_REPOSITORY` and `GITHUB_API_URL`. */
export function gitHubOf(env: NodeJS.ProcessEnv): GitHub {
  const { GITHUB_TOKEN: token = "", GITHUB_REPOSITORY: repository = "" } = env;
  const faults: Fault[] = [];
  const missing = (where: string, what: string, fix: string) => faults.push({ where, what, fix });
  if (token === "")
    missing("GITHUB_TOKEN", "it is not set", "Give the step: env: GITHUB_TOKEN: ${{ github.token }}");
  else {
    const wrong = credentialFault(token);
    if (wrong !== undefined)
      missing(
        "GITHUB_TOKEN",
        `${wrong}; it was not sent`,
        "Give the step: env: GITHUB_TOKEN: ${{ github.token }}",
      );
  }
  if (!/^[\w.-]+\/[\w.-]+$/.test(repository))
    missing(
      "GITHUB_REPOSITORY",
      "it is not owner/name",
      "Run this in a job of GitHub Actions, which sets it.",
    );
  refuseIfAny(faults);
  return gitHub(env.GITHUB_API_URL || "https://api.github.com", repository, bearer(token));
}

/** Of a comment or an issue nobody can tell by reading whether this very write took place; the next run makes it one. */
function published(method: "POST" | "PATCH" | "DELETE", path: string): Write {
  const place = `GitHub, ${path}`;
  const unknown = {
    place,
    what: `${method} ${path} took place at GitHub`,
    look: "the pull request or issue",
  };
  const change = () => ({ kind: method === "DELETE" ? "removed" : "created", what: place }) as const;
  return { change, happened: async () => undefined, unknown };
}

function gitHub(url: string, repository: string, token: Credential): GitHub {
  const call = async (method: "GET" | "POST" | "PATCH" | "DELETE", path: string, body?: unknown) => {
    const prepared = {
      url: `${url}/repos/${repository}${path}`,
      headers: {
        ...gitHubHeaders(token),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    };
    const answer =
      method === "GET"
        ? await send({ method, ...prepared })
        : await sendWrite({ method, ...prepared }, published(method, path));
    if (answer === "done") return undefined;
    if (answer.status === 404 && method === "GET") return undefined;
    if (answer.status >= 300) {
      const why = gitHubReason(answer);
      throw new ServiceError(
        `GitHub answered ${answer.status} to ${method} ${path}: ${why}`,
        answer.status,
        0,
      );
    }
    return parseJson(answer.text);
  };
  const all = async <T>(path: string, schema: v.GenericSchema<unknown, T>): Promise<T[]> => {
    const found: T[] = [];
    for (let page = 1; page <= PAGES; page++) {
      const answer = await call("GET", `${path}${path.includes("?") ? "&" : "?"}per_page=100&page=${page}`);
      const rows = shaped(v.array(schema), answer, "GitHub");
      found.push(...rows);
      if (rows.length < 100) break;
    }
    return found;
  };
  const toPost = (row: v.InferOutput<typeof post>, id = row.id): Post => ({
    id,
    body: row.body ?? "",
    own: row.user?.type === "Bot" && row.user.login === OWN_LOGIN,
  });
  return {
    repository,
    async pullRequest(number) {
      const answer = await call("GET", `/pulls/${number}`);
      if (answer === undefined) return undefined;
      const { state, head, created_at } = shaped(pull, answer, "GitHub");
      return {
        open: state === "open",
        head: head.sha,
        from: head.repo?.full_name,
        createdAt: new Date(created_at),
      };
    },
    async comments(number) {
      return (await all(`/issues/${number}/comments`, post)).map((row) => toPost(row));
    },
    async createComment(number, body) {
      await call("POST", `/issues/${number}/comments`, { body });
    },
    async updateComment(id, body) {
      await call("PATCH", `/issues/comments/${id}`, { body });
    },
    async deleteComment(id) {
      await call("DELETE", `/issues/comments/${id}`);
    },
    async ownIssues() {
      const rows = await all(`/issues?state=open&creator=${encodeURIComponent(OWN_LOGIN)}`, issue);
      return rows.filter((row) => row.pull_request === undefined).map((row) => toPost(row, row.number));
    },
    async createIssue(title, body) {
      await call("POST", "/issues", { title, body });
    },
    async updateIssue(number, change) {
      await call("PATCH", `/issues/${number}`, change);
    },
  };
}
