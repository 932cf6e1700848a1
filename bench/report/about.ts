/** The words of `docs/performance.md` that no run can find out. */
export const ABOUT = {
  figures: `How they are measured: the real engine and CLI, a sandbox in a process of its own, the program as \`Pulumi.yaml\` has it started.
The two provider plugins are stand-ins that serve from the bench's own process: the real ones are Go programs whose start is not in
these figures. The language host is the stand-in, a start of Node in every command of both sides. The program that declares nothing is what
\`pulumi new javascript\` makes, without any option; one in TypeScript, which \`pulumi new typescript\` makes, would be compiled by
ts-node at each run and be slower still. The engine is 3.259; its share of a command can't be changed here.`,

  growth: `Memory is the largest resident size seen, every 20 ms, in MB. Each size is a project of its own; requests are those to both
services for one no-change preview.`,

  calls: `Of a command that changes nothing, four requests are the program's own (the stored definition, the account's subdomain,
what each Worker has and who deployed it); they run beside each other, while the modules that register resources are loaded. The rest is the
engine's: its login, the stack, the Environment that the stack's config imports, and the update's own records.
\`tests/stack/program-load.test.ts\` holds the four.`,

  profile: `What a profile of the program showed, and what was done about it:

| what | share of the program's processor time before | now |
| --- | --- | --- |
| \`source-map-support\`, which \`@pulumi/pulumi/cmd/run\` registers: the SDK notes a stack with every promise, and each is mapped to the SDK's own TypeScript | about a third, its garbage included | not loaded: types are stripped in place, nothing needs a map |
| the debugger, which the SDK switches on to know the files of functions (\`v8Hooks\`) | about a tenth | switched on when a function is to be turned into text |
| npm's tree reader and the TypeScript compiler (\`runtime/closure\`), the Automation API, exporters of traces: 1,100 of 1,619 modules | most of the load | loaded at their first use |
| compiling modules and stripping types | half of what is left | Node's compile cache, in a folder of the user's own |
| esbuild and its process | a tenth | bundles are kept by the content they were made of |

What is left lies elsewhere. In the SDK: gRPC (65 modules), OpenTelemetry's API (44), semver (47), a stack noted with every promise
and resource, and a call to the engine for each debug message. In Node: its own start. In the engine: opening the Environment, which
comes before the program starts, and writing the update's records. In workerd: the start of its process, which is most of
\`sandboxReady\`'s reference.

The caches are in \`$XDG_CACHE_HOME/worker-secrets\` (by default \`~/.cache/worker-secrets\`; where that can't be written, in a folder of
the user's own below the temporary one): \`compiled\` for Node, \`bundles\` for Workers' code. Folders are 0700; one that others
may write to, or a link, is not used. They hold code, never a value. Delete them at any time.`,
} as const;
