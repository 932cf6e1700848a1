import { request } from "node:http";

/** Posts a text to a Worker of the sandbox, addressed by its host name, and gives the JSON that comes back. */
export function askWorker(
  workersUrl: string,
  scriptName: string,
  body: string,
): Promise<{ names: string[]; holds: string[] }> {
  const url = new URL(workersUrl);
  return new Promise((resolve, reject) => {
    const asked = request(
      url,
      { method: "POST", headers: { host: `${scriptName}.localhost:${url.port}` } },
      (response) => {
        let text = "";
        response.on("data", (chunk: Buffer) => {
          text += chunk.toString("utf8");
        });
        response.on("end", () => {
          if (response.statusCode !== 200) return reject(new Error(`${response.statusCode}: ${text}`));
          resolve(JSON.parse(text) as { names: string[]; holds: string[] });
        });
      },
    );
    asked.on("error", reject);
    asked.end(body);
  });
}
