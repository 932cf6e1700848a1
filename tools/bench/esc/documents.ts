/** A document to evaluate with what it imports. */
export interface Work {
  readonly text: string;
  readonly environments: Readonly<Record<string, string>>;
}

/** What a project has: its own settings over a shared environment and two with credentials. */
export function typical(): Work {
  return {
    text: `imports:
  - shared/base
  - app/cloud
  - app/secrets
values:
  app:
    name: shop
    url: https://\${app.name}.\${domain}:\${ports.http}
    replicas: 3
    tags: [web, "\${region}", {fn::join: ["-", [shop, "\${stage}"]]}]
  config:
    fn::toJSON: {url: "\${app.url}", level: "\${log.level}", tags: "\${app.tags}"}
  log: {level: debug}
  environmentVariables:
    APP_URL: \${app.url}
    APP_CONFIG: \${config}
    CLOUD_TOKEN: \${cloud.token}
    DB_PASSWORD: \${secrets.database}
  pulumiConfig:
    shop:replicas: \${app.replicas}
    cloud:token: \${cloud.token}
  files:
    KEY_FILE: \${secrets.key}
`,
    environments: {
      "shared/base":
        "values:\n  domain: example.com\n  region: eu-west-1\n  stage: dev\n  ports: {http: 80, https: 443}\n  log: {level: info, format: json}\n",
      "app/cloud":
        "imports: [shared/base]\nvalues:\n  cloud:\n    account: '1234'\n    token: {fn::secret: token-value}\n    host: api.${domain}\n",
      "app/secrets":
        "values:\n  secrets:\n    database: {fn::secret: {ciphertext: ZXNjeAAAAAHo9e705fKyKo30VQ==}}\n    key:\n      fn::secret: |\n        first line\n        second line\n  encoded: {fn::toBase64: '${secrets.database}'}\n",
    },
  };
}

/** A document with that many keys, one in four a reference and one in ten a secret. */
export function manyKeys(count: number): Work {
  const line = (i: number) => {
    if (i % 10 === 5) return `  k${i}: {fn::secret: value ${i}}\n`;
    return i % 4 === 3 ? `  k${i}: x\${k${i - 1}}\n` : `  k${i}: value ${i}\n`;
  };
  return { text: `values:\n${Array.from({ length: count }, (_, i) => line(i)).join("")}`, environments: {} };
}

/** A document with that many imports of ten keys, none of which is in another one. */
export function manyImports(count: number): Work {
  const names = Array.from({ length: count }, (_, i) => `e${i}`);
  const keys = (name: string) => Array.from({ length: 10 }, (_, i) => `  ${name}_${i}: value\n`).join("");
  return {
    text: `imports:\n${names.map((name) => `  - ${name}\n`).join("")}values:\n  last: \${e${count - 1}_9}\n`,
    environments: Object.fromEntries(names.map((name) => [name, `values:\n${keys(name)}`])),
  };
}
