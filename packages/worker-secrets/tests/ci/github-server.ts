import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A comment or an issue, as GitHub keeps it. */
export interface GitHubPost {
  readonly id: number;
  body: string;
  readonly user: { readonly login: string; readonly type: "Bot" | "User" };
}

export interface GitHubIssue extends GitHubPost {
  readonly number: number;
  readonly title: string;
  state: "open" | "closed";
}

export interface GitHubPull {
  readonly state: "open" | "closed";
  readonly head: { readonly sha: string; readonly repo: { readonly full_name: string } | null };
  readonly created_at: string;
}

/** The part of GitHub's REST API that the workflows' scripts use, on loopback: https://docs.github.com/en/rest */
export interface GitHubServer {
  readonly pulls: Map<number, GitHubPull>;
  readonly comments: Map<number, GitHubPost[]>;
  readonly issues: GitHubIssue[];
  /** `METHOD path` of everything that was asked. */
  readonly asked: string[];
  /** What a job of GitHub Actions has. */
  readonly env: Readonly<Record<string, string>>;
  /**
   * When the call of this number (from 1, counted from when this is set; 0 for none) has had its effect, `end` is called
   * and the answer is lost.
   */
  endAt(call: number, end: () => void): void;
  close(): Promise<void>;
}

export const REPOSITORY = "acme/shop";
export const BOT = { login: "github-actions[bot]", type: "Bot" } as const;
const TOKEN = "ghs_canaryoftheworkflowstoken";
/** Of a comment's and an issue's body; GitHub answers 422 beyond. */
const LONGEST_BODY = 65_536;

export async function startGitHub(): Promise<GitHubServer> {
  const pulls = new Map<number, GitHubPull>();
  const comments = new Map<number, GitHubPost[]>();
  const issues: GitHubIssue[] = [];
  const asked: string[] = [];
  let nextId = 1000;
  let ending: { call: number; readonly end: () => void } | undefined;

  const answer = (method: string, url: URL, given: Record<string, unknown>): [number, unknown] => {
    const path = url.pathname.replace(`/repos/${REPOSITORY}`, "");
    const page = <T>(rows: readonly T[]): T[] => {
      const size = Math.min(Number(url.searchParams.get("per_page") ?? 30), 100);
      const number = Number(url.searchParams.get("page") ?? 1);
      return rows.slice((number - 1) * size, number * size);
    };
    const body = given.body === undefined ? undefined : String(given.body);
    if (body !== undefined && body.length > LONGEST_BODY)
      return [422, { message: "Validation Failed: body is too long (maximum is 65536 characters)" }];
    const numbered = (pattern: RegExp) => Number(pattern.exec(path)?.[1] ?? Number.NaN);
    const ofPull = numbered(/^\/pulls\/(\d+)$/);
    if (method === "GET" && pulls.has(ofPull)) return [200, pulls.get(ofPull)];
    const ofIssue = numbered(/^\/issues\/(\d+)\/comments$/);
    if (!Number.isNaN(ofIssue)) {
      const there = comments.get(ofIssue) ?? [];
      if (method === "GET") return [200, page(there)];
      const made = { id: ++nextId, body: body ?? "", user: BOT };
      comments.set(ofIssue, [...there, made]);
      return [201, made];
    }
    const ofComment = numbered(/^\/issues\/comments\/(\d+)$/);
    if (!Number.isNaN(ofComment)) {
      for (const [pull, there] of comments) {
        const found = there.find(({ id }) => id === ofComment);
        if (found === undefined) continue;
        if (method === "DELETE")
          comments.set(
            pull,
            there.filter((one) => one !== found),
          );
        else found.body = body ?? "";
        return [method === "DELETE" ? 204 : 200, found];
      }
    }
    if (path === "/issues" && method === "GET") {
      const creator = url.searchParams.get("creator");
      const state = url.searchParams.get("state") ?? "open";
      return [200, page(issues.filter((one) => one.user.login === creator && one.state === state))];
    }
    if (path === "/issues" && method === "POST") {
      const id = ++nextId;
      const title = String(given.title);
      const made: GitHubIssue = {
        id,
        number: issues.length + 1,
        title,
        body: body ?? "",
        user: BOT,
        state: "open",
      };
      issues.push(made);
      return [201, made];
    }
    const changed = issues.find(({ number }) => number === numbered(/^\/issues\/(\d+)$/));
    if (changed !== undefined && method === "PATCH") {
      if (body !== undefined) changed.body = body;
      if (given.state === "closed") changed.state = "closed";
      return [200, changed];
    }
    return [404, { message: "Not Found" }];
  };

  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      const url = new URL(incoming.url ?? "/", "http://github");
      asked.push(`${incoming.method} ${url.pathname}`);
      const ends = ending !== undefined && --ending.call === 0 ? ending : undefined;
      const text = Buffer.concat(chunks).toString("utf8");
      const given = (text === "" ? {} : JSON.parse(text)) as Record<string, unknown>;
      const [status, value] =
        incoming.headers.authorization === `Bearer ${TOKEN}`
          ? answer(incoming.method ?? "GET", url, given)
          : [401, { message: "Bad credentials" }];
      if (ends !== undefined) {
        ends.end();
        return incoming.socket.destroy();
      }
      outgoing.writeHead(status, { "content-type": "application/json" });
      outgoing.end(status === 204 ? undefined : JSON.stringify(value));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    pulls,
    comments,
    issues,
    asked,
    env: {
      GITHUB_API_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      GITHUB_REPOSITORY: REPOSITORY,
      GITHUB_TOKEN: TOKEN,
    },
    endAt(call, end) {
      ending = { call, end };
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
