import { type Store, table } from "../../store/store.ts";
import type { AssetFile, RuntimeAssets } from "../../workers/runtime.ts";
import type { StoredAssets } from "../model.ts";

/** One file's bytes, as every Worker of the account that has such a file serves them. */
export interface AssetRecord {
  readonly base64: string;
  /** None: it is answered without a type. */
  readonly contentType?: string;
}

/** By account and hash. */
export const assetFiles = table<AssetRecord>("cloudflare.assets");

/** What the runtime serves of a version's files. Their bytes are read when they are asked for. */
export function runtimeAssets(store: Store, account: string, { files, config }: StoredAssets): RuntimeAssets {
  const known = Object.entries(files).map(([path, { hash, size }]): [string, AssetFile] => {
    const contentType = store.get(assetFiles, [account, hash])?.contentType;
    return [path, { hash, size, ...(contentType === undefined ? {} : { contentType }) }];
  });
  return {
    files: new Map(known),
    config,
    read(hash) {
      const found = store.get(assetFiles, [account, hash]);
      if (found === undefined) throw new Error(`the static file with the hash ${hash} is not in the store`);
      return Buffer.from(found.base64, "base64");
    },
  };
}
