import * as v from "valibot";
import { local, refused, refusedUnless, required, translated } from "./keys.ts";
import { amount, json, text, texts } from "./shapes.ts";

/** What the provider's script resource (@pulumi/cloudflare 6.22.1) has no field or type for would be lost. */
const NO_FIELD = "the provider's WorkersScript has no field for it, so an upload would take it away";
const NO_TYPE = "the provider's WorkersScript does not know this type of binding";
const NOT_YET = "this binding is in beta and not translated yet";

const remote = local("only says whether `wrangler dev` talks to the real resource");
const binding = required("the binding's name in `env`", text);
const single = (what: string) => translated(what, v.object({ binding, remote }));

/** The keys that bind something else than a value. None of them is inherited by an `env` block. */
export const bindingKeys = {
  kv_namespaces: translated(
    "KV namespace bindings",
    v.array(
      v.object({
        binding,
        id: translated("the namespace; left out, the stack's config names or declares it", text),
        preview_id: local("only read by `wrangler dev --remote`"),
        remote,
      }),
    ),
  ),
  d1_databases: translated(
    "D1 bindings",
    v.array(
      v.object({
        binding,
        database_id: translated("the database; left out, the stack's config names or declares it", text),
        database_name: translated("the database's name, where the stack declares it", text),
        jurisdiction: refused(
          "wrangler reads it only when it creates the database",
          "Take it out; give the jurisdiction where the database is made.",
        ),
        preview_database_id: local("only read by `wrangler dev --remote`"),
        migrations_table: local("read by `wrangler d1 migrations`, which stays yours to run"),
        migrations_dir: local("read by `wrangler d1 migrations`, which stays yours to run"),
        migrations_pattern: local("read by `wrangler d1 migrations`, which stays yours to run"),
        database_internal_env: refused("it is for Cloudflare's own use"),
        remote,
      }),
    ),
  ),
  r2_buckets: translated(
    "R2 bindings",
    v.array(
      v.object({
        binding,
        bucket_name: translated("the bucket; left out, the stack's config names or declares it", text),
        jurisdiction: translated("the bucket's jurisdiction", text),
        preview_bucket_name: local("only read by `wrangler dev --remote`"),
        local_dev: local("only read by `wrangler dev`"),
        remote,
      }),
    ),
  ),
  queues: translated(
    "Queues",
    v.object({
      producers: translated(
        "queue bindings",
        v.array(
          v.object({
            binding,
            queue: translated("the queue; left out, the stack's config names or declares it", text),
            delivery_delay: refused(NO_FIELD, "Give the delay with each `send`, or on the queue itself."),
            remote,
          }),
        ),
      ),
      consumers: translated(
        "this Worker as consumer of queues",
        v.array(
          v.object({
            queue: required("the queue whose messages come here", text),
            type: refusedUnless("worker", "a Worker's file can only declare a consumer of type 'worker'"),
            max_batch_size: translated("messages in one batch", amount),
            max_batch_timeout: translated("seconds to wait for a full batch", amount),
            max_retries: translated("attempts before a message is dropped or dead", amount),
            dead_letter_queue: translated("where messages go whose attempts are used up", text),
            max_concurrency: translated(
              "consumers at the same time; null for the platform's own choice",
              v.nullable(amount),
            ),
            visibility_timeout_ms: refused("it belongs to consumers that pull over HTTP, not to a Worker"),
            retry_delay: translated("seconds before a message is tried again", amount),
          }),
        ),
      ),
    }),
  ),
  services: translated(
    "service bindings",
    v.array(
      v.object({
        binding,
        service: required("the Worker that is called", text),
        entrypoint: translated("the named entrypoint that is called", text),
        props: refused(
          NO_FIELD,
          "Give the callee what it needs in the call, or keep this Worker with wrangler.",
        ),
        remote,
      }),
    ),
  ),
  durable_objects: translated(
    "Durable Objects",
    v.object({
      bindings: translated(
        "Durable Object bindings",
        v.array(
          v.object({
            name: required("the binding's name in `env`", text),
            class_name: required(
              "the class, which the entry has to export unless it is another script's",
              text,
            ),
            script_name: translated("another script that has the class", text),
            environment: refused(
              "it names a service environment, which Cloudflare has given up",
              "Name the other script in full with 'script_name'.",
            ),
          }),
        ),
      ),
      code_update_strategy: refused(NO_FIELD),
    }),
  ),
  workflows: translated(
    "Workflow bindings",
    v.array(
      v.object({
        binding,
        name: required("the Workflow's name", text),
        class_name: required("its class, which the entry has to export unless it is another script's", text),
        script_name: translated("another script that has the class", text),
        limits: refused("limits of a Workflow are not translated yet"),
        concurrency: refused("concurrency of a Workflow is not translated yet"),
        schedules: refused(
          "schedules of a Workflow are not translated yet",
          "Use `triggers.crons` meanwhile.",
        ),
        default_retention: refused("retention of a Workflow is not translated yet"),
        jurisdiction: refused("the provider's Workflow resource has no field for it"),
      }),
    ),
  ),
  ai: translated(
    "the Workers AI binding",
    v.object({ binding, staging: refused("it is for Cloudflare's own use"), remote }),
  ),
  browser: single("the Browser Rendering binding"),
  images: single("the Images binding"),
  media: single("the Media Transformations binding"),
  version_metadata: translated("the version metadata binding", v.object({ binding })),
  analytics_engine_datasets: translated(
    "Analytics Engine bindings",
    v.array(
      v.object({ binding, dataset: translated("the dataset; by default the binding's name", text), remote }),
    ),
  ),
  hyperdrive: translated(
    "Hyperdrive bindings",
    v.array(
      v.object({
        binding,
        id: required("the Hyperdrive configuration", text),
        localConnectionString: local("only read by `wrangler dev`"),
        remote,
      }),
    ),
  ),
  vectorize: translated(
    "Vectorize bindings",
    v.array(v.object({ binding, index_name: required("the index", text), remote })),
  ),
  mtls_certificates: translated(
    "mTLS certificate bindings",
    v.array(v.object({ binding, certificate_id: required("the certificate", text), remote })),
  ),
  pipelines: translated(
    "Pipelines bindings",
    v.array(
      v.object({
        binding,
        stream: translated("the stream, sent as the provider's `pipeline`", text),
        pipeline: translated("the older name of `stream`", text),
        remote,
      }),
    ),
  ),
  ratelimits: translated(
    "rate limit bindings",
    v.array(
      v.object({
        name: required("the binding's name in `env`", text),
        namespace_id: required("the counter that the limit uses", text),
        simple: required(
          "the limit",
          v.object({
            limit: required("calls in one period", amount),
            period: required("10 or 60 seconds", v.picklist([10, 60])),
          }),
        ),
      }),
    ),
  ),
  secrets_store_secrets: translated(
    "Secrets Store bindings",
    v.array(
      v.object({
        binding,
        store_id: required("the store", text),
        secret_name: required("the secret's name in the store", text),
      }),
    ),
  ),
  send_email: translated(
    "email bindings",
    v.array(
      v.object({
        name: required("the binding's name in `env`", text),
        destination_address: translated("the one address that mail may go to", text),
        allowed_destination_addresses: translated("the addresses that mail may go to", texts),
        allowed_sender_addresses: translated("the addresses that mail may come from", texts),
        remote,
      }),
    ),
  ),
  dispatch_namespaces: translated(
    "dispatch namespace bindings",
    v.array(
      v.object({
        binding,
        namespace: required("the namespace", text),
        outbound: translated(
          "the Worker that sees what user Workers fetch",
          v.object({
            service: required("that Worker", text),
            environment: translated("its service environment", text),
            parameters: translated("names of what is passed to it", texts),
          }),
        ),
        remote,
      }),
    ),
  ),
  vpc_services: translated(
    "VPC service bindings",
    v.array(v.object({ binding, service_id: required("the service", text), remote })),
  ),
  tail_consumers: translated(
    "Workers that get this one's logs",
    v.array(
      v.object({
        service: required("the Worker that gets them", text),
        environment: translated("its service environment", text),
      }),
    ),
  ),
  streaming_tail_consumers: refused(NO_FIELD),
  stream: refused(NO_TYPE),
  analytics: refused(NO_TYPE),
  worker_loaders: refused(NO_TYPE),
  agent_memory: refused(NO_TYPE),
  logfwdr: refused("it is for Cloudflare's own use"),
  unsafe_hello_world: refused("it is a test binding of wrangler's own authors"),
  ai_search_namespaces: refused(NOT_YET),
  ai_search: refused(NOT_YET),
  artifacts: refused(NOT_YET),
  flagship: refused(NOT_YET),
  k2: refused(NOT_YET),
  vpc_networks: refused(NOT_YET),
  unsafe: refused("it goes to the API unchecked, and the provider has no field for it"),
  containers: refused("container images and applications are not part of a script upload"),
  cloudchamber: refused("container images and applications are not part of a script upload"),
  connect: refused("listening sockets are not part of a script upload"),
  vars: translated("variables bound in clear, as text or JSON", v.record(v.string(), json)),
  secrets: translated(
    "declared secrets",
    v.object({
      required: translated(
        "names that have to have a value in the stack's secrets Environment",
        v.array(v.string()),
      ),
    }),
  ),
};
