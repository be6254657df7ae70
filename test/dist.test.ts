import assert from "node:assert/strict";
import { globSync, readFileSync, statSync } from "node:fs";
import { isBuiltin } from "node:module";
import path from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { copyTree } from "./tree-copy.ts";

const root = path.resolve(import.meta.dirname, "..");
const scripts = globSync("dist/**/*.js", { cwd: root });
const read = (file: string) => readFileSync(path.join(root, file), "utf8");
const tree = copyTree();
after(() => tree[Symbol.dispose]());
const check = () => tree.run(".github/scripts/build.ts", "--check");

test("dist/ is, byte for byte, what the sources build to, also in another folder", () => {
  const { code, stderr } = check();
  assert.equal(code, 0, stderr);
});

test("one edited byte is found", () => {
  const file = "dist/chunks/actions-toolkit.js";
  const original = tree.read(file);
  const middle = Math.floor(original.length / 2);
  const other = original[middle] === "x" ? "y" : "x";
  tree.write(file, `${original.slice(0, middle)}${other}${original.slice(middle + 1)}`);
  const { code, stderr } = check();
  assert.equal(code, 1);
  assert.match(stderr, /chunks\/actions-toolkit\.js/);
  assert.match(stderr, /npm run build/);
  tree.write(file, original);
});

test("a file that no source builds to is found", () => {
  tree.write("dist/stowaway.js", "process.exit(0);\n");
  const { code, stderr } = check();
  assert.equal(code, 1);
  assert.match(stderr, /stowaway\.js/);
});

test("a source that was changed and not built is found", () => {
  const file = "src/exit-code.ts";
  tree.write(file, tree.read(file).replace("held: 5", "held: 6"));
  assert.equal(check().code, 1);
});

/** What only starts WebAssembly, loaded when a dump is made or SQL is linted: pg_dump and PostgreSQL's parser. */
const startsWasm = /^dist\/chunks\/(?:libpg-query\/|wasm-dump)/;

test("all actions together stay within 1.5 MB of JavaScript, besides what starts WebAssembly on use", () => {
  const counted = scripts.filter((file) => !startsWasm.test(file.split(path.sep).join("/")));
  const bytes = counted.reduce((sum, file) => sum + statSync(path.join(root, file)).size, 0);
  assert.ok(bytes <= 1.5 * 1024 * 1024, `${bytes} bytes`);
});

test("what a key that may be left out is for stands in the schema, and in no action; that of a needed key does", () => {
  const built = globSync("dist/chunks/*.js", { cwd: root }).map(read).join("\n");
  const schema = read("docs/runbook.schema.json");
  for (const [words, isBuilt] of [
    ["Public age key; what is stored can be opened only with its private key.", false],
    ["Folder with the .sql files, applied in the order of their numbers.", true],
  ] as const) {
    assert.ok(schema.includes(words));
    assert.equal(built.includes(words), isBuilt, words);
  }
});

