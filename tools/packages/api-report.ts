import { mkdirSync, mkdtempSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Extractor, ExtractorConfig, ExtractorLogLevel, type IConfigFile } from "@microsoft/api-extractor";
import { typesConfig } from "./build.ts";

/** The public types of one package. */
export interface ApiReport {
  /** As Markdown, with one TypeScript block: sorted, without comments and with what the exports refer to. */
  readonly text: string;
  /** Names of what the entry exports. */
  readonly exports: readonly string[];
  /** Parts of the types that have no docstring, each with its place. */
  readonly undocumented: readonly string[];
}

/** Reports what the main entry of a built package exports. `entry`: its `.d.ts`; `scratch`: a folder for the tool's own files. */
export function reportApi(
  folder: string,
  entry: string,
  built: ReadonlyMap<string, string>,
  scratch: string,
): ApiReport {
  const out = mkdtempSync(join(scratch, "api-"));
  mkdirSync(join(out, "temp"));
  const undocumented: string[] = [];
  const { succeeded } = Extractor.invoke(
    ExtractorConfig.prepare(extractorConfig(folder, entry, built, out)),
    {
      localBuild: true,
      messageCallback(message) {
        message.handled = true;
        if (message.messageId === "ae-undocumented")
          undocumented.push(`${message.sourceFilePath}:${message.sourceFileLine}: ${message.text}`);
        else if (message.logLevel === ExtractorLogLevel.Error) throw new Error(message.text);
      },
    },
  );
  if (!succeeded) throw new Error(`API Extractor failed for ${folder}`);
  const text = readFileSync(join(out, "report.api.md"), "utf8");
  const names = [
    ...text.matchAll(/^export (?:abstract )?(?:class|const|enum|function|interface|type) (\w+)/gm),
  ];
  return { text, exports: names.map(([, name = ""]) => name), undocumented };
}

function extractorConfig(folder: string, entry: string, built: ReadonlyMap<string, string>, out: string) {
  const quiet = { logLevel: ExtractorLogLevel.None };
  const configObject: IConfigFile = {
    projectFolder: folder,
    mainEntryPointFilePath: entry,
    compiler: { overrideTsconfig: typesConfig([entry], built) },
    apiReport: {
      enabled: true,
      reportFolder: out,
      reportTempFolder: join(out, "temp"),
      reportFileName: "report",
      includeForgottenExports: true,
    },
    messages: {
      compilerMessageReporting: { default: { logLevel: ExtractorLogLevel.Error } },
      extractorMessageReporting: {
        default: quiet,
        "ae-undocumented": { logLevel: ExtractorLogLevel.Warning },
      },
      tsdocMessageReporting: { default: quiet },
    },
  };
  return { configObject, configObjectFullPath: undefined, packageJsonFullPath: join(folder, "package.json") };
}
