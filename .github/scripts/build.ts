/**
 * Builds dist/: one small entry per action, named shared chunks, code with its names and lines, the same bytes on every machine.
 * With `--check` it writes nothing and fails when dist/ is not what the sources build to.
 */
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import { rolldown } from "rolldown";
import { minifySync } from "rolldown/experimental";
import { parseAst } from "rolldown/parseAst";

const root = path.resolve(import.meta.dirname, "../..");
const check = process.argv.includes("--check");
const out = check ? mkdtempSync(path.join(os.tmpdir(), "sluice-dist-")) : path.join(root, "dist");
const standIns = path.join(root, ".github/scripts/stand-ins");
const require = createRequire(import.meta.url);

const actions = readdirSync(path.join(root, "src/actions")).map((file) => path.basename(file, ".ts"));

/** The entry of an action is three lines, the same for all but the name. */
const entry = (name: string) =>
  `import action from "../actions/${name}.ts";\nimport { main } from "../runner/main.ts";\nawait main(action);\n`;
const prefix = "sluice-entry:";
const worker = "wasm-dump-worker";

/** Shared chunks by what they hold, so that a reader of dist/ finds the code by name. */
const groups = [
  { name: "zod", test: /node_modules[\\/]zod[\\/]|stand-ins[\\/]zod-/ },
  { name: "yaml", test: /node_modules[\\/]yaml[\\/]/ },
  {
    name: "postgres",
    test: /node_modules[\\/](pg|pg-[a-z0-9-]+|pgpass|postgres-[a-z0-9-]+|split2|xtend)[\\/]|stand-ins[\\/]pg/,
  },
  { name: "age", test: /node_modules[\\/](age-encryption|@noble|@scure)[\\/]|stand-ins[\\/]noble-/ },
  { name: "wasm-dump", test: /node_modules[\\/]@electric-sql[\\/]/ },
  {
    name: "octokit",
    test: /node_modules[\\/](@octokit|universal-user-agent|before-after-hook|fast-content-type-parse|json-with-bigint|bottleneck)[\\/]|stand-ins[\\/]actions-github/,
  },
  // What every action loads stands in few files: each file of its own costs a look-up at every start.
  {
    name: "words",
    test: /src[\\/](duration|exit-code|failure|near-name|plain-text|problem|quantity|secret-forms|secret-shape|source-text|verdict)\.ts$/,
  },
  {
    name: "runbook-keys",
    test: /src[\\/](expectation|field|flag|freeze|approval|limit|limit-levels|plan|resolve-references|sha256|target-shifts|watch-spec|written-runbook)\.ts$/,
  },
  {
    name: "release",
    test: /src[\\/](record|release|advance|notify|notifier|variables|runbook-hash)\.ts$|src[\\/](record|release|advance)[\\/]|src[\\/]record-store[\\/](github-ref|journal-commit|record-ref|witnessed)\.ts$/,
  },
  { name: "actions-toolkit", test: /node_modules[\\/]@actions[\\/]|stand-ins[\\/](?!actions-github|noble|pg|zod)/ },
];

/** Chunks of other people's code: nobody reads them here, so they lose their names and all layout. */
const vendored = new Set(["zod", "yaml", "postgres", "age", "octokit", "actions-toolkit"]);

/**
 * No chunk keeps its comments, nor what is never called: comments stand in the sources, and every action would load them.
 * The names and the lines of our own all stay; what they are indented by does not.
 */
function withoutComments(name: string, code: string, modules: readonly string[]): string {
  const isVendored = vendored.has(name);
  const { code: shorter, errors } = minifySync(`${name}.js`, isVendored ? code : withoutUnaskedWords(code), {
    module: true,
    compress: true,
    mangle: isVendored,
    codegen: { removeWhitespace: isVendored },
  });
  if (errors.length > 0) throw new Error(`The chunk ${name} cannot be read: ${errors[0]?.message}`);
  // Importing a part of Node for nothing but its effects has none, and costs the time to load it.
  const bare = isVendored ? shorter.replace(/(?<=^|[;\n])import"[a-z_]+";/g, "") : withoutIndentation(name, shorter);
  return [...packagesOf(modules).map((found) => `// node_modules/${found}/\n`), bare].join("");
}

/**
 * What a key that may be left out is for is asked by editors and by the generated tables, which read the sources; an
 * action explains only a key that is missing. `x.optional().meta({ description: "..." })` becomes `x.optional()`.
 */
function withoutUnaskedWords(code: string): string {
  const cuts: { readonly from: number; readonly to: number }[] = [];
  const visit = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    const node = value as Call;
    if (node.type === "CallExpression" && isCallOf(node, "meta") && isDescriptionOnly(node.arguments)) {
      const inner = node.callee.object;
      const mayBeLeftOut = ["optional", "default", "prefault"].some((method) => isCallOf(inner, method));
      if (inner !== undefined && mayBeLeftOut) cuts.push({ from: inner.end, to: node.end });
    }
    for (const part of Object.values(value)) visit(part);
  };
  visit(parseAst(code));
  return cuts
    .toSorted((a, b) => b.from - a.from)
    .reduce((text, { from, to }) => text.slice(0, from) + text.slice(to), code);
}

