import { _ as fail, y as pass } from "./words.js";
function tagBefore(session, { stage, ...known }) {
let { deploy = {} } = session.stage(stage, "deploy"), prefix = "tag" in deploy && typeof deploy.tag == "string" ? deploy.tag : void 0;
if (prefix === void 0) return;
let { client, store, base } = session;
return async () => {
let { lastGood } = (await store.read(base.environment)).record;
return tagProduction(prefix, {
client,
...known,
lastGood
});
};
}
async function tagProduction(prefix, { client, target, release, lastGood }) {
let { version } = release.stable, commit = await commitOf(version, target, lastGood);
if (commit === void 0) return fail("commit-unknown", `Nobody knows which commit version ${version} was built from, so it cannot be tagged. Tag it by hand and leave \`tag\` away for this release.`);
let name = `${prefix}-${new Date(release.startedAt).toISOString().replace(/[-:]|\.\d+Z$/g, "").replace("T", "-")}`, ref = `refs/tags/${name}`, written = await client.createRef(ref, commit);
return written.outcome === "applied" || await client.readRef(ref) === commit ? pass("tagged", `What serves, commit ${commit.slice(0, 12)}, is tagged ${name}.`) : fail("not-tagged", `Tag ${name} could not be made: ${written.error.message}`);
}
async function commitOf(version, target, lastGood) {
let named = /^([0-9a-f]{40})(?:-[0-9a-f]{8})?$/.exec(version)?.[1];
if (named !== void 0) return named;
let past = (await target.history?.())?.find((known) => known.version === version)?.commit;
return past !== void 0 && /^[0-9a-f]{40}$/.test(past) ? past : lastGood?.version === version ? lastGood.commit ?? void 0 : void 0;
}
export { tagProduction as n, tagBefore as t };
