import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { GITHUB_ISSUER } from "../../src/cli/commands/ci/issuers.ts";
import { GOOD_POLICIES, GOOD_TEAMS, REPOSITORY } from "./settings-good.ts";

/** One answer, by the path behind the host. */
export interface SettingsAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** Both services' settings on loopback: GitHub's of one repository, and Pulumi Cloud's of one organization. */
export interface SettingsServer {
  readonly url: string;
  /** What it answers; a path that is not here gets a 404. */
  readonly answers: Map<string, SettingsAnswer>;
  /** What it was asked, with the query. */
  readonly asked: string[];
  readonly env: Readonly<Record<string, string>>;
  /** Answers as at its start, of settings in which nothing is open. */
  reset(): void;
  close(): Promise<void>;
}

const TOKEN = "ghs_canaryofthesettings";
const PULUMI_TOKEN = "sandbox-canary-of-the-issuers";
const FIRST = `/repos/${REPOSITORY}`;
const POLICY = { protected_branches: false, custom_branch_policies: true };

/** The answers in GitHub's own form, with fields that nobody reads left out. */
function goodAnswers(): [string, SettingsAnswer][] {
  const environment = (name: string, deployed: boolean): [string, unknown][] => [
    [
      `/environments/${name}`,
      {
        id: 1,
        name,
        can_admins_bypass: false,
        protection_rules:
          name === "prod"
            ? [
                {
                  id: 2,
                  type: "required_reviewers",
                  prevent_self_review: true,
                  reviewers: [{ type: "User" }],
                },
              ]
            : [],
        deployment_branch_policy: deployed ? POLICY : null,
      },
    ],
    [
      `/environments/${name}/deployment-branch-policies`,
      { total_count: 1, branch_policies: [{ id: 3, node_id: "x", name: "main", type: "branch" }] },
    ],
    [`/environments/${name}/secrets`, { total_count: 0, secrets: [] }],
  ];
  const gitHub: [string, unknown][] = [
    ["", { id: 22, full_name: REPOSITORY, private: false, default_branch: "main", owner: { id: 11 } }],
    ...["prod", "prod-preview", "staging", "dev"].flatMap((name) => environment(name, true)),
    ...["preview", "review"].flatMap((name) => environment(name, false)),
    ["/branches", [{ name: "main", protected: true }]],
    [
      "/rules/branches/main",
      [
        {
          type: "pull_request",
          ruleset_source_type: "Repository",
          ruleset_id: 5,
          parameters: { required_approving_review_count: 1, require_last_push_approval: true },
        },
        { type: "required_status_checks", ruleset_id: 5, parameters: { required_status_checks: [] } },
      ],
    ],
    ["/rulesets/5", { id: 5, name: "main", bypass_actors: [] }],
    [
      "/actions/permissions/workflow",
      { default_workflow_permissions: "read", can_approve_pull_request_reviews: false },
    ],
    ["/actions/permissions/fork-pr-contributor-approval", { approval_policy: "all_external_contributors" }],
    ["/actions/oidc/customization/sub", { use_default: true }],
    ["/actions/secrets", { total_count: 0, secrets: [] }],
    ["/actions/organization-secrets", { total_count: 0, secrets: [] }],
    ["/actions/variables/PULUMI_ORGANIZATION", { name: "PULUMI_ORGANIZATION", value: "acme-cloud" }],
  ];
  return [
    ...gitHub.map(([path, body]): [string, SettingsAnswer] => [`${FIRST}${path}`, { body }]),
    [`${FIRST}/branches/main/protection`, { status: 404, body: { message: "Branch not protected" } }],
    [
      "/api/orgs/acme-cloud/oidc/issuers",
      {
        body: {
          oidcIssuers: [
            { id: "i-1", name: "github", url: GITHUB_ISSUER, issuer: GITHUB_ISSUER },
            { id: "i-2", name: "other", url: "https://gitlab.test", issuer: "https://gitlab.test" },
          ],
        },
      },
    ],
    [
      "/api/orgs/acme-cloud/auth/policies/oidcissuers/i-1",
      { body: { id: "p-1", version: 1, policies: GOOD_POLICIES } },
    ],
    ...Object.entries(GOOD_TEAMS).map(([name, team]): [string, SettingsAnswer] => [
      `/api/orgs/acme-cloud/teams/${name}`,
      { body: { kind: "pulumi", name, ...team } },
    ]),
  ];
}

export async function startSettings(): Promise<SettingsServer> {
  const answers = new Map<string, SettingsAnswer>(goodAnswers());
  const asked: string[] = [];
  const answerOf = (request: IncomingMessage, path: string): SettingsAnswer => {
    const credential = path.startsWith("/api/") ? `token ${PULUMI_TOKEN}` : `Bearer ${TOKEN}`;
    if (request.headers.authorization !== credential)
      return { status: 401, body: { message: "Bad credentials" } };
    return answers.get(path) ?? { status: 404, body: { message: "Not Found" } };
  };
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://settings");
    asked.push(`${request.method} ${url.pathname}${url.search}`);
    const { status = 200, headers = {}, body } = answerOf(request, url.pathname);
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(typeof body === "string" ? body : JSON.stringify(page(body, url.searchParams)));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    answers,
    asked,
    env: {
      GITHUB_API_URL: url,
      GITHUB_REPOSITORY: REPOSITORY,
      GITHUB_TOKEN: TOKEN,
      GH_TOKEN: "",
      PULUMI_BACKEND_URL: url,
      PULUMI_ACCESS_TOKEN: PULUMI_TOKEN,
    },
    reset() {
      answers.clear();
      for (const [path, answer] of goodAnswers()) answers.set(path, answer);
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The page of a list, bare or below its own name beside `total_count`. */
function page(body: unknown, query: URLSearchParams): unknown {
  const size = Math.min(Number(query.get("per_page") ?? 30), 100);
  const from = (Number(query.get("page") ?? 1) - 1) * size;
  if (Array.isArray(body)) return body.slice(from, from + size);
  if (typeof body !== "object" || body === null || !("total_count" in body)) return body;
  return Object.fromEntries(
    Object.entries(body).map(([key, value]) => [
      key,
      Array.isArray(value) ? (value as unknown[]).slice(from, from + size) : (value as unknown),
    ]),
  );
}
