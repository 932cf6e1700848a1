/** `pulumiservice:api/esc:{EnvironmentSettings,EnvironmentTag,RevisionTag}`. */
import type { RestDescription } from "./pulumi-rest.ts";

const ONE = "/api/esc/environments/{orgName}/{projectName}/{envName}";

/** Every environment has settings, so a create fails: they can only be imported. A delete makes no call. */
export const environmentSettings: RestDescription = {
  type: "pulumiservice:api/esc:EnvironmentSettings",
  id: "{orgName}/{projectName}/{envName}",
  requireImport: true,
  create: { call: `PATCH ${ONE}/settings`, body: ["deletionProtected"] },
  update: { call: `PATCH ${ONE}/settings`, body: ["deletionProtected"] },
  read: { call: `GET ${ONE}/settings` },
};

/** The API wants the old and the new tag for an update; the real one sends neither, since no input has their names. */
export const environmentTag: RestDescription = {
  type: "pulumiservice:api/esc:EnvironmentTag",
  id: "{orgName}/{projectName}/{envName}/{name}",
  renames: { name: "tagName" },
  create: { call: `POST ${ONE}/tags`, body: ["name", "value"] },
  update: { call: `PATCH ${ONE}/tags/{tagName}`, body: ["currentTag", "newTag"] },
  read: { call: `GET ${ONE}/tags/{tagName}` },
  delete: { call: `DELETE ${ONE}/tags/{tagName}` },
  deleteBeforeReplace: true,
};

export const revisionTag: RestDescription = {
  type: "pulumiservice:api/esc:RevisionTag",
  id: "{orgName}/{projectName}/{envName}/{name}",
  renames: { name: "tagName" },
  create: { call: `POST ${ONE}/versions/tags`, body: ["name", "revision"] },
  update: { call: `PATCH ${ONE}/versions/tags/{tagName}`, body: ["revision"] },
  read: { call: `GET ${ONE}/versions/tags/{tagName}` },
  delete: { call: `DELETE ${ONE}/versions/tags/{tagName}` },
  deleteBeforeReplace: true,
};
