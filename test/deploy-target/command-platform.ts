import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * A platform in one file of JSON, and the commands of somebody who has it. `odd` replaces what one command does: its
 * text is the body of a function that gets the question and the state.
 */
const script = `
import { readFileSync, writeFileSync } from "node:fs";
const [stateFile, oddFile, seenFile, name] = process.argv.slice(2);
const question = JSON.parse(readFileSync(0, "utf8"));
const read = () => JSON.parse(readFileSync(stateFile, "utf8"));
const save = (state) => writeFileSync(stateFile, JSON.stringify(state));
const seen = JSON.parse(readFileSync(seenFile, "utf8"));
writeFileSync(seenFile, JSON.stringify([...seen, { name, question, env: process.env, argv: process.argv }]));
const put = (weights) => {
  const state = read();
  save({ ...state, changes: state.changes + 1, weights: { ...Object.fromEntries(Object.keys(state.weights).map((v) => [v, 0])), ...weights } });
  return { outcome: "applied" };
};
const plain = {
  observe: () => ({
    generation: "g" + read().changes,
    serving: Object.entries(read().weights).map(([version, weight]) => ({ version, weight, url: "http://" + version + ".example.com" })),
  }),
  stage: ({ commit }) => {
    const state = read();
    save({ ...state, weights: { [commit]: 0, ...state.weights } });
    return { version: commit, url: "http://" + commit + ".example.com" };
  },
  shift: ({ candidate, stable, weight }) => put({ [candidate]: weight, [stable]: 100 - weight }),
  restore: ({ version }) => put({ [version]: 100 }),
  health: ({ version }) => ({ healthy: read().weights[version] !== undefined, message: "asked about " + version }),
  history: () => ({ versions: [{ version: "v1", at: "2026-11-27T10:00:00Z" }] }),
};
const odd = JSON.parse(readFileSync(oddFile, "utf8"))[name];
const answer = odd === undefined ? plain[name](question) : await new Function("question", "read", "save", "put", "plain", "return (async () => {" + odd + "})()")(question, read, save, put, plain);
if (answer !== undefined) process.stdout.write(typeof answer === "string" ? answer : JSON.stringify(answer));
`;

export interface CommandPlatform extends AsyncDisposable {
  readonly directory: string;
  /** The commands, as a runbook would have them. */
  readonly commands: Readonly<Record<"observe" | "stage" | "shift" | "restore" | "health" | "history", string>>;
  state(): Promise<{ changes: number; weights: Record<string, number> }>;
  /** Every question so far, with the environment and the arguments of the process that got it. */
  seen(): Promise<{ name: string; question: Record<string, unknown>; env: Record<string, string>; argv: string[] }[]>;
  behave(odd: Readonly<Record<string, string>>): Promise<void>;
}

export async function commandPlatform(): Promise<CommandPlatform> {
  const directory = await mkdtemp(join(tmpdir(), "sluice-command-"));
  const file = (name: string) => join(directory, name);
  await writeFile(file("platform.mjs"), script);
  await writeFile(file("state.json"), JSON.stringify({ changes: 1, weights: { v1: 100 } }));
  await writeFile(file("odd.json"), "{}");
  await writeFile(file("seen.json"), "[]");
  const command = (name: string) =>
    [process.execPath, ...["platform.mjs", "state.json", "odd.json", "seen.json"].map(file), name].join(" ");
  return {
    directory,
    commands: {
      observe: command("observe"),
      stage: command("stage"),
      shift: command("shift"),
      restore: command("restore"),
      health: command("health"),
      history: command("history"),
    },
    state: async () => JSON.parse(await readFile(file("state.json"), "utf8")),
    seen: async () => JSON.parse(await readFile(file("seen.json"), "utf8")),
    behave: (odd) => writeFile(file("odd.json"), JSON.stringify(odd)),
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  };
}
