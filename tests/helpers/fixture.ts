import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";

const FIXTURES = join(import.meta.dirname, "../fixtures");

/** Copies a fixture and gives the copy's path. */
export function copyFixture(name: string, into: string): string {
  const folder = join(into, name);
  cpSync(join(FIXTURES, name), folder, { recursive: true });
  return folder;
}

/** Replaces `$NAME` marks in a file of a fixture. */
export function fill(file: string, values: Readonly<Record<string, string>>): void {
  const text = Object.entries(values).reduce(
    (rest, [name, value]) => rest.replaceAll(`$${name}`, value),
    readFileSync(file, "utf8"),
  );
  writeFileSync(file, text);
}

/** Links a package where a package manager's workspaces would have: npm at the root, pnpm in each package that needs it. */
export function linkPackage(name: string, target: string, ...places: string[]): void {
  for (const place of places) {
    const link = join(place, "node_modules", name);
    mkdirSync(join(link, ".."), { recursive: true });
    symlinkSync(target, link);
  }
}

export interface Asked {
  readonly method?: string;
  readonly path: string;
  readonly body?: string;
  readonly host?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Sends one request to the Workers port: by a script's name, or by a host of its own. */
export function ask(workersUrl: string, script: string, asked: Asked): Promise<Answered> {
  const url = new URL(asked.path, workersUrl);
  const host = asked.host ?? `${script}.localhost:${url.port}`;
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        hostname: url.hostname,
        port: url.port,
        path: asked.path,
        method: asked.method ?? "GET",
        headers: { ...asked.headers, host },
        agent: false,
      },
      (response) => {
        let body = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => {
          body += chunk;
        });
        response.on("end", () => {
          const headers = Object.fromEntries(
            Object.entries(response.headers).flatMap(([key, value]) =>
              // These differ from one answer to the next, whoever answers.
              typeof value === "string" && !["date", "connection", "keep-alive"].includes(key)
                ? [[key, value]]
                : [],
            ),
          );
          resolve({ status: response.statusCode ?? 0, headers, body });
        });
      },
    );
    sent.on("error", reject);
    sent.end(asked.body);
  });
}
