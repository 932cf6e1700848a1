/**
 * A binding of the wrangler file other than `vars` and secrets, by the API's own type names. A reference whose id the
 * file leaves open (wrangler would provision it) is `undefined`: the stack's config names, takes or declares the
 * resource then, and without that it is refused.
 */
export type ConfigBinding =
  | { readonly type: "kv_namespace"; readonly name: string; readonly id: string | undefined }
  | {
      readonly type: "d1";
      readonly name: string;
      readonly databaseId: string | undefined;
      /** Only a label: the id decides. Used as the name where the stack declares the database. */
      readonly databaseName: string | undefined;
    }
  | {
      readonly type: "r2_bucket";
      readonly name: string;
      readonly bucketName: string | undefined;
      readonly jurisdiction: string | undefined;
    }
  | { readonly type: "queue"; readonly name: string; readonly queueName: string | undefined }
  | {
      readonly type: "service";
      readonly name: string;
      readonly service: string;
      readonly entrypoint: string | undefined;
    }
  | {
      readonly type: "durable_object_namespace";
      readonly name: string;
      readonly className: string;
      /** Another script that has the class; this one when absent. */
      readonly scriptName: string | undefined;
    }
  | {
      readonly type: "workflow";
      readonly name: string;
      readonly workflowName: string;
      readonly className: string;
      readonly scriptName: string | undefined;
    }
  | { readonly type: "assets"; readonly name: string }
  | {
      readonly type: "ai" | "browser" | "images" | "media" | "stream" | "version_metadata";
      readonly name: string;
    }
  | { readonly type: "worker_loader"; readonly name: string }
  | { readonly type: "analytics_engine"; readonly name: string; readonly dataset: string }
  | { readonly type: "hyperdrive"; readonly name: string; readonly id: string }
  | { readonly type: "vectorize"; readonly name: string; readonly indexName: string }
  | { readonly type: "mtls_certificate"; readonly name: string; readonly certificateId: string }
  | { readonly type: "pipelines"; readonly name: string; readonly pipeline: string }
  | {
      readonly type: "ratelimit";
      readonly name: string;
      readonly namespaceId: string;
      readonly limit: number;
      /** Seconds. */
      readonly period: number;
    }
  | {
      readonly type: "secrets_store_secret";
      readonly name: string;
      readonly storeId: string;
      readonly secretName: string;
    }
  | {
      readonly type: "send_email";
      readonly name: string;
      readonly destinationAddress: string | undefined;
      readonly allowedDestinationAddresses: readonly string[] | undefined;
      readonly allowedSenderAddresses: readonly string[] | undefined;
    }
  | {
      readonly type: "dispatch_namespace";
      readonly name: string;
      readonly namespace: string;
      readonly outbound:
        | { readonly service: string; readonly environment?: string; readonly parameters: readonly string[] }
        | undefined;
    }
  | { readonly type: "vpc_service"; readonly name: string; readonly serviceId: string };
