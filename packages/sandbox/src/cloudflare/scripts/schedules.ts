import * as v from "valibot";
import type { ApiRequest, Route } from "../../http/route.ts";
import { fault, success } from "../envelope.ts";
import type { CloudflareContext } from "../model.ts";
import { isCron } from "./cron.ts";
import { checked } from "./form.ts";
import { publish, requireScript } from "./state.ts";
import { schedules } from "./triggers.ts";
import { inTurn } from "./turn.ts";

const Schedules = v.array(v.object({ cron: v.string() }));

/** On the paid plan; the free one has 5 for the whole account. */
const MAX_CRONS = 250;

function get(request: ApiRequest, context: CloudflareContext): Response {
  const { account, id } = requireScript(context, request.param("account"), request.param("script"));
  return success({ schedules: context.store.get(schedules, [account, id]) ?? [] });
}

/** All of a script's cron triggers at once: those that are not sent are gone. */
async function put(request: ApiRequest, context: CloudflareContext): Promise<Response> {
  const sent = checked(Schedules, await request.json(), "schedules").map(({ cron }) => cron.trim());
  const name = request.param("script");
  return inTurn(context, name, () => {
    const script = requireScript(context, request.param("account"), name);
    const { account, id } = script;
    for (const cron of sent) if (!isCron(cron)) throw fault(400, 10100, `invalid cron string: ${cron}`);
    const twice = sent.find((cron, at) => sent.indexOf(cron) !== at);
    if (twice !== undefined) throw fault(400, 10100, `duplicate cron found: ${twice}`);
    const { store } = context;
    const others = store.list(schedules, [account]).filter(({ key }) => key[1] !== id);
    const count = others.reduce((sum, { record }) => sum + record.length, sent.length);
    if (count > MAX_CRONS) {
      // The code is known for a full account; the words are not.
      throw fault(400, 10072, `Too many cron triggers: ${count}, at most ${MAX_CRONS} are allowed`);
    }
    const now = context.now().toISOString();
    const before = new Map((store.get(schedules, [account, id]) ?? []).map((one) => [one.cron, one]));
    const changed = sent.map((cron) => before.get(cron) ?? { cron, created_on: now, modified_on: now });
    store.put(schedules, [account, id], changed);
    publish(context, script);
    return success({ schedules: changed });
  });
}

const SCHEDULES = "/client/v4/accounts/:account/workers/scripts/:script/schedules";

export const scheduleRoutes: readonly Route<CloudflareContext>[] = [
  { method: "GET", path: SCHEDULES, operation: "WorkersScriptsSchedulesGet", handle: get },
  { method: "PUT", path: SCHEDULES, operation: "WorkersScriptsSchedulesUpdate", handle: put },
];
