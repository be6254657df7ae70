import { p as InputError } from "./words.js";
import { t as apiAddress } from "./ask-json.js";
import { t as exchange } from "./exchange2.js";
import { n as noData, t as isNoData } from "./no-data.js";
import { i as readPage, n as placeOf } from "./read-page.js";
import { t as runningTotals } from "./running-totals.js";
const ANSWERED = [
	"hrsp_1xx",
	"hrsp_2xx",
	"hrsp_3xx",
	"hrsp_4xx",
	"hrsp_5xx",
	"hrsp_other"
];
const UNANSWERED = ["econ", "eresp"];
function haproxyProvider(config, ports) {
	if (config.url === void 0 === (config.socket === void 0)) throw new InputError("HAProxy is read either from its page, `url`, or from its `socket`; give one of them.");
	const totals = runningTotals(JSON.stringify([
		config.url,
		config.socket,
		config.backend,
		config.server
	]));
	const read = reader(config, ports);
	return {
		kind: "haproxy",
		async measure(_window, subject) {
			const at = ports.clock.now();
			const page = await read();
			if (isNoData(page)) return page;
			const row = rowOf(page.text, config, subject, page.source);
			if (isNoData(row)) return row;
			const counted = countsOf(row, page.source);
			if (isNoData(counted)) return counted;
			const increase = totals.add(subject.version, {
				at,
				totals: counted
			});
			if (increase.from !== void 0) return measurementOf(increase, at, subject, page.source);
			return increase.reason === "first-look" ? noData("first-look", `${page.source} was read for the first time; the next look compares.`) : noData("counter-reset", `${page.source} counts from anew, so HAProxy restarted; nothing of this look counts.`);
		}
	};
}
function reader({ url, login, socket }, ports) {
	if (url === void 0) return () => readSocket(socket ?? "", ports);
	const page = apiAddress(url, login);
	const headers = login === void 0 ? {} : { authorization: `Basic ${Buffer.from(login).toString("base64")}` };
	const source = placeOf(page);
	return async () => {
		const asked = new URL(`${page.href.replace(/;.*$/, "")};csv;norefresh`);
		const found = await readPage(ports, {
			provider: "haproxy",
			url: asked,
			headers
		});
		return isNoData(found) ? found : {
			text: found.text,
			source
		};
	};
}
async function readSocket(path, { cancelled }) {
	try {
		return {
			text: (await exchange({ at: { path } }, "show stat\n", () => false, cancelled)).toString("utf8"),
			source: `HAProxy's socket ${path}`
		};
	} catch (error) {
		const reason = error instanceof Error ? error.message : "unknown";
		return noData("unreachable", `HAProxy's socket ${path} did not answer: ${reason}.`);
	}
}
function rowOf(text, { backend, server }, { version }, source) {
	const [head = "", ...lines] = text.split("\n").filter((line) => line.trim() !== "");
	if (!head.startsWith("# pxname,svname,")) return noData("unparsable", `${source} did not answer with HAProxy's CSV.`);
	const names = fieldsOf(head.slice(2));
	const name = server.replaceAll("$version", version);
	const rows = lines.map((line) => Object.fromEntries(fieldsOf(line).map((field, i) => [names[i] ?? "", field]))).filter((row) => row["pxname"] === backend && row["svname"] === name);
	const [row, second] = rows;
	if (row === void 0) return noData("no-series", `${source} has no server ${name} in backend ${backend}.`);
	if (second !== void 0) return noData("ambiguous", `${source} has ${rows.length} servers ${name} in ${backend}.`);
	return row;
}
function fieldsOf(line) {
	return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, plain]) => quoted?.replaceAll("\"\"", "\"") ?? plain ?? "");
}
function countsOf(row, source) {
	const totals = {};
	for (const name of [...ANSWERED, ...UNANSWERED]) {
		const text = row[name];
		if (text === void 0 || !/^\d{1,15}$/.test(text)) return noData("odd-number", `${source} has no count \`${name}\`; the backend must be in http mode.`);
		totals[name] = Number(text);
	}
	return totals;
}
function measurementOf({ from, totals }, to, { version }, source) {
	const sum = (names) => names.reduce((all, name) => all + (totals[name] ?? 0), 0);
	return {
		kind: "counts",
		bad: sum(["hrsp_5xx", ...UNANSWERED]),
		total: sum([...ANSWERED, ...UNANSWERED]),
		window: {
			from,
			to
		},
		observedAt: to,
		version,
		source
	};
}
export { haproxyProvider };
