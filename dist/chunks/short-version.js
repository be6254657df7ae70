function shortVersion(version) {
let [, digits = "", variant = ""] = /^([0-9a-f]{12})[0-9a-f]{28}(-[\w.-]+)?$/.exec(version) ?? [];
return digits === "" ? version.length <= 64 ? version : `${version.slice(0, 63)}…` : `${digits}${variant}`;
}
export { shortVersion as t };
