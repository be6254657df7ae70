const longest = 64;
function shortVersion(version) {
	const [, digits = "", variant = ""] = /^([0-9a-f]{12})[0-9a-f]{28}(-[\w.-]+)?$/.exec(version) ?? [];
	if (digits !== "") return `${digits}${variant}`;
	return version.length <= longest ? version : `${version.slice(0, 63)}…`;
}
export { shortVersion as t };
