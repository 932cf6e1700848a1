import { createServer, type IncomingHttpHeaders, request } from "node:http";
import type { AddressInfo } from "node:net";

/** One call on its way to the sandbox. */
export interface GatedCall {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
}

/** A proxy before the sandbox, at an address that stays while sandboxes behind it come and go. */
export interface CallGate {
  readonly url: string;
  /** Where calls go from now on: a port of the loopback. */
  target(port: number): void;
  /** Told each call when it arrives, before it is passed on. */
  onCall: ((call: GatedCall) => void) | undefined;
  close(): Promise<void>;
}

/** A call whose answer never comes, because the sandbox was killed, ends as a lost connection. */
export async function openCallGate(): Promise<CallGate> {
  let port = 0;
  const server = createServer((incoming, outgoing) => {
    const { method = "GET", url: path = "/", headers } = incoming;
    gate.onCall?.({ method, path, headers });
    const passed = request({ host: "127.0.0.1", port, method, path, headers, agent: false }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.on("error", () => outgoing.destroy()).pipe(outgoing);
    });
    passed.on("error", () => outgoing.destroy());
    incoming.on("error", () => passed.destroy()).pipe(passed);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const gate: CallGate = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    target: (given) => {
      port = given;
    },
    onCall: undefined,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return gate;
}