test("every endpoint of GitHub's that a source names is in the bundled client", () => {
  const sources = globSync("src/**/*.ts", { cwd: root }).map(read).join("\n");
  const named = new Set([...sources.matchAll(/\.rest\.(\w+)\.(\w+)\(/g)].map(([, , method = ""]) => method));
  const client = globSync("dist/chunks/octokit*.js", { cwd: root }).map(read).join("\n");
  assert.ok(named.has("listForRepo") && named.has("createDeployment"));
  assert.deepEqual(
    [...named].filter((method) => !new RegExp(`\\b${method}"?: ?\\[`).test(client)),
    [],
  );
});

test("the built age encrypts for an X25519 key, which the whole library opens; other kinds are refused in words", async () => {
  const chunk = globSync("dist/chunks/*.js", { cwd: root }).find((file) => /export \{[^}]*Encrypter/.test(read(file)));
  assert.ok(chunk !== undefined, "no chunk hands the library on");
  const built = (await import(pathToFileURL(path.join(root, chunk)).href)) as typeof import("age-encryption");
  const whole = await import("age-encryption");
  const identity = await whole.generateIdentity();
  const encrypter = new built.Encrypter();
  encrypter.addRecipient(await whole.identityToRecipient(identity));
  // More than one of age's blocks of 64 KiB.
  const orders = "orders ".repeat(20_000);
  const sealed = await encrypter.encrypt(orders);
  const changed = sealed.with(-1, (sealed.at(-1) ?? 0) ^ 1);
  for (const { Decrypter } of [built, whole]) {
    const decrypter = new Decrypter();
    decrypter.addIdentity(identity);
    assert.equal(await decrypter.decrypt(sealed, "text"), orders);
    await assert.rejects(decrypter.decrypt(changed));
  }
  const sealedByWhole = new whole.Encrypter();
  sealedByWhole.addRecipient(await whole.identityToRecipient(identity));
  const opened = new built.Decrypter();
  opened.addIdentity(identity);
  assert.equal(await opened.decrypt(await sealedByWhole.encrypt(orders), "text"), orders);
  const other = await whole.identityToRecipient(await whole.generateHybridIdentity());
  const hybrid = new built.Encrypter();
  hybrid.addRecipient(other);
  await assert.rejects(hybrid.encrypt("orders"), /only X25519 keys are built in/);
});

test("what is built needs nothing besides itself and Node: who uses an action has no node_modules", () => {
  const named = /\b(?:require|import)\(\s*"([@\w./:-]+)"\s*\)|\b(?:from|import)\s*"([@\w./:-]+)"/g;
  const needed = globSync("dist/**/*.{js,cjs}", { cwd: root }).flatMap((file) =>
    [...read(file).matchAll(named)].map(([, called, from]) => `${file} needs ${called ?? from}`),
  );
  assert.ok(needed.length > 500, `only ${needed.length} were found`);
  assert.deepEqual(
    needed.filter((line) => {
      const [, name = ""] = line.split(" needs ");
      // The sockets of pg_dump's own, which are never opened: it speaks through a channel of its worker.
      const isSocket = line === "dist/chunks/wasm-dump.js needs ws";
      return !name.startsWith(".") && !isBuiltin(name) && !isSocket;
    }),
    [],
  );
});

test("no second HTTP client is bundled: Node's own does the work", () => {
  for (const file of scripts) {
    assert.doesNotMatch(read(file), /node_modules\/undici\/|node_modules\/@actions\/http-client\//, file);
    assert.ok(!/\brequire\("undici"\)|from "undici"/.test(read(file)), file);
  }
});

test("what is bundled is read by people: our code in whole lines, and paths that no machine but this repository has", () => {
  for (const file of scripts) {
    const text = read(file);
    assert.doesNotMatch(text, /(?:^|[\s"'(])(?:\/(?:work|root|Users)\/|[A-Z]:\\\\)/m, file);
    // Chunks of other people's code name their packages first, and are read in those.
    if (text.startsWith("// node_modules/") || file.startsWith("dist/chunks/libpg-query/")) continue;
    const longest = Math.max(...text.split("\n").map((line) => line.length));
    assert.ok(longest < 40_000, `${file} has a line of ${longest} characters`);
  }
});

test("every action has its metadata, its entry, and a runtime that GitHub offers", () => {
  const entries = globSync("dist/*.js", { cwd: root }).map((file) => path.basename(file, ".js"));
  const actions = globSync("actions/*/action.yml", { cwd: root }).map((file) => path.basename(path.dirname(file)));
  assert.deepEqual(entries.sort(), actions.sort());
  for (const name of actions) {
    const metadata = read(`actions/${name}/action.yml`);
    assert.match(metadata, /^ {2}using: node24$/m);
    assert.match(metadata, new RegExp(`^ {2}main: \\.\\./\\.\\./dist/${name}\\.js$`, "m"));
    assert.ok(statSync(path.join(root, "dist", `${name}.js`)).size < 32 * 1024, `${name} has an entry of its own size`);
  }
  assert.match(read("action.yml"), /^ {2}main: dist\/advance\.js$/m);
});

/** As rolldown writes them, also in one line without spaces; never `import("...")`, which is for later. */
const imports = /\b(?:import|export)\b[^"'();]*?\bfrom\s*"(\.[^"]+)"|\bimport\s*"(\.[^"]+)"/g;

/** The files that are read before an action's first line runs. */
function loadedBy(file: string, known = new Set<string>()): ReadonlySet<string> {
  if (known.has(file)) return known;
  known.add(file);
  for (const [, from, bare] of read(file).matchAll(imports))
    loadedBy(path.posix.join(path.posix.dirname(file), from ?? bare ?? ""), known);
  return known;
}

for (const file of globSync("dist/*.js", { cwd: root }).sort()) {
  test(`${file}: the database driver and the WASM dump are loaded when they are used, not before`, () => {
    const loaded = [...loadedBy(file)].map((chunk) => path.basename(chunk));
    assert.ok(loaded.length > 3, loaded.join());
    assert.deepEqual(
      loaded.filter((chunk) => ["wasm-dump.js", "postgres.js"].includes(chunk)),
      [],
    );
  });
}

test("an action that asks GitHub for nothing does not load the API client", () => {
  assert.ok(![...loadedBy("dist/check.js")].some((chunk) => chunk.endsWith("/github.js")));
});

test("every package that is bundled comes with its licence", () => {
  const licences = read("dist/licenses.txt");
  const bundled = new Set(
    scripts.flatMap((file) =>
      [...read(file).matchAll(/^\/\/ node_modules\/((?:@[\w.-]+\/)?[\w.-]+)\//gm)].map(([, name = ""]) => name),
    ),
  );
  assert.ok(bundled.size > 0);
  const missing = [...bundled].filter((name) => !licences.includes(`${name} `));
  assert.deepEqual(missing, []);
});
