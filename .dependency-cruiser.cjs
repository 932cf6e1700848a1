/**
 * Which folder may import which. `npm run lint` checks it, type-only imports included: they decide what a reader has to know
 * before a module makes sense.
 */
const SRC = "^packages/worker-secrets/src";

/** One arrow that must not be there. `from` and `to` are regular expressions over paths; `except` is left out of `to`. */
const no = (name, from, to, except) => ({
  name,
  severity: "error",
  from: { path: from },
  to: { path: to, ...(except === undefined ? {} : { pathNot: except }) },
});

/** The grammar of ESC is recursive: values hold terms, and terms hold values. */
const RECURSIVE =
  "^packages/esc/src/(terms|values|layers|parse-call|parse-expression|resolve|evaluate-term|imports|evaluate-document|export-call|export-term)[.]ts$";

module.exports = {
  forbidden: [
    {
      name: "no-circular",
      severity: "error",
      from: { path: "^packages/", pathNot: RECURSIVE },
      to: { circular: true },
    },

    // Between packages.
    no("esc-imports-no-package", "^packages/esc/src", "^packages/(?!esc/)"),
    no("create-imports-no-package", "^packages/create/src", "^packages/(?!create/)"),
    no("sandbox-imports-only-esc", "^packages/sandbox/src", "^packages/(?!sandbox/|esc/)"),
    no("only-commands-use-other-packages", `${SRC}/(?!cli/)`, "^packages/(?!worker-secrets/)"),
    no(
      "sources-import-no-repository",
      "^packages/[^/]+/src",
      "^(tests|tools|worker|packages/[^/]+/tests)/|^index[.]ts$",
    ),
    {
      name: "other-packages-by-name",
      comment: "A published package has no neighbour folders.",
      severity: "error",
      from: { path: "^packages/([^/]+)/src" },
      to: { path: "^packages/", pathNot: "^packages/$1/", dependencyTypes: ["local"] },
    },

    // Inside worker-secrets: api <- compile <- program <- cli; what lies at the top of src imports none of them.
    no("base-imports-no-folder", `${SRC}/[^/]+$`, `${SRC}/[^/]+/`),
    no("preload-imports-nothing-else", `${SRC}/preload/`, "^packages/", `${SRC}/preload/`),
    no("api-below-compile", `${SRC}/api/`, `${SRC}/(compile|program|policy|cli)/`),
    no("compile-below-program", `${SRC}/compile/`, `${SRC}/(program|policy|cli)/`),
    no("program-below-cli", `${SRC}/program/`, `${SRC}/(policy|cli)/`),
    no("policy-uses-the-program", `${SRC}/policy/`, `${SRC}/(api|preload|cli)/`),

    // Inside cli: terminal <- project <- engine <- commands and ci, which don't know each other.
    no("terminal-below-project", `${SRC}/cli/terminal/`, `${SRC}/cli/(project|engine|commands|ci)/`),
    no("project-below-engine", `${SRC}/cli/project/`, `${SRC}/cli/(engine|commands|ci)/`),
    no("engine-below-commands", `${SRC}/cli/engine/`, `${SRC}/cli/(commands|ci)/`),
    no("ci-imports-no-command", `${SRC}/cli/ci/`, `${SRC}/cli/commands/`),
    no("testing-beside-commands", `${SRC}/cli/testing/`, `${SRC}/cli/(commands|ci)/`),
    no("commands-import-no-ci", `${SRC}/cli/commands/`, `${SRC}/cli/ci/`),
    no(
      "no-command-imports-another",
      `${SRC}/cli/commands/([^/]+)/`,
      `${SRC}/cli/commands/`,
      `${SRC}/cli/commands/$1/`,
    ),

    {
      name: "no-unresolvable",
      severity: "error",
      from: { path: "^packages/" },
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["types", "import", "node", "default"],
    },
  },
};
