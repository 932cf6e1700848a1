import { promisify } from "node:util";
import grpc from "@grpc/grpc-js";
import type { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import providerGrpc from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import pb from "@pulumi/pulumi/proto/provider_pb.js";
import emptyPb from "google-protobuf/google/protobuf/empty_pb.js";
import { fromStruct, type Properties, toStruct } from "../src/providers/properties.ts";

/** The calls of the engine, with properties for structs. */
export class Provider {
  readonly #address: () => string;
  #client: ResourceProviderClient | undefined;

  /** `address` is asked at the first call. */
  constructor(address: () => string) {
    this.#address = address;
  }

  get client(): ResourceProviderClient {
    this.#client ??= new providerGrpc.ResourceProviderClient(
      this.#address(),
      grpc.credentials.createInsecure(),
    );
    return this.#client;
  }

  close(): void {
    this.#client?.close();
  }

  async configure(args: Properties = {}) {
    const request = new pb.ConfigureRequest().setArgs(toStruct(args)).setAcceptsecrets(true);
    return (await this.#ask("configure", request)) as InstanceType<typeof pb.ConfigureResponse>;
  }

  async version(): Promise<string> {
    const info = (await this.#ask("getPluginInfo", new emptyPb.Empty())) as { getVersion(): string };
    return info.getVersion();
  }

  async check(urn: string, news: Properties) {
    const request = new pb.CheckRequest().setUrn(urn).setNews(toStruct(news)).setOlds(toStruct({}));
    const response = (await this.#ask("check", request)) as InstanceType<typeof pb.CheckResponse>;
    return {
      inputs: fromStruct(response.getInputs()),
      failures: response
        .getFailuresList()
        .map((failure) => `${failure.getProperty()}: ${failure.getReason()}`),
    };
  }

  async diff(
    urn: string,
    state: Properties,
    oldInputs: Properties,
    news: Properties,
    ignored: string[] = [],
  ) {
    const request = new pb.DiffRequest()
      .setUrn(urn)
      .setId("x")
      .setOlds(toStruct(state))
      .setOldInputs(toStruct(oldInputs))
      .setNews(toStruct(news))
      .setIgnorechangesList(ignored);
    const response = (await this.#ask("diff", request)) as InstanceType<typeof pb.DiffResponse>;
    const { Kind } = pb.PropertyDiff;
    const names = new Map(Object.entries(Kind).map(([name, kind]) => [kind, name]));
    return {
      changed: response.getChanges() === pb.DiffResponse.DiffChanges.DIFF_SOME,
      replaces: response.getReplacesList(),
      detailed: Object.fromEntries(
        response
          .getDetaileddiffMap()
          .getEntryList()
          .map(([path]) => [path, names.get(response.getDetaileddiffMap().get(path)?.getKind() ?? Kind.ADD)]),
      ),
    };
  }

  async create(urn: string, inputs: Properties, preview = false) {
    const request = new pb.CreateRequest().setUrn(urn).setProperties(toStruct(inputs)).setPreview(preview);
    const response = (await this.#ask("create", request)) as InstanceType<typeof pb.CreateResponse>;
    return { id: response.getId(), state: fromStruct(response.getProperties()) };
  }

  async read(urn: string, id: string, state: Properties = {}, inputs: Properties = {}) {
    const request = new pb.ReadRequest().setUrn(urn).setId(id);
    request.setProperties(toStruct(state)).setInputs(toStruct(inputs));
    const response = (await this.#ask("read", request)) as InstanceType<typeof pb.ReadResponse>;
    return {
      id: response.getId(),
      state: fromStruct(response.getProperties()),
      inputs: fromStruct(response.getInputs()),
    };
  }

  async update(urn: string, state: Properties, oldInputs: Properties, news: Properties, preview = false) {
    const request = new pb.UpdateRequest().setUrn(urn).setId("x").setPreview(preview);
    request.setOlds(toStruct(state)).setOldInputs(toStruct(oldInputs)).setNews(toStruct(news));
    const response = (await this.#ask("update", request)) as InstanceType<typeof pb.UpdateResponse>;
    return fromStruct(response.getProperties());
  }

  async delete(urn: string, id: string, state: Properties, oldInputs: Properties = {}): Promise<void> {
    const request = new pb.DeleteRequest().setUrn(urn).setId(id);
    await this.#ask("delete", request.setProperties(toStruct(state)).setOldInputs(toStruct(oldInputs)));
  }

  cancel() {
    return this.#ask("cancel", new emptyPb.Empty());
  }

  #ask(method: keyof ResourceProviderClient, request: unknown): Promise<unknown> {
    const call = this.client[method] as (
      request: unknown,
      callback: (error: Error | null, response: unknown) => void,
    ) => void;
    return promisify(call.bind(this.client))(request);
  }
}
