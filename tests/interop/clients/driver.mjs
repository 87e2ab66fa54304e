// What the JavaScript clients share: commands come as lines of JSON, answers and messages leave as
// such. A client gives `serve` a class whose objects are peers, with a method for each command.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { argv, env, exit, stdin, stdout } from "node:process";

export const [port, transport, version] = [argv[2], argv[3], Number(argv[4])];
export const v5 = version === 5;
export const load = createRequire(env.NODE_MODULES + "/");
const PATIENCE = 20_000;

/** The client has no way to do it. */
export class Cannot extends Error {}

const say = (fields) => stdout.write(JSON.stringify(fields) + "\n");

const adler32 = (bytes) => {
  let [a, b] = [1, 0];
  for (const byte of bytes) {
    a = (a + byte) % 65521;
    b = (b + a) % 65521;
  }
  return b * 65536 + a;
};

/** Tells that a message has come; a long one by its length and checksum. */
export const message = (peer, { payload, ...said }) => {
  const shown = payload.length > 1000
    ? { len: payload.length, sum: adler32(payload) }
    : { payload: Buffer.from(payload).toString() };
  say({ peer, message: { ...said, ...shown } });
};

export const lost = (peer, code = null) => say({ peer, lost: code });

/** What a publish command wants said. */
export const payloads = ({ count, fill, payload }) => {
  if (count) return [...Array(count).keys()].map((number) => Buffer.from(`${number}`));
  if (fill) return [Buffer.from(Uint8Array.from({ length: fill }, (_, at) => at * 7 + Math.floor(at / 251)))];
  return [Buffer.from(payload)];
};

export const within = (promise, what) => {
  let timer;
  const late = new Promise((_, fail) => {
    timer = setTimeout(() => fail(new Error(`${what} does not come`)), PATIENCE);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
};

export const clientId = (name) => name.replace(/'$/, "");

export const serve = async (Peer) => {
  const peers = new Map();
  for await (const line of createInterface({ input: stdin })) {
    const command = JSON.parse(line);
    try {
      if (command.do === "connect") peers.set(command.peer, new Peer(command.peer));
      const answer = await peers.get(command.peer)[command.do](command);
      say({ did: command.do, ...answer });
    } catch (error) {
      say(error instanceof Cannot ? { cannot: error.message } : { failed: `${error}` });
    }
  }
  exit(0);
};
