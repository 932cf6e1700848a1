import { bearer, type Credential, credentialFault } from "../../../api/credential.ts";
import { worldFault, worldOfUrl } from "../../../api/worlds.ts";
import { type Fault, FaultsError, refuseIfAny } from "../../../faults.ts";
import { git } from "../../project/git.ts";

/** What is asked, where, and by what. */
export interface Target {
  readonly url: string;
  /** `owner/name`. */
  readonly repository: string;
  readonly token: Credential;
}

const REPOSITORY = /^[A-Za-z0-9-]{1,39}\/[\w.-]{1,100}$/;
const NAME_FIX = "Name it: npx worker-secrets ci check --repository OWNER/NAME";

/** From the option, the variables of a GitHub job, and the folder's remote `origin`. Throws a `FaultsError` for all that is wrong. */
export async function targetOf(
  given: string | undefined,
  folder: string,
  env: NodeJS.ProcessEnv,
): Promise<Target> {
  const faults: Fault[] = [];
  const repository = given ?? (env.GITHUB_REPOSITORY || (await repositoryOf(folder)));
  if (repository === undefined)
    faults.push({ where: folder, what: "its remote 'origin' is no repository on github.com", fix: NAME_FIX });
  else if (!REPOSITORY.test(repository) || /\/\.{1,2}$/.test(repository))
    faults.push({
      where: given === undefined ? "GITHUB_REPOSITORY" : "--repository",
      what: "it is not OWNER/NAME",
      fix: NAME_FIX,
    });
  const url = (env.GITHUB_API_URL || "https://api.github.com").replace(/\/+$/, "");
  const token = env.GITHUB_TOKEN || env.GH_TOKEN || "";
  const where = env.GITHUB_TOKEN || !env.GH_TOKEN ? "GITHUB_TOKEN" : "GH_TOKEN";
  const fix = "Set the token of an administrator of the repository: GITHUB_TOKEN=$(gh auth token)";
  const addressWrong = addressFault(url);
  if (addressWrong !== undefined)
    faults.push({
      where: "GITHUB_API_URL",
      what: `${addressWrong}; nothing was sent there`,
      fix: "Unset it for github.com. A GitHub Enterprise Server's is https://HOST/api/v3",
    });
  if (token === "") faults.push({ where, what: "it is not set", fix });
  else {
    const wrong = credentialFault(token) ?? (addressWrong === undefined ? worldFault(token, url) : undefined);
    if (wrong !== undefined) faults.push({ where, what: `${wrong}; it was not sent`, fix });
  }
  refuseIfAny(faults);
  if (repository === undefined) throw new FaultsError(faults);
  return { url, repository, token: bearer(token) };
}

/** Why no token is sent to an address. */
function addressFault(text: string): string | undefined {
  const url = URL.parse(text);
  if (url === null) return "it is no address";
  if (url.username !== "" || url.password !== "") return "it holds a user or a password";
  return url.protocol === "https:" || (url.protocol === "http:" && worldOfUrl(url) === "sandbox")
    ? undefined
    : "it is not https, so whoever is between could read the token";
}

/** `owner/name` of a clone from github.com, by either kind of address. */
async function repositoryOf(folder: string): Promise<string | undefined> {
  const remote = await git(["remote", "get-url", "origin"], folder).catch(() => "");
  return repositoryIn(remote.trim());
}

/** `owner/name` in a remote's address; `undefined` where it is not github.com's. */
export function repositoryIn(remote: string): string | undefined {
  return /^(?:https:\/\/(?:[^@/]*@)?github\.com\/|(?:ssh:\/\/)?git@github\.com[:/])([^/]+\/[^/]+?)(?:\.git)?\/?$/.exec(
    remote,
  )?.[1];
}
