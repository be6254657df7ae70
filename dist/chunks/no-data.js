const noData = (reason, message) => ({
kind: "no-data",
reason,
message
}), isNoData = (found) => "kind" in found && found.kind === "no-data";
export { noData as n, isNoData as t };
