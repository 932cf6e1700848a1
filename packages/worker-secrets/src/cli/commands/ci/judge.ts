import { advice, type Finding } from "./findings.ts";
import type { Issuers } from "./issuers.ts";
import { judgeActions } from "./judge-actions.ts";
import { judgeBranch } from "./judge-branch.ts";
import { judgeEnvironments } from "./judge-environments.ts";
import { judgeIdentities } from "./judge-identities.ts";
import type { RepositorySettings } from "./settings.ts";

/** Everything by which code that nobody reviewed could reach further than `preview` and `review`. Pure. */
export function judge(settings: RepositorySettings, issuers: Issuers | undefined): readonly Finding[] {
  return [
    ...judgeEnvironments(settings),
    ...judgeBranch(settings),
    ...judgeActions(settings),
    ...(issuers === undefined
      ? [
          advice(
            "variable PULUMI_ORGANIZATION",
            "it is not set, so the workflows that log in at Pulumi Cloud do nothing, and no issuer was looked at",
            `gh variable set PULUMI_ORGANIZATION --repo ${settings.facts.full_name}`,
          ),
        ]
      : judgeIdentities(settings, issuers)),
  ];
}