/** As much of the tree of a program as is looked at. */
interface Call {
  readonly type: string;
  readonly end: number;
  readonly callee: { readonly object?: Call; readonly property?: { readonly name?: string } };
  readonly arguments: readonly { readonly properties?: readonly { readonly key?: { readonly name?: string } }[] }[];
}

const isCallOf = (node: Call | undefined, method: string): boolean =>
  node?.type === "CallExpression" && node.callee.property?.name === method;

const isDescriptionOnly = ([first, second]: Call["arguments"]): boolean =>
  second === undefined && first?.properties?.length === 1 && first.properties[0]?.key?.name === "description";

/** Fails where a line of a text begins with a tab, for there it is no indentation. */
function withoutIndentation(name: string, code: string): string {
  const flat = code.replace(/^\t+/gm, "");
  const meaning = (text: string) =>
    minifySync(`${name}.js`, text, { module: true, compress: false, mangle: false }).code;
  if (meaning(flat) !== meaning(code))
    throw new Error(`A text in the chunk ${name} has a line that begins with a tab.`);
  return flat;
}

const isClassicZod = (id: string) => /[\\/]zod[\\/]v4[\\/]classic[\\/]schemas\.js$/.test(id);

/** Every schema of zod knows how to become JSON Schema, which only editors and tables want: they read the sources. */
function withoutProcessors(code: string): string {
  const kept = code.replace(/^ *inst\._zod\.processJSONSchema = .*;\n/gm, "");
  if (kept.includes("processJSONSchema") || kept === code) throw new Error("zod names its JSON schemas otherwise now.");
  return kept;
}

const isEndpointTable = (id: string) => /plugin-rest-endpoint-methods[\\/].*generated[\\/]endpoints\.js$/.test(id);

