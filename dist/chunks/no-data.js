const noData = (reason, message) => ({
	kind: "no-data",
	reason,
	message
});
const isNoData = (found) => "kind" in found && found.kind === "no-data";
export { noData as n, isNoData as t };
