import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const program = join(import.meta.dirname, "../../src/cli/commands/esc/main.ts");
const canary = "canary-7d1f";

describe("the esc command", () => {
  const folder = mkdtempSync(join(tmpdir(), "esc-command-"));
  after(() => rmSync(folder, { recursive: true, force: true }));

  const esc = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
      cwd: folder,
      encoding: "utf8",
    });
    return { status, stdout, stderr };
  };
  const write = (name: string, text: string) => {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
    return name;
  };

  before(() => {
    write("envs/p/shared.yaml", `values:\n  token: {fn::secret: ${canary}}\n  port: 80\n`);
    write("envs/default/plain.yaml", "values: {plain: true}\n");
    write("envs/near.yaml", "values: {near: yes}\n");
    write("main.yaml", "imports: [p/shared, plain, near]\nvalues:\n  url: http://x:${port}/${token}\n");
  });

  it("evaluates a file with its imports, secrets redacted", () => {
    const { status, stdout, stderr } = esc("eval", "main.yaml", "--env-dir", "envs");
    assert.deepEqual({ status, stderr }, { status: 0, stderr: "" });
    assert.deepEqual(JSON.parse(stdout), {
      near: "yes",
      plain: true,
      port: 80,
      token: "[secret]",
      url: "[secret]",
    });
    assert.equal(stdout.includes(canary), false);
  });

  it("shows secrets when asked to", () => {
    const { stdout } = esc("eval", "main.yaml", "--env-dir", "envs", "--show-secrets");
    assert.equal(JSON.parse(stdout).url, `http://x:80/${canary}`);
  });

  it("prints the API's JSON", () => {
    const { status, stdout } = esc("check", "envs/near.yaml", "--json");
    const environment = JSON.parse(stdout);
    assert.equal(status, 0);
    assert.deepEqual(Object.keys(environment), ["exprs", "properties", "schema", "executionContext"]);
    assert.equal(environment.properties.near.trace.def.environment, "near");
  });

  it("shows no secret in the API's JSON, wherever it may be, unless asked to", () => {
    const other = "canary-base-93";
    write(
      "envs/p/base.yaml",
      `values:\n  token: {fn::secret: ${other}}\n  list: {fn::secret: '${other}-2'}\n`,
    );
    write(
      "clear.yaml",
      `imports: [p/base]\nvalues:\n  token: {fn::secret: ${canary}}\n  list: ["\${token}", "x\${token}"]\n` +
        `  json: {fn::fromJSON: {fn::secret: '{"k": ["${canary}-3"]}'}}\n  deep: {fn::toJSON: {a: "\${json.k[0]}"}}\n  open: shown\n`,
    );
    for (const command of ["check", "eval"]) {
      const { status, stdout } = esc(command, "clear.yaml", "--env-dir", "envs", "--json");
      assert.equal(status, 0);
      assert.equal(/canary/.test(stdout), false, stdout);
      const { properties, exprs, schema } = JSON.parse(stdout);
      assert.deepEqual([properties.token.value, properties.token.secret], ["[secret]", true]);
      assert.equal(properties.open.value, "shown");
      assert.equal(exprs.token.builtin.arg.literal, "[secret]");
      assert.deepEqual(schema.properties.open, { type: "string", const: "shown" });
      const shown = esc(command, "clear.yaml", "--env-dir", "envs", "--json", "--show-secrets").stdout;
      assert.equal(JSON.parse(shown).properties.token.value, canary);
    }
  });

  it("says where a file is no YAML", () => {
    write("broken.yaml", "values:\n  a: [1,\n  b: {c: 1}\n");
    const { status, stderr } = esc("check", "broken.yaml");
    assert.equal(status, 1);
    assert.match(
      stderr,
      /^broken\.yaml:2:6: error: yaml: line 1: did not find expected ',' or '\]'\n {6}a: \[1,/,
    );
  });

  it("says where a fault is, in the file that has it, and ends with 1", () => {
    write("envs/p/faulty.yaml", "values:\n  é: ${missing.x}\n");
    write("uses.yaml", "imports:\n  - p/faulty\nvalues:\n  a: {fn::join: 1}\n");
    const { status, stdout, stderr } = esc("eval", "uses.yaml", "--env-dir", "envs");
    assert.equal(status, 1);
    assert.equal(stdout, "");
    assert.deepEqual(stderr.trimEnd().split("\n"), [
      "uses.yaml:4:17: error: the argument to fn::join must be a two-valued list",
      "      a: {fn::join: 1}",
      "                    ^",
      'envs/p/faulty.yaml:2:8: error: unknown property "missing"',
      "      é: ${missing.x}",
      "           ^^^^^^^",
    ]);
    const { code, diagnostics } = JSON.parse(esc("eval", "uses.yaml", "--env-dir", "envs", "--json").stdout);
    assert.deepEqual([code, diagnostics.length], [400, 2]);
  });

  it("shows no source line that may hold a secret", () => {
    write(
      "secret.yaml",
      `values:\n  a: {fn::secret: ${canary}, b: \${c}}\n  d:\n    fn::secret:\n      ${canary}: 1\n`,
    );
    const { status, stderr } = esc("check", "secret.yaml");
    assert.equal(status, 1);
    assert.match(stderr, /secret\.yaml:\d+:\d+: error/);
    assert.equal(stderr.includes(`    ${canary}`) || stderr.includes(`: ${canary}`), false);
  });

  it("uses the file for every version, and says so", () => {
    write("versions.yaml", "imports: [near@2, near@latest]\n");
    const { status, stdout, stderr } = esc("check", "versions.yaml", "--env-dir", "envs");
    assert.deepEqual([status, JSON.parse(stdout)], [0, { near: "yes" }]);
    assert.equal(stderr, "warning: near@2: files have no versions; the file as it is was used\n");
  });

  it("does not leave the folder", () => {
    write("outside.yaml", `values: {a: ${canary}}\n`);
    symlinkSync(join(folder, "outside.yaml"), join(folder, "envs/link.yaml"));
    for (const name of ["../outside", "..", "p/../../outside", "/etc/passwd", "link", "p/..", "a\\b"]) {
      write("leave.yaml", `imports: ['${name}']\n`);
      const { status, stdout, stderr } = esc("eval", "leave.yaml", "--env-dir", "envs");
      assert.equal(status, 1, name);
      assert.match(stderr, /leave\.yaml:1:11: error: .*(not found|not the name)/);
      assert.equal((stdout + stderr).includes(canary), false);
    }
  });

  it("reports an import of the file itself", () => {
    write("envs/self.yaml", "imports: [self]\n");
    assert.match(esc("check", "envs/self.yaml").stderr, /cyclic import of self/);
  });

  it("ends with 2 for wrong usage", () => {
    for (const args of [
      [],
      ["check"],
      ["open", "main.yaml"],
      ["check", "a", "b"],
      ["check", "main.yaml", "--nope"],
    ])
      assert.equal(esc(...args).status, 2);
    assert.equal(esc("check", "absent.yaml").status, 2);
    assert.equal(esc("check", "main.yaml", "--env-dir", "absent").status, 2);
    assert.match(esc("check").stderr, /Usage: npx worker-secrets esc/);
  });

  it("reads plain files alone, and repeats nothing that it was given", () => {
    execFileSync("mkfifo", [join(folder, `${canary}.fifo`)]);
    mkdirSync(join(folder, `${canary}.folder`));
    write(`${canary}.long`, "#".repeat(5_000_000));
    write("imports-fifo.yaml", `imports: [fifo]\n`);
    execFileSync("mkfifo", [join(folder, "fifo.yaml")]);
    symlinkSync("/dev/zero", join(folder, `${canary}.zero`));
    for (const [args, says] of [
      [[`${canary}.fifo`], /a named pipe/],
      [[`${canary}.folder`], /a folder/],
      [[`${canary}.zero`], /a device/],
      [[`${canary}.long`], /longer than 4 MB/],
      [[`${canary}.absent`], /ENOENT/],
      [["main.yaml", canary], /exactly one FILE/],
      [["main.yaml", "--env-dir", canary], /not a folder/],
      [["main.yaml", `--${canary}=1`], /no option/],
    ] as const) {
      const { status, stdout, stderr } = esc("check", ...args);
      assert.equal(status, 2, stderr);
      assert.match(stderr, says);
      assert.equal(`${stdout}${stderr}`.includes(canary), false, stderr);
    }
    assert.match(esc("check", "imports-fifo.yaml").stderr, /not found/);
  });

  it("says in words that a definition passes a bound", () => {
    const lines = Array.from({ length: 60 }, (_, i) => `  a${i + 1}: {fn::toBase64: "\${a${i}}"}\n`);
    write("chain.yaml", `values:\n  a0: x\n${lines.join("")}`);
    write("anchors.yaml", `values:\n${"  k: &a v\n".repeat(50_000)}`);
    for (const [file, says] of [
      ["chain.yaml", /^chain\.yaml: error: evaluation stopped: .* 8000000 characters of text\n$/],
      ["anchors.yaml", /^anchors\.yaml:\d+:\d+: error: yaml: more than 100000 keys and values\n/],
    ] as const) {
      const { status, stderr } = esc("check", file);
      assert.equal(status, 1);
      assert.match(stderr, says);
    }
  });

  it("explains itself", () => {
    const { status, stdout } = esc("--help");
    assert.equal(status, 0);
    assert.match(stdout, /--env-dir DIR/);
  });
}).timeout(30_000);
