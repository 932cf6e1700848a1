/**
 * Serves an npm registry on a free port, and sends the port to the process that forked this one.
 * Arguments: the folder with Verdaccio's `node_modules`, and its configuration's file.
 */
import type { Server } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

const [installed = "", configuration = ""] = process.argv.slice(2);
// Without its parent nobody can use it any more.
process.on("disconnect", () => process.exit());

const verdaccio: { runServer(file: string): Promise<Server> } = createRequire(
  join(installed, "package.json"),
)("verdaccio");
const server = await verdaccio.runServer(configuration);
server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port));
