import grpc from "@grpc/grpc-js";
import pluginPb from "@pulumi/pulumi/proto/plugin_pb.js";
import type { IResourceProviderServer } from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import providerGrpc from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import pb from "@pulumi/pulumi/proto/provider_pb.js";
import emptyPb from "google-protobuf/google/protobuf/empty_pb.js";
import { listenLocally } from "../http/grpc.ts";
import { at, type Place } from "./place.ts";
import { fromStruct, plainProperties, toStruct } from "./properties.ts";
import { diffResponse, notInTheStandIn, unary as reply, typeOf } from "./replies.ts";
import type { Provider, Resource, ResourceTypes } from "./resource.ts";

export interface RunningProvider {
  readonly port: number;
  close(): Promise<void>;
}

interface Configured {
  readonly types: ResourceTypes;
  readonly loaded: Map<string, Promise<Resource>>;
  readonly abort: AbortController;
}

/**
 * Serves one plugin on a free port of the loopback. As an executable it is asked by one engine for one provider; attached by
 * `PULUMI_DEBUG_PROVIDERS` every provider of every run comes here, so what is configured is kept by connection.
 */
export async function serve(provider: Provider, place: Place): Promise<RunningProvider> {
  const sessions = new Map<string, Configured>();
  const server = new grpc.Server({
    "grpc.max_receive_message_length": -1,
    "grpc.max_send_message_length": -1,
  });
  server.addService(providerGrpc.ResourceProviderService, handlers(provider, place, sessions));
  const port = await listenLocally(server);
  return {
    port,
    async close() {
      for (const { abort } of sessions.values()) abort.abort();
      server.forceShutdown();
    },
  };
}

type Call<Request> = grpc.ServerUnaryCall<Request, unknown>;

function handlers(
  provider: Provider,
  place: Place,
  sessions: Map<string, Configured>,
): grpc.UntypedServiceImplementation {
  const { environment } = place;
  const unary = <Request, Response>(
    handler: (call: grpc.ServerUnaryCall<Request, Response>) => Response | Promise<Response>,
  ) => reply<Request, Response>((call) => at(place, () => handler(call)));
  const incoming = (struct: Parameters<typeof fromStruct>[0]) =>
    provider.acceptsSecrets ? fromStruct(struct) : plainProperties(fromStruct(struct));

  const find = (call: Call<unknown>, type: string): Promise<Resource> | undefined => {
    const { types, loaded } = session(call);
    const found = loaded.get(type) ?? (Object.hasOwn(types, type) ? types[type]?.() : undefined);
    if (found) loaded.set(type, found);
    return found;
  };
  const resource = async (call: Call<unknown>, urn: string): Promise<Resource> => {
    const found = await find(call, typeOf(urn));
    if (!found) throw notInTheStandIn(provider, `unknown resource token: ${typeOf(urn)}`);
    return found;
  };
  const session = (call: Call<unknown>): Configured => {
    const configured = sessions.get(call.getPeer());
    if (!configured)
      throw new Error(`the stand-in for ${provider.name} is not configured on this connection`);
    return configured;
  };

  const implemented: Partial<IResourceProviderServer> = {
    getPluginInfo: unary(() => {
      const info = new pluginPb.PluginInfo();
      info.setVersion(provider.version);
      return info;
    }),
    attach: unary(() => new emptyPb.Empty()),
    checkConfig: unary(({ request }) => {
      const inputs = provider.checkConfig(fromStruct(request.getNews()), environment());
      return new pb.CheckResponse().setInputs(toStruct(inputs));
    }),
    // A new token or address is no reason to replace what was made with the old one.
    diffConfig: unary(() => new pb.DiffResponse().setChanges(pb.DiffResponse.DiffChanges.DIFF_NONE)),
    configure: unary((call) => {
      const abort = new AbortController();
      const inputs = fromStruct(call.request.getArgs());
      const types = provider.configure(inputs, environment(), abort.signal);
      sessions.delete(call.getPeer());
      sessions.set(call.getPeer(), { types, loaded: new Map(), abort });
      return new pb.ConfigureResponse()
        .setAcceptsecrets(provider.acceptsSecrets)
        .setAcceptresources(true)
        .setSupportspreview(true);
    }),
    check: unary(async (call) => {
      const { request } = call;
      const inputs = fromStruct(request.getNews());
      const type = typeOf(request.getUrn());
      const found = await find(call, type);
      const { inputs: checked, failures } = found
        ? found.check({ inputs })
        : {
            inputs,
            failures: [
              { property: "", reason: notInTheStandIn(provider, `unknown resource token: ${type}`).message },
            ],
          };
      return new pb.CheckResponse()
        .setInputs(toStruct(checked))
        .setFailuresList(
          failures.map(({ property, reason }) =>
            new pb.CheckFailure().setProperty(property).setReason(reason),
          ),
        );
    }),
    diff: unary(async (call) => {
      const { request } = call;
      const found = await resource(call, request.getUrn());
      return diffResponse(
        found.diff({
          state: incoming(request.getOlds()),
          oldInputs: incoming(request.getOldInputs()),
          inputs: incoming(request.getNews()),
          ignoreChanges: request.getIgnorechangesList(),
        }),
      );
    }),
    create: unary(async (call) => {
      const { request } = call;
      const created = await (await resource(call, request.getUrn())).create({
        inputs: incoming(request.getProperties()),
        preview: request.getPreview(),
      });
      return new pb.CreateResponse().setId(created.id).setProperties(toStruct(created.state));
    }),
    read: unary(async (call) => {
      const { request } = call;
      const read = await (await resource(call, request.getUrn())).read({
        id: request.getId(),
        state: incoming(request.getProperties()),
        inputs: incoming(request.getInputs()),
      });
      const response = new pb.ReadResponse();
      if (!read) return response; // an empty id says that it is gone
      return response.setId(read.id).setProperties(toStruct(read.state)).setInputs(toStruct(read.inputs));
    }),
    update: unary(async (call) => {
      const { request } = call;
      const { state } = await (await resource(call, request.getUrn())).update({
        id: request.getId(),
        state: incoming(request.getOlds()),
        oldInputs: incoming(request.getOldInputs()),
        inputs: incoming(request.getNews()),
        preview: request.getPreview(),
      });
      return new pb.UpdateResponse().setProperties(toStruct(state));
    }),
    delete: unary(async (call) => {
      const { request } = call;
      await (await resource(call, request.getUrn())).delete({
        id: request.getId(),
        state: incoming(request.getProperties()),
        oldInputs: incoming(request.getOldInputs()),
      });
      return new emptyPb.Empty();
    }),
    // Ctrl-C: calls under way are broken off, so that the engine can save what it knows.
    cancel: unary((call) => {
      sessions.get(call.getPeer())?.abort.abort(new Error("cancelled"));
      return new emptyPb.Empty();
    }),
    getSchema: unary(() => {
      throw notInTheStandIn(provider, "schema");
    }),
    invoke: unary(({ request }) => {
      throw notInTheStandIn(provider, `function ${request.getTok()}`);
    }),
  };
  return implemented as grpc.UntypedServiceImplementation;
}
