function plainText(untrusted) {
	return untrusted.replace(/\u001b\[[0-9;?]*[ -/]*[@-~]/g, "").replace(/\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)/g, "").replace(/\r\n?/g, "\n").replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, "").replaceAll("##[", "## [").split("\n").map((line) => /^\s*::/.test(line) ? `· ${line.trimStart()}` : line).join("\n");
}
function markdownText(untrusted) {
	return plainText(untrusted).replace(/\s*\n\s*/g, " ").trim().replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/[\\`*_[\]|~]/g, (mark) => `\\${mark}`).replace(/([@#])(?=\w)/g, "$1​").replace(/(https?):\/\//gi, "$1:​//").replace(/\b(www)\./gi, "$1​.").replace(/^([#+=-])/, "\\$1").replace(/^(\d+)([.)])/, "$1\\$2");
}
export { plainText as n, markdownText as t };
