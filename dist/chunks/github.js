import { C as unknown, _ as object, b as string, g as number, l as array, u as boolean } from "./zod.js";
import { h as ProviderError } from "./words.js";
import { t as exchange } from "./exchange.js";
const named = object({ sha: string().regex(/^[0-9a-f]{40}$/) }), withoutValue = (written) => written.outcome === "applied" ? {
outcome: "applied",
value: void 0
} : written, oddAnswer = (what, cause) => new ProviderError("github", `GitHub answered with something that is not a ${what}. Run it again.`, {
retryable: !0,
cause
});
function shaped(schema, answer, what) {
let parsed = schema.safeParse(answer);
if (parsed.success) return parsed.data;
throw oddAnswer(what, parsed.error);
}
const treeEntry = object({
path: string(),
mode: string(),
type: string(),
sha: string()
}), refAnswer = object({ object: named }), refList = array(refAnswer.extend({ ref: string() })), withoutRefs = (ref) => ref.replace(/^refs\//, "");
function commitsAndRefs({ read, store, write, here }) {
async function refsLike(ref) {
let answer = await store({
to: `look for ${ref}`,
send: (octokit, request) => octokit.rest.git.listMatchingRefs({
...here,
ref: withoutRefs(ref),
request
})
});
return shaped(refList, answer, "list of refs");
}
async function confirmAbsent(ref) {
return (await refsLike(ref)).find((candidate) => candidate.ref === ref)?.object.sha ?? null;
}
return {
async readRef(ref) {
let answer = await read({
to: `read ${ref}`,
send: (octokit, request) => octokit.rest.git.getRef({
...here,
ref: withoutRefs(ref),
request
})
});
return answer === void 0 ? confirmAbsent(ref) : shaped(refAnswer, answer, "ref").object.sha;
},
listRefs: async (prefix) => (await refsLike(prefix)).map(({ ref }) => ref),
async readFile(commit, path) {
let answer = await read({
to: `read ${path} at ${commit.slice(0, 12)}`,
send: (octokit, request) => octokit.rest.repos.getContent({
...here,
path,
ref: commit,
mediaType: { format: "raw" },
request
})
});
return answer === void 0 ? null : answer instanceof ArrayBuffer ? new TextDecoder().decode(answer) : shaped(string(), answer, "file");
},
async listTree(tree, depth) {
let answer = await read({
to: `list the files of ${tree.slice(0, 12)}`,
send: (octokit, request) => octokit.rest.git.getTree({
...here,
tree_sha: tree,
...depth !== void 0 && { recursive: "1" },
request
})
}), listed = shaped(object({
tree: array(treeEntry),
truncated: boolean()
}), answer, "tree");
if (listed.truncated) throw new ProviderError("github", `GitHub lists only a part of the files of ${tree.slice(0, 12)}: there are too many.`);
return listed.tree;
},
async commitOf(ref) {
let answer = await read({
to: `find commit ${ref}`,
send: (octokit, request) => octokit.rest.repos.getCommit({
...here,
ref,
per_page: 1,
request
})
}).catch((error) => {
if (!(error instanceof ProviderError && error.status === 422)) throw error;
});
return answer === void 0 ? null : shaped(named, answer, "commit").sha;
},
async isAncestor(ancestor, descendant) {
let answer = await read({
to: `compare ${ancestor.slice(0, 12)} with ${descendant.slice(0, 12)}`,
send: (octokit, request) => octokit.rest.repos.compareCommitsWithBasehead({
...here,
basehead: `${ancestor}...${descendant}`,
per_page: 1,
request
})
});
return answer !== void 0 && (answer.status === "ahead" || answer.status === "identical");
},
async createTree(files) {
let tree = Object.entries(files).map(([path, content]) => ({
path,
content,
mode: "100644",
type: "blob"
})), answer = await store({
to: "store a tree",
send: (octokit, request) => octokit.rest.git.createTree({
...here,
tree,
request
})
});
return shaped(named, answer, "tree").sha;
},
async createCommit({ message, tree, parents, at, author }) {
let person = {
...author,
date: new Date(at).toISOString()
}, answer = await store({
to: "store a commit",
send: (octokit, request) => octokit.rest.git.createCommit({
...here,
message,
tree,
parents: [...parents],
author: person,
committer: person,
request
})
});
return shaped(named, answer, "commit").sha;
},
async treeOf(commit) {
let answer = await store({
to: `read commit ${commit.slice(0, 12)}`,
send: (octokit, request) => octokit.rest.git.getCommit({
...here,
commit_sha: commit,
request
})
});
return shaped(object({ tree: named }), answer, "commit").tree.sha;
},
createRef: async (ref, sha) => withoutValue(await write({
to: `create ${ref}`,
send: (octokit, request) => octokit.rest.git.createRef({
...here,
ref,
sha,
request
})
})),
updateRef: async (ref, sha) => withoutValue(await write({
to: `move ${ref} to ${sha.slice(0, 12)}`,
send: (octokit, request) => octokit.rest.git.updateRef({
...here,
ref: withoutRefs(ref),
sha,
force: !1,
request
})
}))
};
}
const commentList = array(object({
id: number(),
body: string().nullish(),
user: object({
login: string(),
type: string().optional()
}).nullable()
})), changedList = array(object({
filename: string(),
status: string()
}));
function conversations({ read, write, here }) {
async function ownLogin() {
try {
let answer = await read({
to: "ask whose token this is",
send: (octokit, request) => octokit.rest.users.getAuthenticated({ request })
});
return shaped(object({ login: string() }).optional(), answer, "user")?.login;
} catch (problem) {
if (problem instanceof ProviderError && (problem.status === 401 || problem.status === 403)) return;
throw problem;
}
}
async function findComment(issue, start) {
for (let page = 1; page <= 50; page += 1) {
let answer = await read({
to: `read the comments of #${issue}`,
send: (octokit, request) => octokit.rest.issues.listComments({
...here,
issue_number: issue,
per_page: 100,
page,
request
})
}), comments = shaped(commentList, answer ?? [], "comments"), marked = comments.filter(({ body }) => body?.startsWith(start) === !0), byApp = marked.find(({ user }) => user?.type === "Bot" || user?.login.endsWith("[bot]") === !0), login = byApp === void 0 && marked.length > 0 ? await ownLogin() : void 0, found = byApp ?? marked.find(({ user }) => user !== null && user.login === login);
if (found !== void 0 || comments.length < 100) return found;
}
throw new ProviderError("github", `#${issue} has more than 5000 comments, or GitHub gives the same page again and again; nothing is written there.`);
}
return {
createPullRequest: ({ title, body, head, base }) => write({
to: `open a pull request from ${head}`,
async send(octokit, request) {
let { data } = await octokit.rest.pulls.create({
...here,
title,
body,
head,
base,
request
});
return { data: shaped(object({ number: number() }), data, "pull request") };
}
}),
async changedFiles(pull) {
let found = [];
for (let page = 1; page <= 30; page += 1) {
let answer = await read({
to: `list the files of pull request ${pull}`,
send: (octokit, request) => octokit.rest.pulls.listFiles({
...here,
pull_number: pull,
per_page: 100,
page,
request
})
});
if (answer === void 0) return null;
let files = shaped(changedList, answer, "list of files");
if (found.push(...files.filter(({ status }) => status !== "removed").map(({ filename }) => filename)), files.length < 100) return found;
}
return null;
},
async upsertComment({ issue, marker, body, onlyIfPresent = !1 }) {
let text = `${marker}\n${body}`, present = await findComment(issue, marker);
if (present === void 0 ? onlyIfPresent : present.body === text) return {
outcome: "applied",
value: void 0
};
let written = await write({
to: `comment on #${issue}`,
send: (octokit, request) => present === void 0 ? octokit.rest.issues.createComment({
...here,
issue_number: issue,
body: text,
request
}) : octokit.rest.issues.updateComment({
...here,
comment_id: present.id,
body: text,
request
})
});
return written.outcome === "unknown" ? (await findComment(issue, marker))?.body === text ? {
outcome: "applied",
value: void 0
} : written : withoutValue(written);
},
react: async (comment, content) => withoutValue(await write({
to: `react to comment ${comment}`,
send: (octokit, request) => octokit.rest.reactions.createForIssueComment({
...here,
comment_id: comment,
content,
request
})
}))
};
}
const identified = object({ id: number() }), deploymentList = array(object({
id: number(),
sha: string(),
payload: unknown()
})), statusList = array(object({
state: string(),
description: string().nullable()
}));
function deployments({ read, write, here }) {
return {
createDeployment: ({ commit, environment, task, description, payload, production }) => write({
to: `create a deployment of ${commit.slice(0, 12)} to ${environment}`,
async send(octokit, request) {
let { status, data } = await octokit.rest.repos.createDeployment({
...here,
ref: commit,
environment,
task,
description,
payload: { ...payload },
production_environment: production,
auto_merge: !1,
required_contexts: [],
request
});
if (status !== 201) throw oddAnswer("deployment");
return { data: shaped(identified, data, "deployment") };
}
}),
createDeploymentStatus: async (deployment, { state, description, logUrl, environmentUrl }) => withoutValue(await write({
to: `set deployment ${deployment} to ${state}`,
send: (octokit, request) => octokit.rest.repos.createDeploymentStatus({
...here,
deployment_id: deployment,
state,
description,
log_url: logUrl,
auto_inactive: !0,
...environmentUrl === void 0 ? {} : { environment_url: environmentUrl },
request
})
})),
async listDeployments({ environment, task }) {
let answer = await read({
to: `list the deployments of ${environment}`,
send: (octokit, request) => octokit.rest.repos.listDeployments({
...here,
environment,
task,
per_page: 100,
request
})
});
return shaped(deploymentList, answer ?? [], "deployments").map(({ id, sha, payload }) => ({
id,
commit: sha,
payload
}));
},
async latestDeploymentStatus(deployment) {
let answer = await read({
to: `read the statuses of deployment ${deployment}`,
send: (octokit, request) => octokit.rest.repos.listDeploymentStatuses({
...here,
deployment_id: deployment,
per_page: 1,
request
})
}), [latest] = shaped(statusList, answer ?? [], "deployment statuses");
return latest === void 0 ? null : {
state: latest.state,
description: latest.description ?? ""
};
}
};
}
function people({ read, here }) {
return {
async permissionOf(login) {
let answer = await read({
to: `read what ${login} may do`,
send: (octokit, request) => octokit.rest.repos.getCollaboratorPermissionLevel({
...here,
username: login,
request
})
});
return shaped(object({ role_name: string() }), answer ?? { role_name: "none" }, "permission").role_name;
},
async isInTeam(team, login) {
let [org = "", slug = ""] = team.replace(/^@/, "").split("/");
try {
let answer = await read({
to: `look for ${login} in ${team}`,
send: (octokit, request) => octokit.rest.teams.getMembershipForUserInOrg({
org,
team_slug: slug,
username: login,
request
})
});
return answer !== void 0 && shaped(object({ state: string() }), answer, "team membership").state === "active";
} catch (problem) {
if (problem instanceof ProviderError && (problem.status === 401 || problem.status === 403)) return null;
throw problem;
}
}
};
}
const runList = object({ workflow_runs: array(object({
id: number(),
status: string().nullable(),
conclusion: string().nullable().optional()
})) }), jobList = object({ jobs: array(object({
name: string(),
conclusion: string().nullish(),
runner_id: number().nullish()
})) });
function workflowRuns({ read, write, here }) {
async function runsOf(workflow) {
let answer = await read({
to: `list the runs of ${workflow}`,
send: (octokit, request) => octokit.rest.actions.listWorkflowRuns({
...here,
workflow_id: workflow,
per_page: 30,
request
})
});
return shaped(runList, answer ?? { workflow_runs: [] }, "list of runs").workflow_runs;
}
async function jobsOf(run) {
let answer = await read({
to: `list the jobs of run ${run}`,
send: (octokit, request) => octokit.rest.actions.listJobsForWorkflowRun({
...here,
run_id: run,
per_page: 100,
request
})
}), { jobs } = shaped(jobList, answer ?? { jobs: [] }, "list of jobs"), isAgain = (name) => /(^|\/ )again$/.test(name), neverBegan = (by) => by === 0 || by === null;
return {
replaced: jobs.some((one) => !isAgain(one.name) && one.conclusion === "cancelled" && neverBegan(one.runner_id)),
died: jobs.some((one) => isAgain(one.name) && one.conclusion !== "skipped" && !neverBegan(one.runner_id))
};
}
return {
dispatchWorkflow: ({ workflow, ref, inputs }) => write({
to: `dispatch ${workflow} at ${ref}`,
async send(octokit, request) {
let parameters = {
...here,
workflow_id: workflow,
ref,
inputs,
return_run_details: !0,
request
}, { data } = await octokit.rest.actions.createWorkflowDispatch(parameters), run = object({ workflow_run_id: number() }).safeParse(data);
return { data: { runId: run.success ? run.data.workflow_run_id : void 0 } };
}
}),
unfinishedRuns: async (workflow) => (await runsOf(workflow)).filter(({ status }) => status !== "completed").map(({ id }) => id),
async isOver(run) {
let answer = await read({
to: `look whether run ${run} is over`,
send: (octokit, request) => octokit.rest.actions.getWorkflowRun({
...here,
run_id: run,
request
})
});
return shaped(object({ status: string().nullable() }), answer ?? { status: null }, "run").status === "completed";
},
async diedInARow(workflow) {
let deaths = 0;
for (let { id, status, conclusion } of await runsOf(workflow)) {
if (conclusion === "success" || deaths === 5) break;
if (status !== "completed") continue;
let { died, replaced } = await jobsOf(id);
died && !replaced && (deaths += 1);
}
return deaths;
},
wasReplaced: async (run) => (await jobsOf(run)).replaced
};
}
function githubClient(access, ports) {
let talk = exchange(access, ports);
return {
clockSkew: talk.clockSkew,
...commitsAndRefs(talk),
...deployments(talk),
...conversations(talk),
...people(talk),
...workflowRuns(talk)
};
}
export { githubClient as t };
