import { connect, isIP } from "node:net";
import { connect as connect$1 } from "node:tls";
function exchange({ at, deadline = 5e3 }, sent, whole, cancelled) {
return new Promise((resolve, reject) => {
let socket = dial(at), answer = Buffer.alloc(0), settle = (finish) => {
clearTimeout(late), cancelled.removeEventListener("abort", stop), socket.destroy(), finish();
}, fail = (reason) => settle(() => reject(Error(reason))), late = setTimeout(() => fail("late"), deadline), stop = () => fail("cancelled");
cancelled.addEventListener("abort", stop, { once: !0 }), socket.on("error", (error) => fail(error.code ?? error.name)), socket.on("data", (chunk) => {
answer = Buffer.concat([answer, chunk]), answer.length > 4194304 ? fail("too-large") : whole(answer) && settle(() => resolve(answer));
}), socket.on("close", () => settle(() => resolve(answer))), socket.write(sent);
});
}
function dial(at) {
if ("path" in at) return connect(at.path);
let { host, port, tls } = at;
return tls ? connect$1({
host,
port,
...isIP(host) === 0 && { servername: host }
}) : connect({
host,
port
});
}
export { exchange as t };
