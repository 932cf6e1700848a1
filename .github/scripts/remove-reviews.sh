#!/usr/bin/env bash
# Removes the review stacks of the given pull requests, with their Workers and Environments. ORGANIZATION names where,
# PROJECT_ROOT the project's folder when it is not this checkout.
# One that fails does not keep the others; the exit code tells.
set -uo pipefail
cd "$(dirname "$0")/../.."
root="${PROJECT_ROOT:-.}"

failed=0
for pull in "$@"; do
  # It becomes part of names; the stacks of this script begin with pr- whatever is given.
  if [[ ! "$pull" =~ ^[1-9][0-9]{0,8}$ ]]; then
    echo "'$pull' is no pull request's number" >&2
    failed=1
    continue
  fi
  node packages/worker-secrets/src/cli/ci/review.ts file "$pull" &&
    node packages/worker-secrets/src/cli/ws.ts teardown --root "$root" --stack "$ORGANIZATION/pr-$pull" --yes "pr-$pull" ||
    failed=1
done
exit "$failed"
