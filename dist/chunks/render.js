import { m as ProviderError, p as InputError } from "./words.js";
import { S as union, _ as object, b as string, g as number, l as array, y as strictObject } from "./zod.js";
import { t as shortVersion } from "./short-version.js";
import { r as restClient } from "./rest.js";
import { createHmac } from "node:crypto";
const serviceAnswer = object({
	id: string(),
	name: string(),
	ownerId: string(),
	type: string(),
	autoDeploy: string(),
	autoDeployTrigger: string().optional(),
	suspended: string(),
	imagePath: string().optional(),
	dashboardUrl: string().optional(),
	serviceDetails: object({
		url: string().optional(),
		healthCheckPath: string().optional()
	})
});
const instant = string().transform(Date.parse).pipe(number());
const deployAnswer = object({
	id: string(),
	status: string(),
	trigger: string().optional(),
	createdAt: instant,
	commit: object({ id: string() }).optional(),
	image: object({
		ref: string().optional(),
		sha: string().optional()
	}).optional()
});
const deployList = array(object({ deploy: deployAnswer }));
const variable = object({
	key: string(),
	value: string()
});
const variableList = array(object({
	envVar: variable,
	cursor: string()
}));
const groupLinks = object({
	id: string(),
	serviceLinks: array(object({ id: string() }))
});
const groupList = array(union([groupLinks, object({ envGroup: groupLinks }).transform((one) => one.envGroup)]));
const groupAnswer = object({
	id: string(),
	envVars: array(variable)
});
const pageSize = 100;
const mostPages = 20;
function renderApi(access, ports) {
	const client = restClient({
		provider: "render",
		base: new URL(access.api),
		token: access.key,
		mend
	}, ports);
	const read = async (call) => {
		const found = await client.read(call);
		if (found !== void 0) return found;
		throw new ProviderError("render", `Render refused to ${call.to} (404). ${mends[404]}`, { status: 404 });
	};
	const write = async (call) => {
		const written = await client.write(call);
		if (written.outcome === "accepted") return written.value;
		throw written.error;
	};
	const send = async (to, path, body) => {
		const schema = deployAnswer.optional();
		const written = await client.write({
			to,
			method: "POST",
			path,
			body,
			schema
		});
		if (written.outcome === "refused") throw written.error;
		if (written.outcome === "unknown") return {
			sent: "lost",
			message: written.error.message
		};
		return written.value === void 0 ? { sent: "queued" } : {
			sent: "created",
			deploy: written.value
		};
	};
	const at = (service, ...rest) => `/services/${[service, ...rest].map(encodeURIComponent).join("/")}`;
	const groupAt = (group) => `/env-groups/${encodeURIComponent(group)}`;
	return {
		service: (service) => read({
			to: `read service ${service}`,
			path: at(service),
			schema: serviceAnswer
		}),
		async switchAutoDeployOff(service) {
			const to = `switch autodeploy of ${service} off`;
			await write({
				to,
				method: "PATCH",
				path: at(service),
				body: { autoDeploy: "no" }
			});
		},
		async deploys(service) {
			const path = at(service, "deploys");
			const query = { limit: String(pageSize) };
			return (await read({
				to: `list the deploys of ${service}`,
				path,
				query,
				schema: deployList
			})).map(({ deploy }) => deploy).sort((a, b) => b.createdAt - a.createdAt);
		},
		deploy: (service, what) => send(`deploy to ${service}`, at(service, "deploys"), what),
		rollback: (service, deploy) => send(`roll ${service} back to ${deploy}`, at(service, "rollback"), { deployId: deploy }),
		async cancel(service, deploy) {
			await write({
				to: `cancel ${deploy}`,
				method: "POST",
				path: at(service, "deploys", deploy, "cancel")
			});
		},
		async variables(service) {
			const found = {};
			const to = `list the variables of ${service}`;
			let cursor;
			for (let page = 0; page < mostPages; page += 1) {
				const query = {
					limit: String(pageSize),
					...cursor === void 0 ? {} : { cursor }
				};
				const list = await read({
					to,
					path: at(service, "env-vars"),
					query,
					schema: variableList
				});
				for (const { envVar } of list) found[envVar.key] = envVar.value;
				cursor = list.at(-1)?.cursor;
				if (list.length < pageSize) return found;
			}
			throw new ProviderError("render", `Service ${service} has more than 2000 variables. Remove some.`);
		},
		async setVariable(service, name, value) {
			const path = at(service, "env-vars", name);
			await write({
				to: `set ${name} of ${service}`,
				method: "PUT",
				path,
				body: { value }
			});
		},
		async removeVariable(service, name) {
			await write({
				to: `remove ${name} of ${service}`,
				method: "DELETE",
				path: at(service, "env-vars", name)
			});
		},
		async createGroup({ name, ownerId, values }) {
			const body = {
				name,
				ownerId,
				envVars: Object.entries(values).map(([key, value]) => ({
					key,
					value
				}))
			};
			const made = await write({
				to: "keep the variables there were",
				method: "POST",
				path: "/env-groups",
				body,
				schema: groupAnswer
			});
			if (made === void 0) throw new ProviderError("render", "Render kept the variables there were and did not say where.");
			return made.id;
		},
		async groupsOf({ id: service, ownerId }) {
			const query = {
				ownerId,
				limit: String(pageSize)
			};
			const to = `list the environment groups of ${service}`;
			const list = await read({
				to,
				path: "/env-groups",
				query,
				schema: groupList
			});
			if (list.length === pageSize) throw new ProviderError("render", `There are ${pageSize} environment groups or more. Remove those nobody uses.`);
			return list.filter(({ serviceLinks }) => serviceLinks.some(({ id }) => id === service)).map(({ id }) => id);
		},
		async group(group) {
			const to = `read the variables kept in ${group}`;
			const found = await client.read({
				to,
				path: groupAt(group),
				schema: groupAnswer
			});
			return found === void 0 ? void 0 : Object.fromEntries(found.envVars.map(({ key, value }) => [key, value]));
		},
		async removeGroup(group) {
			await write({
				to: `remove the variables kept in ${group}`,
				method: "DELETE",
				path: groupAt(group)
			});
		}
	};
}
const mends = {
	401: "The API key is wrong or was revoked: make one under Account Settings, API Keys, and store it as the secret that `target.render.key` names.",
	402: "Look at the workspace's billing.",
	403: "The key's owner may not do this: use a key of somebody who may change the service.",
	404: "It does not exist, or the key belongs to another workspace: compare `target.render` with the address of the service's page.",
	409: "Render is busy with something that excludes this: look at the service's events and try again.",
	410: "It was deleted: name another."
};
const mend = ({ status }) => mends[status] ?? "";
const repositoryOf = (image) => image.replace(/:[^/:]*$/, "");
const linkOf = ({ dashboardUrl }) => dashboardUrl === void 0 ? "" : ` at ${dashboardUrl}`;
function refuseSuspended(service) {
	if (service.suspended === "not_suspended") return;
	throw new ProviderError("render", `${service.name} is suspended, so nothing can be deployed to it. Resume it${linkOf(service)} first.`);
}
async function stopAutoDeploy(api, service, log) {
	if (!deploysPushes(service)) return;
	try {
		await api.switchAutoDeployOff(service.id);
		if (deploysPushes(await api.service(service.id))) throw new ProviderError("render", "it is still on when read back");
		log.notice(`Autodeploy of ${service.name} was on and is off now, so that no push brings the replaced version back.`);
	} catch (problem) {
		if (!(problem instanceof ProviderError)) throw problem;
		log.warn(`Autodeploy of ${service.name} could not be switched off (${problem.message}). Switch it off by hand${linkOf(service)}: a push may deploy the replaced version again.`);
	}
}
const deploysPushes = ({ autoDeploy, autoDeployTrigger }) => autoDeployTrigger === void 0 ? autoDeploy !== "no" : autoDeployTrigger !== "off";
function serviceFindings(service, spec, key) {
	const found = [];
	const place = `target.render.${key} (${service.name})`;
	if (service.suspended !== "not_suspended") found.push({
		reason: "suspended",
		message: `${place} is suspended. Resume it${linkOf(service)}.`
	});
	if (service.type !== "web_service") found.push({
		reason: "no-web-service",
		message: `${place} is a ${service.type}; only a web service has traffic to move. Name a web service.`
	});
	if (deploysPushes(service)) found.push({
		reason: "auto-deploy-on",
		message: `${place} deploys pushes by itself, past every gate. Set Auto-Deploy to Off in its settings${linkOf(service)}.`
	});
	const byImage = service.imagePath !== void 0 && service.imagePath !== "";
	if (byImage !== (spec.image !== void 0)) found.push({
		reason: "other-source",
		message: byImage ? `${place} runs an image (${service.imagePath}). Add \`image\`, such as \`image: ${repositoryOf(service.imagePath ?? "")}:$commit\`.` : `${place} is built from its repository. Remove \`image\`, or make it a service that runs an image.`
	});
	return found;
}
const handleSchema = array(strictObject({
	service: string(),
	group: string().optional(),
	absent: array(string())
}));
async function effectiveVariables(api, service) {
	const [own, groups] = await Promise.all([api.variables(service), api.service(service).then((known) => api.groupsOf(known))]);
	const lent = {};
	const unreadable = new Set();
	for (const values of await Promise.all(groups.map((group) => api.group(group)))) for (const [name, value] of Object.entries(values ?? {})) {
		if (own[name] === void 0 && lent[name] !== void 0 && lent[name] !== value) unreadable.add(name);
		lent[name] = value;
	}
	for (const name of unreadable) delete lent[name];
	return {
		values: {
			...lent,
			...own
		},
		unreadable: [...unreadable]
	};
}
async function changeVariables(api, services, variables) {
	const changed = new Set();
	const kept = [];
	try {
		for (const service of services) await changeIn(service);
	} catch (problem) {
		if (kept.length > 0) await restoreVariables(api, JSON.stringify(kept));
		throw problem;
	}
	const before = kept.length === 0 ? void 0 : JSON.stringify(kept);
	return {
		changed: [...changed].sort(),
		unreadable: [],
		before
	};
	async function changeIn(service) {
		const before = await api.variables(service);
		const wanted = Object.entries(variables).filter(([name, value]) => before[name] !== value);
		if (wanted.length === 0) return;
		kept.push(await keep(api, service, before, wanted.map(([name]) => name)));
		for (const [name, value] of wanted) await api.setVariable(service, name, value);
		const after = await api.variables(service);
		const odd = wanted.filter(([name, value]) => after[name] !== value).map(([name]) => name);
		const lost = Object.keys(before).filter((name) => after[name] === void 0);
		if (odd.length > 0 || lost.length > 0) throw new ProviderError("render", `Variables of ${service} are not as they were set: ${[...odd, ...lost].join(", ")}. Look at the service's Environment page and mend them.`);
		for (const [name] of wanted) changed.add(name);
	}
}
async function variableMarks(api, service, names, key) {
	const digest = (text, length) => createHmac("sha256", key).update(text).digest("hex").slice(0, length);
	const maker = digest("maker", 8);
	const values = await api.variables(service);
	const set = names.flatMap((name) => {
		const value = values[name];
		return value === void 0 ? [] : [[name, `${maker}:${digest(`${name}=${value}`, 32)}`]];
	});
	return Object.fromEntries(set);
}
async function keep(api, service, before, names) {
	const values = Object.fromEntries(names.flatMap((name) => before[name] === void 0 ? [] : [[name, before[name]]]));
	const absent = names.filter((name) => before[name] === void 0);
	if (Object.keys(values).length === 0) return {
		service,
		absent
	};
	const { ownerId } = await api.service(service);
	const group = await api.createGroup({
		name: `sluice-before-${service}`,
		ownerId,
		values
	});
	const read = await api.group(group);
	for (const [name, value] of Object.entries(values)) if (read?.[name] !== value) throw new ProviderError("render", `The old value of ${name} could not be kept, so nothing was changed. Try again.`);
	return {
		service,
		group,
		absent
	};
}
async function restoreVariables(api, before) {
	for (const { service, group, absent } of handleIn(before)) {
		const values = group === void 0 ? {} : await api.group(group);
		if (values === void 0) throw new ProviderError("render", `The values that ${service} had before are gone: group ${group} was removed. Set its variables by hand.`);
		const now = await api.variables(service);
		for (const [name, value] of Object.entries(values)) if (now[name] !== value) await api.setVariable(service, name, value);
		for (const name of absent) if (now[name] !== void 0) await api.removeVariable(service, name);
		const after = await api.variables(service);
		const odd = [...Object.entries(values).flatMap(([name, value]) => after[name] === value ? [] : [name]), ...absent.filter((name) => after[name] !== void 0)];
		if (odd.length > 0) throw new ProviderError("render", `Variables of ${service} are not as they were: ${odd.join(", ")}. Set them by hand.`);
		if (group !== void 0) await api.removeGroup(group);
	}
}
function handleIn(text) {
	let json;
	try {
		json = JSON.parse(text);
	} catch {
		json = void 0;
	}
	const found = handleSchema.safeParse(json);
	if (found.success) return found.data;
	throw new InputError("The handle of the variables before is not one of Render's. Set the variables by hand.");
}
const deployWithinMs = 12e5;
const showWithinMs = 6e4;
const healthWithinMs = 6e4;
const healthAttemptMs = 5e3;
const quickLooks = 60;
const quickPauseMs = 1e3;
const slowPauseMs = 5e3;
const endings = {
	live: "live",
	deactivated: "superseded",
	build_failed: "failed",
	update_failed: "failed",
	pre_deploy_failed: "failed",
	canceled: "canceled"
};
const words = {
	build_failed: "the build failed",
	update_failed: "the new instances never became healthy",
	pre_deploy_failed: "the pre-deploy command failed"
};
const wasLive = (deploy) => deploy.status === "live" || deploy.status === "deactivated";
const isUnderWay = ({ status }) => endings[status] === void 0;
const versionOf = ({ id, commit, image }) => image?.sha?.replace(/^sha256:/, "") ?? commit?.id ?? id;
const liveIn = (deploys) => deploys.find(({ status }) => status === "live");
function renderTarget(spec, ports) {
	const api = renderApi({
		api: apiAddress(ports.env),
		key: spec.key
	}, ports);
	const { service: production, candidate } = spec;
	const within = spec.within ?? deployWithinMs;
	const observed = (service, deploys) => {
		const live = liveIn(deploys);
		if (live === void 0) return {
			generation: "none",
			serving: []
		};
		return {
			generation: service.suspended === "not_suspended" ? live.id : `${live.id}.${service.suspended}`,
			serving: service.suspended === "not_suspended" ? [{
				version: versionOf(live),
				weight: 100
			}] : []
		};
	};
	const look = async () => {
		const [service, deploys] = await Promise.all([api.service(production), api.deploys(production)]);
		return {
			service,
			deploys,
			production: observed(service, deploys)
		};
	};
	const healthy = async (service, withinMs) => {
		const path = spec.health ?? service.serviceDetails.healthCheckPath ?? "";
		const { url } = service.serviceDetails;
		if (url === void 0 || path === "") return {
			healthy: true,
			message: "It has no health check path, so only Render's own word is known."
		};
		const address = new URL(path, url);
		const deadline = ports.clock.monotonic() + withinMs;
		for (;;) {
			const said = await answerOf(address, ports);
			if (typeof said === "number" && said >= 200 && said < 300) return {
				healthy: true,
				message: `${address.host}${path} answered ${said}.`
			};
			const left = deadline - ports.clock.monotonic();
			const message = `${address.host}${path} ${typeof said === "number" ? `answered ${said}` : `did not answer: ${said}`}.`;
			if (left <= 0 || ports.cancelled.aborted) return {
				healthy: false,
				message
			};
			await ports.clock.sleep(Math.min(quickPauseMs, left));
		}
	};
	const follow = async (service, sent, version, known) => {
		const begun = ports.clock.monotonic();
		let id = sent.sent === "created" ? sent.deploy.id : void 0;
		for (let looks = 1;; looks += 1) {
			const deploys = await api.deploys(service);
			const ours = deploys.find((deploy) => id === void 0 ? !known.has(deploy.id) && (version === void 0 || versionOf(deploy) === version) : deploy.id === id);
			id = ours?.id;
			const live = liveIn(deploys);
			const ended = ours === void 0 ? void 0 : endings[ours.status];
			if (ended === "live" && live?.id === id) return {
				ended,
				deploys
			};
			if (ended === "live" || ended === "superseded") return {
				ended: "superseded",
				why: `deploy ${live?.id ?? "of somebody else"} came after it`
			};
			if (ours !== void 0 && ended !== void 0) return {
				ended,
				why: words[ours.status] ?? `it was ${ours.status.replaceAll("_", " ")}`
			};
			const waited = ports.clock.monotonic() - begun;
			if (ours === void 0 && waited >= showWithinMs) return {
				ended: "unseen",
				why: `no such deploy shows in the list after ${showWithinMs / 1e3} s`
			};
			if (ours !== void 0 && waited >= within) return {
				ended: "late",
				why: `it is still ${ours.status.replaceAll("_", " ")} after ${within / 1e3} s`,
				deploy: ours
			};
			await ports.clock.sleep(looks < quickLooks ? quickPauseMs : slowPauseMs);
		}
	};
	const giveUp = async (service, deploy) => {
		await api.cancel(service, deploy.id).catch((problem) => {
			if (!(problem instanceof ProviderError)) throw problem;
		});
		return (await api.deploys(service)).find(({ id }) => id === deploy.id)?.status === "canceled";
	};
	const settled = async (sent, followed, wanted) => {
		if (followed.ended === "live") {
			const { production: after } = await look();
			if (after.serving[0]?.version === wanted) return {
				outcome: "applied",
				production: after
			};
			return {
				outcome: "not-applied",
				reason: "changed-meanwhile",
				message: "The deploy became live, and Render shows another version by now. Read it and decide anew.",
				production: after
			};
		}
		if (followed.ended === "late" && followed.deploy !== void 0) {
			if (!await giveUp(production, followed.deploy)) return {
				outcome: "unknown",
				message: `Deploy ${followed.deploy.id} is late (${followed.why}) and could not be canceled.`
			};
		} else if (followed.ended === "late" || followed.ended === "unseen") return {
			outcome: "unknown",
			message: `A deploy was asked for (${sent.sent === "lost" ? sent.message : `Render answered that it was ${sent.sent}`}), and ${followed.why}.`
		};
		const { production: after } = await look();
		return {
			outcome: "not-applied",
			reason: followed.ended === "superseded" ? followed.ended : `deploy-${followed.ended}`,
			message: `Version ${shortVersion(wanted)} did not become live: ${followed.why}. ${servingIn(after)}`,
			production: after
		};
	};
	const imageOf = (version) => /^[0-9a-f]{64}$/.test(version) ? `${repositoryOf(spec.image ?? "")}@sha256:${version}` : version;
	const deployOf = (version) => spec.image === void 0 ? { commitId: version } : { imageUrl: imageOf(version) };
	return {
		kind: "render",
		capabilities: {
			shifts: "all-at-once",
			compareAndSet: false
		},
		async findings() {
			const { service, deploys } = await look();
			const found = serviceFindings(service, spec, "service");
			const busy = deploys.find(isUnderWay);
			if (busy !== void 0) found.push({
				reason: "deploy-under-way",
				message: `Deploy ${busy.id} of ${service.name} is ${busy.status.replaceAll("_", " ")}. Wait until it is over, or cancel it, then release.`
			});
			if (candidate === void 0) return found;
			return [...found, ...serviceFindings(await api.service(candidate), spec, "candidate")];
		},
		marks: (names) => variableMarks(api, production, names, spec.key),
		variables: () => effectiveVariables(api, production),
		async configure(variables) {
			return changeVariables(api, [production, ...candidate === void 0 ? [] : [candidate]], variables);
		},
		unconfigure: (before) => restoreVariables(api, before),
		async history(named) {
			const deploys = await api.deploys(production);
			const past = new Map();
			for (const deploy of deploys.filter(wasLive)) {
				const version = versionOf(deploy);
				if (!past.has(version)) past.set(version, {
					version,
					commit: deploy.commit?.id,
					at: deploy.createdAt
				});
			}
			if (named?.startsWith("srv-") === true) throw new InputError(`${named} is a service; name a version it served: one of ${[...past.keys()].slice(0, 5).join(", ")}.`);
			const deploy = deploys.find(({ id }) => id === named);
			if (deploy !== void 0) throw new InputError(wasLive(deploy) ? `${deploy.id} is a deploy; name the version it served: ${versionOf(deploy)}.` : `${deploy.id} never served production (${deploy.status}), so there is nothing to go back to. Name one of ${[...past.keys()].slice(0, 5).join(", ")}.`);
			return [...past.values()];
		},
		observe: async () => (await look()).production,
		async stage({ commit }) {
			ports.cancelled.throwIfAborted();
			const service = await api.service(candidate ?? production);
			const { url } = service.serviceDetails;
			if (url === void 0) throw new InputError(`${service.name} is a ${service.type} and has no address; only a web service can be released.`);
			if (candidate === void 0) return {
				version: commit,
				url
			};
			refuseSuspended(service);
			const known = new Set((await api.deploys(candidate)).map(({ id }) => id));
			const what = spec.image === void 0 ? { commitId: commit } : { imageUrl: spec.image.replaceAll("$commit", commit) };
			const sent = await api.deploy(candidate, what);
			const followed = await follow(candidate, sent, spec.image === void 0 ? commit : void 0, known);
			if (followed.ended !== "live") {
				if (followed.ended === "late" && followed.deploy !== void 0) await giveUp(candidate, followed.deploy);
				throw notStaged(service, followed);
			}
			const live = liveIn(followed.deploys);
			const version = live === void 0 ? void 0 : versionOf(live);
			if (version === void 0 || spec.image === void 0 && version !== commit) throw new ProviderError("render", `${service.name} serves ${version ?? "nothing"} after ${commit.slice(0, 12)} was deployed to it.`);
			const health = await healthy(service, healthWithinMs);
			if (!health.healthy) throw new InputError(`The new version runs on ${service.name} and is not well: ${health.message} Production was not touched; read its log, mend it and push again.`);
			return {
				version,
				url
			};
		},
		async shift({ candidate: version, weight, ifGeneration }) {
			ports.cancelled.throwIfAborted();
			if (weight !== 100) throw new InputError(`Render cannot give a version ${weight}% of traffic; keep one shift of 100%.`);
			const { service, deploys, production: before } = await look();
			if (before.generation !== ifGeneration) return differs(before, ifGeneration);
			refuseSuspended(service);
			const known = new Set(deploys.map(({ id }) => id));
			const sent = await api.deploy(production, deployOf(version));
			const followed = await follow(production, sent, version, known);
			const outcome = await settled(sent, followed, version);
			if (outcome.outcome === "not-applied" && /^deploy-/.test(outcome.reason)) throw new ProviderError("render", `${outcome.message} Read the deploy's log${linkOf(service)}, mend it and push again.`);
			return outcome;
		},
		async restore({ to, ifGeneration }) {
			const { service, deploys, production: before } = await look();
			if (ifGeneration !== void 0 && before.generation !== ifGeneration) return differs(before, ifGeneration);
			await stopAutoDeploy(api, service, ports.log);
			for (const deploy of deploys.filter(isUnderWay)) await giveUp(production, deploy);
			const known = new Set(deploys.map(({ id }) => id));
			const sent = await sendBack(deploys.find((deploy) => wasLive(deploy) && versionOf(deploy) === to), to);
			return settled(sent, await follow(production, sent, to, known), to);
		},
		async health(version) {
			const { service, deploys, production: now } = await look();
			if (now.serving.some((serving) => serving.version === version)) return healthy(service, healthAttemptMs);
			const past = deploys.find((deploy) => wasLive(deploy) && versionOf(deploy) === version);
			if (past === void 0) return {
				healthy: false,
				message: `Version ${shortVersion(version)} is not among the last ${deploys.length} deploys that served.`
			};
			return {
				healthy: true,
				message: `Version ${shortVersion(version)} served as deploy ${past.id}; Render keeps what it built for a while.`
			};
		},
		async address(version) {
			for (const id of [production, ...candidate === void 0 ? [] : [candidate]]) {
				const live = liveIn(await api.deploys(id));
				if (live !== void 0 && versionOf(live) === version) return (await api.service(id)).serviceDetails.url;
			}
		},
		cleanup: async () => []
	};
	async function sendBack(past, to) {
		if (past !== void 0) try {
			return await api.rollback(production, past.id);
		} catch (problem) {
			if (!(problem instanceof ProviderError) || ![
				400,
				404,
				409
			].includes(Number(problem.status))) throw problem;
			ports.log.warn(`${problem.message} Version ${shortVersion(to)} is deployed anew instead; that takes as long as a build.`);
		}
		return api.deploy(production, deployOf(to));
	}
}
function apiAddress(env) {
	const address = env["SLUICE_RENDER_API"] ?? "https://api.render.com/v1";
	const url = URL.canParse(address) ? new URL(address) : void 0;
	if (url?.protocol === "http:" && /^(?:localhost|127\.\d+\.\d+\.\d+)$/.test(url.hostname) || address === "https://api.render.com/v1") return address;
	throw new InputError("SLUICE_RENDER_API is for rehearsals and must be an http address of this machine. Remove it.");
}
const servingIn = ({ serving }) => {
	const [first] = serving;
	return first === void 0 ? "Production serves nothing." : `Production still serves ${shortVersion(first.version)}.`;
};
function differs(production, asked) {
	return {
		outcome: "not-applied",
		reason: "generation-differs",
		message: `Production is at generation ${production.generation}, not ${asked}: somebody deployed meanwhile. Read it again and decide anew.`,
		production
	};
}
function notStaged(service, followed) {
	const message = `The new version did not become live on ${service.name}: ${followed.why}. Production was not touched.`;
	if (followed.ended === "failed") return new InputError(`${message} Read the deploy's log${linkOf(service)}, mend it and push again.`);
	return new ProviderError("render", `${message} Look at its events${linkOf(service)}, then release again.`);
}
async function answerOf(address, ports) {
	const finished = new AbortController();
	const late = new AbortController();
	ports.clock.sleep(healthAttemptMs, finished.signal).then(() => late.abort(), () => void 0);
	try {
		const response = await ports.fetch(address, {
			redirect: "manual",
			signal: late.signal
		});
		await response.body?.cancel();
		return response.status;
	} catch {
		return late.signal.aborted ? `nothing came within ${healthAttemptMs / 1e3} s` : "no connection was accepted";
	} finally {
		finished.abort();
	}
}
export { renderTarget };
