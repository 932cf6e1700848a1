/** The words of `docs/performance.md` that no run can find out. */
export const ABOUT = {
  figures: `How they are measured: the real engine and CLI, a sandbox in a process of its own, the program as \`Pulumi.yaml\` has it started.
The two provider plugins are stand-ins that serve from the bench's own process: the real ones are Go programs whose start is not in
these figures. The language host is the stand-in, a start of Node in every command of both sides. The program that declares nothing is what
\`pulumi new javascript\` makes, without any option; one in TypeScript, which \`pulumi new typescript\` makes, would be compiled by
ts-node at each run and be slower still. The engine is 3.259; its share of a command can't be changed here.

How the program's TypeScript is loaded was measured for \`programLoad\`'s run: compiled beforehand it is no faster (\`typeStripping\`), and by
the fastest loader, tsx 4.23.15 (by hand, 2026-11-25, nine runs in turn), it takes 1.7 times as long.

The aim for \`preview200Workers\` was 3 ×, and is not reached. \`preview200Floor\` shows why: 200 scripts and their subdomain settings declared
directly, loaded in our way and with nothing else in the program, are already more than that, since a command for one Worker has become
so short. The engine takes registrations one after the other, asks the provider twice about each, and writes all of it, packed
and encrypted, into its own log, which can't be switched off and was 40 % of its processor time in a profile; the stand-in for the
provider is busy for a tenth of a preview. What this project adds to that floor is its reads of each Worker before anything is registered, the note of
a Worker's names (a tenth of the preview when left out, by hand) and the components. A larger young generation for Node's collector
(16 or 64 MB) changed nothing, by hand, five runs in turn. The way in which such a program is usually run takes longer than ours, although it
checks nothing (\`preview200VsBare\`).`,

  growth: `Memory is the largest resident size seen, every 20 ms, in MB, in a run of its own. Each size is a project of its own; requests are those to both
services for one no-change preview.`,

  calls: `Of a command that changes nothing, four requests are the program's own (the stored definition, the account's subdomain,
what each Worker has and who deployed it); they run beside each other, while the modules that register resources are loaded. The rest is the
engine's: its login, the stack, the Environment that the stack's config imports, and the update's own records.
\`tests/stack/program-load.test.ts\` holds the four.`,

  profile: `What a profile of the program showed, and what was done about it:

| what | share of the program's processor time before | now |
| --- | --- | --- |
| \`source-map-support\`, which \`@pulumi/pulumi/cmd/run\` registers: the SDK notes a stack with every promise, and each is mapped to the SDK's own TypeScript | about a third, its garbage included | not loaded: types are stripped in place, nothing needs a map |
| a stack noted with every promise | a quarter, with 200 Workers | not noted but with \`PULUMI_DEBUG_PROMISE_LEAKS\` |
| debug messages of the SDK, a call to the engine for each step of a registration | a sixth, with 200 Workers | kept back ([leaks.md](leaks.md)) |
| the debugger, which the SDK switches on to know the files of functions (\`v8Hooks\`) | about a tenth | switched on when a function is to be turned into text |
| npm's tree reader and the TypeScript compiler (\`runtime/closure\`), the Automation API, exporters of traces: 1,100 of 1,619 modules | most of the load | loaded at their first use |
| compiling modules and stripping types | half of what is left | Node's compile cache, in a folder of the user's own |
| esbuild and its process | a tenth | bundles are kept by the content they were made of |

What is left lies elsewhere. In the SDK: gRPC (65 modules), OpenTelemetry's API (44), semver (47), and with 200 Workers the making and
reading of its messages. In Node: its own start. In the engine: opening the Environment, which comes before the program
starts, its own log, and writing the update's records. In workerd: the start of its process, which is most of
\`sandboxReady\`'s reference. In the sandbox, each write is on disk before its answer: a third of its processor time is SQLite's commit.
Sealing with a prepared key made that of an engine's events a third of what it was.

The caches are in \`$XDG_CACHE_HOME/worker-secrets\` (by default \`~/.cache/worker-secrets\`; where that can't be written, in a folder of
the user's own below the temporary one): \`compiled\` for Node, \`bundles\` for Workers' code. Folders are 0700; one that others
may write to, or a link, is not used. They hold code, never a value. Delete them at any time.`,
} as const;
