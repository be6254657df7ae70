import { S as union, b as string, g as number, s as _enum, y as strictObject } from "./zod.js";
import { n as formatDuration, r as parseDuration } from "./duration.js";
import { M as expecting, P as refusing, _ as listOf, a as duration, g as limit, y as percentage } from "./field.js";
const pageLimits = union([listOf(limit).transform((limits) => ({ limits })), strictObject({
	limits: listOf(limit).meta({ description: "What a person is asked about when it breaks." }),
	"decide-within": duration.optional().meta({ description: "How long the person has; without an answer the release goes back." })
})]);
const limitLevels = {
	limits: listOf(limit).optional().meta({ description: "What must hold meanwhile: `error-rate < 1%`." }),
	"page-limits": pageLimits.optional().meta({ description: "What must hold too; when it breaks, a person says whether the release goes on or back." }),
	"warn-limits": listOf(limit).optional().meta({ description: "What is reported when it breaks, and neither ends nor delays anything." })
};
const pace = strictObject({
	everyMs: number().positive(),
	untilMs: number().positive()
});
const longestWatchMs = 7776e6;
function readPace(line, from) {
	const [, every = "", word = "", time = ""] = /^every\s+(\S+)\s+(for|until)\s+(\S+)$/.exec(line.trim()) ?? [];
	const everyMs = parseDuration(every);
	const lasting = parseDuration(time);
	if (everyMs === void 0 || lasting === void 0) return void 0;
	const untilMs = word === "for" ? from + lasting : lasting;
	return everyMs > 0 && untilMs > from && everyMs <= untilMs - from && untilMs <= longestWatchMs ? {
		everyMs,
		untilMs
	} : void 0;
}
const schedule = listOf(string({ error: expecting("watch-pace") })).transform((lines, context) => {
	const paces = [];
	for (const [i, line] of lines.entries()) {
		const read = readPace(line, paces.at(-1)?.untilMs ?? 0);
		if (read === void 0) context.addIssue({
			code: "custom",
			message: "watch-pace",
			path: [i]
		});
		else paces.push(read);
	}
	return paces;
}).meta({ examples: [[
	"every 1m for 1h",
	"every 5m until 8h",
	"every 15m until 24h"
]] });
const watch = strictObject({
	for: duration.optional().meta({ description: "How long what serves production is watched." }),
	every: duration.optional().meta({ description: "Time between two looks." }),
	schedule: schedule.optional().meta({ description: "Instead of `for` and `every`: looks that become rarer, `every 1m for 1h`, `every 5m until 8h`." }),
	...limitLevels,
	coverage: percentage.default(90).meta({ description: "Share of the time that must have been seen; a watch that saw less lasts longer. 90%." }),
	"on-fail": _enum(["rollback", "ask"]).default("rollback").meta({ description: "What a broken limit does: give traffic back, or ask a person (silence gives it back)." }),
	"on-short-evidence": _enum(["hold", "fail"]).default("hold").meta({ description: "What happens when after twice the time the limits are still unproven: `hold` asks a person, `fail` gives traffic back." }),
	"decide-within": duration.optional().meta({ description: "How long a person has to answer before traffic goes back; 10m if not given." })
}).superRefine((watch, context) => {
	const { for: time, every, schedule, limits } = watch;
	if (!(schedule === void 0 ? time !== void 0 && every !== void 0 : time === void 0 && every === void 0)) context.addIssue(refusing({
		code: "RB114",
		message: schedule === void 0 ? "a watch without `for` and `every`" : "both `schedule` and `for` or `every`",
		why: "A watch says how long it lasts and how often it looks, once.",
		fix: "Write `for: 15m` and `every: 1m`, or `schedule: [every 1m for 1h, every 5m until 8h]`."
	}));
	if (time !== void 0 && every !== void 0 && every > time) context.addIssue(refusing({
		code: "RB040",
		message: `a look every ${formatDuration(every)} does not fit into a watch of ${formatDuration(time)}`,
		why: "The watch would end before the first look, so it could never pass.",
		fix: `Look at least every ${formatDuration(time)}, or watch longer.`
	}, ["every"]));
	if (limits === void 0) context.addIssue(refusing({
		code: "RB043",
		message: "production is watched for nothing: `limits` is missing",
		why: "A watch without a limit would always pass.",
		fix: "Add limits, such as `limits: [error-rate < 1%]`."
	}));
}).meta({ description: "Looks at what serves production for a while; it goes back when a limit is broken." });
const pacesOf = ({ for: time, every, schedule }) => schedule ?? (time === void 0 || every === void 0 ? [] : [{
	everyMs: every,
	untilMs: time
}]);
export { limitLevels as i, pacesOf as n, watch as r, pace as t };
