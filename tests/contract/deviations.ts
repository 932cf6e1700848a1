/** An answer that is not what the contract says, on purpose. */
export interface Deviation {
  /** `METHOD /path` as the contract writes it; a pattern for several. */
  readonly operation: string | RegExp;
  /** What the check says of it. */
  readonly finding: RegExp;
  /** Why it is right all the same: what clients need, or where the contract and the service differ. */
  readonly reason: string;
}

export const deviations: readonly Deviation[] = [
  {
    operation: /^(?:GET|POST|PATCH) .*\/\{envName\}\/tags(?:\/\{tagName\})?$/,
    finding: /has no field 'id'$/,
    reason: "the CLI's own type of a tag has the id, and the service sends it",
  },
  {
    operation: "GET /api/user/organizations/default",
    finding: /'(?:GitHubLogin|Messages)'$/,
    reason: "the CLI's ESC client has these names with a small first letter; Go reads both",
  },
  {
    operation: "POST /api/esc/environments/{orgName}/{projectName}/{envName}/schedules/{scheduleID}",
    finding: /no such operation/,
    reason: "pulumiservice.EnvironmentRotationSchedule 1.3.0 updates by POST, so the service takes it",
  },
  {
    operation: "GET /api/user",
    finding: /\/tokenInfo must have required property '(?:team|organization)'$/,
    reason: "a token of no team or organization names none, as the CLI's own type has it",
  },
  {
    operation: /\/deployments\/settings$/,
    finding: /\/environmentVariables\/\S+ must be object$/,
    reason: "a plain variable is a text and only a secret one an object; the contract knows the object alone",
  },
  {
    operation: "GET /api/openapi/pulumi-spec.json",
    finding: /must be string$/,
    reason: "the document is an object, as 'pulumi api' reads it; the contract describes its bytes as a list",
  },
  {
    operation: "GET /oidc/.well-known/jwks",
    finding: /no such operation/,
    reason: "the keys that adapters verify calls with: served by the service beside its API",
  },
  {
    operation: "GET /api/stacks/{orgName}/{projectName}/{stackName}/update/{updateID}/events",
    finding: /\/events\//,
    reason: "events come back as the client sent them; the contract describes what the service makes of them",
  },
  {
    operation: "GET /api/stacks/{orgName}/{projectName}/{stackName}/update/{updateID}/events",
    finding: /must have required property 'continuationToken'$/,
    reason: "the CLI asks on for as long as there is a token, even an empty one",
  },
  {
    operation: /^GET \/api\/stacks\/\{orgName\}\/\{projectName\}\/\{stackName\}\/updates/,
    finding: /\/config\/.* must have required property 'object'$/,
    reason: "config comes back as the CLI sent it when the update was made, and it leaves out what is false",
  },
];
