import { n as hostEnv, r as lostCommand, t as commandStarter } from "./session2.js";
function thisMachine(label, ports) {
let chosen = Object.entries(ports.env).filter(([name]) => /^(?:DOCKER|COMPOSE)_/.test(name)), own = Object.fromEntries(chosen.flatMap(([name, value]) => value === void 0 ? [] : [[name, value]])), starter = commandStarter(label, ports, {
...hostEnv(ports.env),
...own
}, ports.env.HOME);
return {
label,
async run(command, options = {}) {
let { result, stderr } = await starter.start((words) => words, command, options);
if (result === void 0) throw lostCommand(label, stderr);
return result;
},
words: async (command) => command,
forward: async (host, port) => ({
host,
port
}),
close: async () => void 0
};
}
export { thisMachine as t };