/** Octokit's table of all of GitHub's REST endpoints, 95 KB, less those that no source of ours names. */
async function withUsedEndpoints(id: string): Promise<string> {
  const sources = readdirSync(path.join(root, "src"), { recursive: true, encoding: "utf8" });
  const text = sources
    .filter((file) => file.endsWith(".ts"))
    .map((file) => readFileSync(path.join(root, "src", file), "utf8"))
    .join("\n");
  const used = [...text.matchAll(/\.rest\.(\w+)\.(\w+)\(/g)].map(([, scope = "", method = ""]) => ({ scope, method }));
  const { default: table }: { default: Readonly<Record<string, Readonly<Record<string, unknown>>>> } = await import(id);
  const kept: Record<string, Record<string, unknown>> = {};
  for (const { scope, method } of used) {
    const endpoint = table[scope]?.[method];
    if (endpoint === undefined) throw new Error(`Octokit has no endpoint ${scope}.${method}.`);
    kept[scope] = { ...kept[scope], [method]: endpoint };
  }
  return `export default ${JSON.stringify(kept, undefined, 2)};\n`;
}

const bundle = await rolldown({
  input: {
    ...Object.fromEntries(actions.map((name) => [name, `${prefix}${name}`])),
    [worker]: path.join(root, "src/migration", `${worker}.ts`),
  },
  cwd: root,
  platform: "node",
  preserveEntrySignatures: false,
  external: ["pg-native", "libpg-query"],
  resolve: {
    alias: {
      "@actions/http-client/lib/auth": path.join(standIns, "http-client-auth.ts"),
      "@actions/http-client": path.join(standIns, "http-client.ts"),
      "@actions/github": path.join(standIns, "actions-github.ts"),
      // As a whole name: the stand-in itself imports what is below it.
      pg$: path.join(standIns, "pg.ts"),
      "pg-cloudflare": path.join(standIns, "pg-cloudflare.ts"),
      pgpass: path.join(standIns, "pgpass.cjs"),
      "./cert-signatures": path.join(standIns, "pg-unused.cjs"),
      "./lib/binaryParsers": path.join(standIns, "pg-unused.cjs"),
      "@noble/post-quantum/hybrid.js": path.join(standIns, "noble-other-curves.ts"),
      "@noble/curves/nist.js": path.join(standIns, "noble-other-curves.ts"),
      "@noble/ciphers/chacha.js": path.join(standIns, "noble-by-node.ts"),
      "@noble/curves/ed25519.js": path.join(standIns, "noble-by-node.ts"),
      "@noble/hashes/scrypt.js": path.join(standIns, "noble-by-node.ts"),
      // The same code as modules, of which only what is used is taken; the package's entry for Node is one piece.
      yaml: path.join(root, "node_modules/yaml/browser/dist/index.js"),
    },
  },
  plugins: [
    {
      name: "action-entries",
      resolveId: (id) =>
        id.startsWith(prefix) ? path.join(root, "src/entries", `${id.slice(prefix.length)}.ts`) : null,
      load: (id) =>
        path.dirname(id) === path.join(root, "src/entries")
          ? { code: entry(path.basename(id, ".ts")), moduleType: "ts" }
          : null,
    },
    {
      name: "late-builtins",
      resolveId: (id, importer) =>
        (id === "crypto" || id === "fs") && /[\\/]@actions[\\/]/.test(importer ?? "")
          ? path.join(standIns, `${id}.ts`)
          : null,
    },
    {
      name: "used-endpoints",
      load: async (id) => (isEndpointTable(id) ? { code: await withUsedEndpoints(id), map: null } : null),
    },
    {
      name: "without-json-schema",
      resolveId: (id, importer) =>
        isClassicZod(importer ?? "") && id === "../core/to-json-schema.js"
          ? path.join(standIns, "zod-to-json-schema.ts")
          : null,
      transform: (code, id) => (isClassicZod(id) ? { code: withoutProcessors(code), map: null } : null),
    },
    {
      name: "without-comments",
      renderChunk: (code, { name, moduleIds }) => ({ code: withoutComments(name, code, moduleIds), map: null }),
    },
  ],
  onLog(level, log, report) {
    if (log.code !== "EVAL" && log.code !== "CIRCULAR_DEPENDENCY") report(level, log);
  },
});

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
const { output } = await bundle.write({
  dir: out,
  format: "esm",
  minify: false,
  sourcemap: false,
  // The worker is started from a chunk, which looks for it beside itself.
  entryFileNames: ({ name }) => (name === worker ? "chunks/[name].js" : "[name].js"),
  chunkFileNames: "chunks/[name].js",
  assetFileNames: "[name][extname]",
  paths: { "libpg-query": "./libpg-query/index.cjs" },
  // Without this a group would swallow our own files that its packages import, and every action would load it.
  codeSplitting: { groups, includeDependenciesRecursively: false },
});
await bundle.close();

copyFileSync(
  path.join(path.dirname(require.resolve("@electric-sql/pglite-tools/pg_dump")), "pg_dump.wasm"),
  path.join(out, "chunks/pg_dump.wasm"),
);
const parser = path.join(out, "chunks/libpg-query");
mkdirSync(parser);
const parserFrom = path.dirname(require.resolve("libpg-query"));
for (const file of ["libpg-query.js", "libpg-query.wasm"])
  copyFileSync(path.join(parserFrom, file), path.join(parser, file));
// Who uses an action has no node_modules: the package that it hands on besides holds nothing but types.
const typesOnly = '__exportStar(require("@pgsql/types"), exports);\n';
const parserEntry = readFileSync(path.join(parserFrom, "index.cjs"), "utf8");
if (!parserEntry.includes(typesOnly)) throw new Error("libpg-query hands its types on in another way than before.");
writeFileSync(path.join(parser, "index.cjs"), parserEntry.replace(typesOnly, ""));
writeFileSync(path.join(parser, "package.json"), '{ "type": "commonjs" }\n');
writeFileSync(path.join(out, "package.json"), '{ "type": "module" }\n');
const modules = [
  ...output.flatMap((file) => (file.type === "chunk" ? file.moduleIds : [])),
  require.resolve("libpg-query"),
];
writeFileSync(path.join(out, "licenses.txt"), licenses(modules));

if (check) compare();

/** Fails when dist/ is not, byte for byte, what the sources build to. */
function compare(): void {
  const committed = path.join(root, "dist");
  const files = new Set([...filesIn(out), ...filesIn(committed)]);
  const different = [...files].filter((file) => !sameBytes(path.join(out, file), path.join(committed, file)));
  rmSync(out, { recursive: true, force: true });
  if (different.length === 0) return;
  process.stderr.write(
    `dist/ is not what the sources build to: ${different.join(", ")}. Run \`npm run build\` and commit dist/.\n`,
  );
  process.exitCode = 1;
}

function filesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)));
}

function sameBytes(a: string, b: string): boolean {
  try {
    return readFileSync(a).equals(readFileSync(b));
  } catch {
    return false;
  }
}

/** Names of the packages that files belong to, sorted. */
function packagesOf(modules: readonly string[]): readonly string[] {
  const names = modules.flatMap(
    (file) => /node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)/.exec(file)?.[1]?.replaceAll("\\", "/") ?? [],
  );
  return [...new Set(names)].sort();
}

/** The licence texts of every package whose code is in a chunk. */
function licenses(modules: readonly string[]): string {
  const texts = packagesOf(modules).map((name) => {
    const folder = path.join(root, "node_modules", name);
    const file = readdirSync(folder).find((candidate) => /^licen[cs]e/i.test(candidate));
    const declared: { license?: string; version?: string } = JSON.parse(
      readFileSync(path.join(folder, "package.json"), "utf8"),
    );
    return `${name} ${declared.version} (${declared.license})\n\n${file === undefined ? "" : readFileSync(path.join(folder, file), "utf8").trim()}\n`;
  });
  return texts.join(`\n${"-".repeat(80)}\n`);
}
