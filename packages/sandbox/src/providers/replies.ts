import grpc from "@grpc/grpc-js";
import pb from "@pulumi/pulumi/proto/provider_pb.js";
import type { Difference, Provider } from "./resource.ts";

/** Anything that is thrown becomes an error of the call, with its own words only. */
export function unary<Request, Response>(
  handler: (call: grpc.ServerUnaryCall<Request, Response>) => Response | Promise<Response>,
): grpc.handleUnaryCall<Request, Response> {
  return (call, callback) => {
    const answer = async () => handler(call);
    answer().then(
      (response) => callback(null, response),
      (error: unknown) => {
        const details = error instanceof Error ? error.message : String(error);
        callback({ code: grpc.status.UNKNOWN, details });
      },
    );
  };
}

export function diffResponse({ changed, changes, deleteBeforeReplace }: Difference) {
  const { Kind } = pb.PropertyDiff;
  const kinds = {
    add: [Kind.ADD, Kind.ADD_REPLACE],
    delete: [Kind.DELETE, Kind.DELETE_REPLACE],
    update: [Kind.UPDATE, Kind.UPDATE_REPLACE],
  } as const;
  const { DiffChanges } = pb.DiffResponse;
  const response = new pb.DiffResponse()
    .setChanges(changed ? DiffChanges.DIFF_SOME : DiffChanges.DIFF_NONE)
    .setDeletebeforereplace(deleteBeforeReplace)
    .setHasdetaileddiff(true);
  const top = (path: string) => path.split(/[.[]/, 1)[0] ?? path;
  response.setDiffsList([...new Set([...changes.keys()].map(top))]);
  response.setReplacesList([
    ...new Set([...changes].filter(([, { replace }]) => replace).map(([path]) => top(path))),
  ]);
  for (const [path, { kind, replace }] of changes) {
    response.getDetaileddiffMap().set(path, new pb.PropertyDiff().setKind(kinds[kind][replace ? 1 : 0]));
  }
  return response;
}

export function typeOf(urn: string): string {
  const types = urn.split("::")[2] ?? "";
  return types.split("$").at(-1) ?? types;
}

export function notInTheStandIn(provider: Provider, what: string): Error {
  const { name, version } = provider;
  return new Error(
    `${what} of ${name} is not in the stand-in. The real plugin has it: run where get.pulumi.com can be reached, without ` +
      `PULUMI_DEBUG_PROVIDERS and PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION, or install it by ` +
      `\`pulumi plugin install resource ${name} ${version}\`.`,
  );
}
