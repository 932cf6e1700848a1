import { ROUTING } from "../router.ts";
import { QUEUES } from "./queue.ts";

/** The name of the router among the bound Workers: no script can have it. */
export const ROUTER_NAME = ":router";

/**
 * The Worker in front of all bound ones. `env` has each version under `<script>/<version>`, and what only it may reach
 * of a script under `events <script>`. Its classes are what bindings lead to that workerd has nothing of its own for.
 */
export const BOUND_ROUTER = /* js */ `
import { DurableObject, WorkerEntrypoint } from "cloudflare:workers";
${ROUTING}
${QUEUES}
/** A secret of a Secrets Store. The value stays with the sandbox, sealed, until the Worker asks. */
export class StoreSecret extends WorkerEntrypoint {
  async get() {
    const answer = await ask(this.env, "secret/" + encodeURIComponent(this.ctx.props.id));
    if (!answer.ok) throw new Error(await answer.text());
    return answer.text();
  }
}

/** A binding that leads nowhere: whatever is asked of it fails with the reason. */
export class Absent extends WorkerEntrypoint {
  fetch() {
    return new Response(this.ctx.props.message + "\\n", { status: 501, headers: { "content-type": "text/plain; charset=UTF-8" } });
  }
}
Object.setPrototypeOf(
  Absent.prototype,
  new Proxy(WorkerEntrypoint.prototype, {
    get(target, name, receiver) {
      if (typeof name !== "string" || name in target) return Reflect.get(target, name, receiver);
      return () => {
        throw new Error(receiver.ctx.props.message);
      };
    },
  }),
);

const target = (env, id) => {
  const found = env[id];
  if (found === undefined) throw new Error("the Worker " + id + " could not be started; the sandbox's log says why");
  return found;
};

export default { fetch: (request, env, ctx) => route(request, env, ctx, target, { queue, wake }) };
`;
