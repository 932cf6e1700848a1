import type { Project } from "./project.ts";

const NODE = { compatibility_flags: ["nodejs_compat"] };

/** Well-known packages from npm, with what they ask of a bundler. */
export const libraries: readonly Project[] = [
  {
    name: "hono-router",
    config: { main: "src/index.ts" },
    files: {
      "src/index.ts":
        "import { Hono } from 'hono';\nconst app = new Hono();\napp.get('/', (c) => c.text('hono'));\napp.get('/who/:name', (c) => c.json({ name: c.req.param('name') }));\nexport default app;",
    },
    paths: ["/", "/who/ada", "/none"],
    answers: "hono",
  },
  {
    name: "hono-jsx",
    config: { main: "src/index.tsx" },
    files: {
      "tsconfig.json": JSON.stringify({ compilerOptions: { jsx: "react-jsx", jsxImportSource: "hono/jsx" } }),
      "src/index.tsx":
        "import { Hono } from 'hono';\nconst Page = ({ name }: { name: string }) => <html><body><h1>Hello {name}</h1></body></html>;\nconst app = new Hono();\napp.get('/', (c) => c.html(<Page name='hono' />));\nexport default app;",
    },
    answers: "<h1>Hello hono</h1>",
  },
  {
    name: "itty-router",
    config: { main: "index.js" },
    files: {
      "index.js":
        "import { AutoRouter } from 'itty-router';\nconst router = AutoRouter();\nrouter.get('/', () => 'itty').get('/json', () => ({ a: 1 }));\nexport default router;",
    },
    paths: ["/", "/json", "/none"],
    answers: "itty",
  },
  {
    name: "react-server",
    config: { main: "index.jsx" },
    files: {
      "tsconfig.json": JSON.stringify({ compilerOptions: { jsx: "react-jsx", allowJs: true } }),
      "index.jsx":
        "import { renderToString } from 'react-dom/server';\nexport default { fetch: () => new Response(renderToString(<i>react</i>)) };",
    },
    answers: "<i>react</i>",
  },
  {
    name: "postgres-client",
    config: { main: "index.js", ...NODE },
    files: {
      "index.js":
        "import pg from 'pg';\nexport default { fetch: () => new Response(pg.escapeIdentifier('a\"b') + typeof pg.Client) };",
    },
    answers: '"a""b"function',
  },
  {
    name: "s3-client",
    config: { main: "index.js", ...NODE },
    files: {
      "index.js":
        "import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';\nconst client = new S3Client({ region: 'auto', endpoint: 'https://store.example', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } });\nexport default { fetch: async () => new Response(await client.config.region() + new GetObjectCommand({ Bucket: 'b', Key: 'k' }).input.Key) };",
    },
    answers: "autok",
  },
  {
    name: "mongodb-client",
    config: { main: "index.js", ...NODE },
    files: {
      "index.js":
        "import { ObjectId } from 'mongodb';\nexport default { fetch: () => new Response(new ObjectId('0123456789abcdef01234567').toHexString()) };",
    },
    answers: "0123456789abcdef01234567",
  },
];
