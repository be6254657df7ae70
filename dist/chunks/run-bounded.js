import { t as minimalEnv } from "./minimal-env.js";
const runBounded = (command, { cwd, variables, withinMs }, { exec, env }) => exec("bash", [
"--noprofile",
"--norc",
"-eo",
"pipefail",
"-c",
`exec 3<&0 </dev/null; ( { while read -r _; do :; done <&3; kill -0 \$\$ && kill -9 0; } >/dev/null 2>&1 & ); exec 3<&-; ${command}`
], {
cwd,
env: {
...minimalEnv(env),
...variables
},
holdInput: !0,
timeoutMs: Math.max(1, withinMs)
});
export { runBounded as t };
