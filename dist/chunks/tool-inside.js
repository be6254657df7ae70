import { t as checkedOut } from "./checked-out.js";
import { m as InputError } from "./words.js";
import { i as parseDatabaseUrl } from "./connection.js";
import { i as shownLines, t as databaseVariables } from "./tool-environment.js";
import { t as shortVersion } from "./short-version.js";
async function toolsInside(step, { target, commit, workspace, variables, ports }) {
if (step?.inside === void 0) return;
let { openService } = await target();
if (openService === void 0) throw new InputError("`inside` needs containers on hosts (`target.compose`); this target has none.");
let found = await checkedOut(workspace, ports);
if (found !== commit) throw new InputError(`The workspace holds ${shortVersion(found) || "no commit"}, and ${commit.slice(0, 12)} is to be migrated to. Check out that commit before this step.`);
let address = parseDatabaseUrl(step.url, "Applying migrations"), service = await openService({
service: step.inside,
commit,
directory: workspace,
env: variables
});
return ports.log.info(`The migrations run in service ${step.inside} of ${shortVersion(commit)} on host ${service.host}.`), {
address,
async run({ command, args, directory, env, timeoutMs = 216e5, take }) {
return {
...await service.run({
command: [
"sh",
"-ec",
`cd -- "$1"; shift; ${command} "$@"`,
"sh",
directory,
...args
],
env: {
...databaseVariables(address),
...env
},
withinMs: timeoutMs,
onLine: shownLines(take, ports)
}),
signal: null
};
}
};
}
export { toolsInside };
