async function checkedOut(workspace, ports) {
let { stdout } = await ports.exec("git", [
"-c",
`safe.directory=${workspace}`,
"rev-parse",
"HEAD"
], {
cwd: workspace,
env: {
PATH: ports.env.PATH ?? "",
GIT_CONFIG_NOSYSTEM: "1",
GIT_CONFIG_GLOBAL: "/dev/null",
LC_ALL: "C"
}
});
return stdout.trim();
}
export { checkedOut as t };
