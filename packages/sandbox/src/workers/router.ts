/**
 * What both routers do with a request: they check the key, do a task of the sandbox's own, or pass the request on.
 * `target(env, id, ctx)` gives what answers for `<script>/<version>`; `tasks` are the router's further ones.
 *
 * `KEY` is made anew for each workerd. Without it no router answers, nor does the code behind `NODE`: all listen on
 * loopback ports that any process of this machine can find, and `NODE` hands out secrets.
 */
export const ROUTING = /* js */ `
async function route(request, env, ctx, target, tasks) {
  const headers = new Headers(request.headers);
  if (headers.get("x-sandbox-key") !== env.KEY) return new Response("not found", { status: 404 });
  const id = decodeURIComponent(headers.get("x-sandbox-worker") ?? "");
  const task = headers.get("x-sandbox-task");
  if (task === "alive") return new Response(null, { status: 204 });
  if (task === "scheduled") {
    const { cron, time } = await request.json();
    const { outcome, noRetry } = await target(env, id, ctx).scheduled({ cron, scheduledTime: new Date(time) });
    return Response.json({ outcome, noRetry });
  }
  if (task !== null) return tasks[task](env, id, request);
  for (const name of ["x-sandbox-key", "x-sandbox-worker"]) headers.delete(name);
  try {
    return await target(env, id, ctx).fetch(new Request(request, { headers, redirect: "manual" }));
  } catch (error) {
    const text = new TextEncoder().encode(String(error?.stack ?? error).slice(0, 4000));
    return new Response(null, { status: 500, headers: { "x-sandbox-exception": text.toBase64() } });
  }
}

/** Asks the sandbox's own process. */
function ask(env, path) {
  return env.NODE.fetch("http://node/" + path, { headers: { "x-sandbox-key": env.KEY } });
}

/** What happened in the Worker of its props, for who follows that live. */
export class Tail extends WorkerEntrypoint {
  async tail(events) {
    const { KEY, NODE } = this.env;
    const url = "http://node/tail/" + encodeURIComponent(this.ctx.props.script);
    await NODE.fetch(url, { method: "POST", headers: { "x-sandbox-key": KEY }, body: JSON.stringify(events) });
  }
}
`;

/** Ends the id of a version that is loaded with somebody listening. */
export const TAILED = "/tailed";

/**
 * The only Worker of the light workerd that miniflare is told about. It loads every uploaded script through the Worker
 * Loader, so that a new version is a new isolate in the same workerd: nothing restarts and no connection drops.
 */
export const ROUTER = /* js */ `
import { WorkerEntrypoint } from "cloudflare:workers";
${ROUTING}
const PROBE = "sandbox-probe.js";
// workerd's own \`cloudflare:email\` wants a module of miniflare's, which Workers of the Loader do not see. The raw text has the name that
// miniflare's send_email binding looks for.
const EMAIL = String.raw\`export class EmailMessage {
  constructor(from, to, raw) {
    Object.assign(this, { from, to, "EmailMessage::raw": raw });
  }
}\`;

async function code(env, id) {
  const answer = await ask(env, encodeURIComponent(id));
  if (!answer.ok) throw new Error(await answer.text());
  const { modules, ...rest } = await answer.json();
  const loaded = Object.fromEntries(modules.map(([name, kind, base64]) => [name, load(kind, base64)]));
  return { ...rest, modules: { "cloudflare:email": { js: EMAIL }, ...loaded } };
}

function load(kind, base64) {
  const bytes = Uint8Array.fromBase64(base64);
  if (kind === "data" || kind === "wasm") return { [kind]: bytes.buffer };
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  return { [kind]: kind === "json" ? JSON.parse(text) : text };
}

async function validate(env, id) {
  try {
    const script = await code(env, id);
    const main = "./" + script.mainModule;
    script.modules[PROBE] = { js: "import * as main from " + JSON.stringify(main) + ";\\n" + probe };
    const worker = env.LOADER.load({ ...script, mainModule: PROBE });
    return await worker.getEntrypoint().fetch("http://probe/");
  } catch (error) {
    return Response.json({ error: String(error.message) });
  }
}

const probe = String.raw\`
const EVENTS = ["fetch", "scheduled", "queue", "email", "tail", "tailStream", "trace", "connect", "test"];
function handlers(value) {
  const object = typeof value === "function" ? value.prototype : value;
  if (object === null || typeof object !== "object") return [];
  return EVENTS.filter((event) => typeof object[event] === "function");
}
export default {
  fetch() {
    const named = Object.keys(main).filter((name) => name !== "default").map((name) => {
      const value = main[name];
      return { name, handlers: typeof value === "function" && value.prototype ? ["class"] : handlers(value) };
    });
    return Response.json({ handlers: handlers(main.default), named: named.filter((one) => one.handlers.length > 0) });
  },
};\`;

const target = (env, id, ctx) => {
  const tails = id.endsWith("${TAILED}") ? [ctx.exports.Tail({ props: { script: id.split("/")[0] } })] : [];
  return env.LOADER.get(id, async () => ({ ...(await code(env, id)), tails })).getEntrypoint();
};

export default { fetch: (request, env, ctx) => route(request, env, ctx, target, { validate }) };
`;
