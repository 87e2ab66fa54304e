// MQTT.js against a broker: port, transport (tcp or ws), version (4 or 5).
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { argv, env, exit, stdout } from "node:process";

const mqtt = createRequire(env.NODE_MODULES + "/")("mqtt");
const [port, transport, version] = [argv[2], argv[3], Number(argv[4])];
const url = transport === "ws" ? `ws://127.0.0.1:${port}/mqtt` : `mqtt://127.0.0.1:${port}`;
const PATIENCE = 20_000;

const within = (promise, what) => {
  let timer;
  const late = new Promise((_, fail) => {
    timer = setTimeout(() => fail(new Error(`${what} does not come`)), PATIENCE);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
};

/** A client whose messages wait for the scenario that asks for them. */
class Peer {
  static async connect(clientId, { clean = true, will } = {}) {
    const peer = new Peer();
    const properties = version === 5 ? { sessionExpiryInterval: clean ? 0 : 60 } : undefined;
    // Listening begins before the session's own messages can come.
    peer.waiting = [];
    peer.asking = [];
    peer.client = mqtt.connect(url, {
      clientId, clean, will, properties, protocolVersion: version, reconnectPeriod: 0,
    });
    peer.client.on("message", (topic, payload, packet) => {
      const asker = peer.asking.shift();
      asker ? asker(packet) : peer.waiting.push(packet);
    });
    const connected = new Promise((done, fail) => {
      peer.client.once("connect", done);
      peer.client.once("error", fail);
    });
    peer.sessionPresent = (await within(connected, "CONNACK")).sessionPresent;
    return peer;
  }

  async subscribe(topic, options) {
    const granted = await within(this.client.subscribeAsync(topic, options), "SUBACK");
    assert.deepEqual(granted.map((grant) => grant.qos), [options.qos]);
  }

  publish(topic, payload, options = {}) {
    return within(this.client.publishAsync(topic, payload, options), "an acknowledgement");
  }

  message() {
    const packet = this.waiting.shift();
    return packet ?? within(new Promise((done) => this.asking.push(done)), "a message");
  }

  async expect(topic, payload, qos = 0, retain = false) {
    const got = await this.message();
    assert.deepEqual(
      [got.topic, got.payload.toString(), got.qos, got.retain],
      [topic, payload, qos, retain],
    );
    return got;
  }

  end() {
    return this.client.endAsync();
  }

  /** Ends the connection as a broken cable does, without DISCONNECT. */
  vanish() {
    this.client.stream.destroy();
  }
}

const end = (...peers) => Promise.all(peers.map((peer) => peer.end()));

const atQos = (qos) => async () => {
  const [listener, speaker] = [await Peer.connect("listener"), await Peer.connect("speaker")];
  await listener.subscribe("q/#", { qos });
  const properties = version === 5 ? {
    contentType: "text/plain", responseTopic: "answers", correlationData: Buffer.from([0, 1]),
    userProperties: { a: "2", b: ["1", "3"] },
  } : undefined;
  await speaker.publish("q/a", "hello", { qos, properties });
  const got = await listener.expect("q/a", "hello", qos);
  if (version === 5) {
    assert.equal(got.properties.contentType, "text/plain");
    assert.equal(got.properties.responseTopic, "answers");
    assert.deepEqual(got.properties.correlationData, Buffer.from([0, 1]));
    assert.deepEqual({ ...got.properties.userProperties }, { a: "2", b: ["1", "3"] });
  }
  const numbers = [...Array(200).keys()];
  await Promise.all(numbers.map((number) => speaker.publish("q/many", `${number}`, { qos })));
  for (const number of numbers) await listener.expect("q/many", `${number}`, qos);
  await end(listener, speaker);
};

const scenarios = {
  qos0: atQos(0),
  qos1: atQos(1),
  qos2: atQos(2),

  async retained() {
    const speaker = await Peer.connect("speaker");
    await speaker.publish("kept/a", "21", { qos: 1, retain: true });
    const newcomer = await Peer.connect("newcomer");
    await newcomer.subscribe("kept/+", { qos: 1 });
    await newcomer.expect("kept/a", "21", 1, true);
    await speaker.publish("kept/a", "", { qos: 1, retain: true });
    await newcomer.expect("kept/a", "", 1, false);
    const late = await Peer.connect("late");
    await late.subscribe("kept/+", { qos: 1 });
    await speaker.publish("kept/b", "first");
    await late.expect("kept/b", "first");
    await end(speaker, newcomer, late);
  },

  async will() {
    const heir = await Peer.connect("heir");
    await heir.subscribe("will/#", { qos: 1 });
    const will = { topic: "will/x", payload: Buffer.from("gone"), qos: 1, retain: false };
    (await Peer.connect("doomed", { will })).vanish();
    await heir.expect("will/x", "gone", 1);
    await (await Peer.connect("polite", { will: { ...will, topic: "will/y" } })).end();
    await heir.publish("will/z", "next");
    await heir.expect("will/z", "next");
    await heir.end();
  },

  async session() {
    const sleeper = await Peer.connect("sleeper", { clean: false });
    assert.equal(sleeper.sessionPresent, false);
    await sleeper.subscribe("s/#", { qos: 2 });
    await sleeper.end();
    const speaker = await Peer.connect("speaker");
    const numbers = [...Array(50).keys()];
    // A client hands a QoS 2 message on when it is released: mixed with QoS 1, order is its own.
    const qos = (number) => (number < 25 ? 1 : 2);
    for (const n of numbers) await speaker.publish("s/a", `${n}`, { qos: qos(n) });
    const awake = await Peer.connect("sleeper", { clean: false });
    assert.equal(awake.sessionPresent, true);
    for (const number of numbers) await awake.expect("s/a", `${number}`, qos(number));
    await awake.end();
    const afresh = await Peer.connect("sleeper");
    assert.equal(afresh.sessionPresent, false);
    await end(afresh, speaker);
  },

  async wildcards() {
    const [listener, speaker] = [await Peer.connect("listener"), await Peer.connect("speaker")];
    await listener.subscribe("w/+/t", { qos: 0 });
    for (const topic of ["w/t", "w/a/b/t", "w/a/u", "$w/a/t"]) await speaker.publish(topic, "no");
    await speaker.publish("w//t", "yes");
    await listener.expect("w//t", "yes");
    await end(listener, speaker);
  },

  async shared() {
    const members = [await Peer.connect("one"), await Peer.connect("two")];
    for (const member of members) await member.subscribe("$share/g/j/#", { qos: 1 });
    const speaker = await Peer.connect("speaker");
    const numbers = [...Array(20).keys()];
    for (const number of numbers) await speaker.publish("j/a", `${number}`, { qos: 1 });
    const got = [];
    for (const member of members) {
      for (let count = 0; count < 10; count++) got.push(Number((await member.message()).payload));
    }
    assert.deepEqual(got.sort((a, b) => a - b), numbers);
    await end(...members, speaker);
  },

  async megabyte() {
    const payload = Buffer.from(Uint8Array.from({ length: 1_000_000 }, (_, n) => n * 7 + n / 251));
    const [listener, speaker] = [await Peer.connect("listener"), await Peer.connect("speaker")];
    await listener.subscribe("large", { qos: 2 });
    for (const qos of [0, 1, 2]) {
      await speaker.publish("large", payload, { qos });
      assert.ok((await listener.message()).payload.equals(payload), `QoS ${qos}`);
    }
    await end(listener, speaker);
  },

  async unsubscribe() {
    const peer = await Peer.connect("peer");
    await peer.subscribe("u/a", { qos: 1 });
    await within(peer.client.unsubscribeAsync("u/a"), "UNSUBACK");
    await peer.publish("u/a", "no", { qos: 1 });
    if (version === 5) {
      await peer.subscribe("u/b", { qos: 1, nl: true });
      await peer.publish("u/b", "own", { qos: 1 });
    }
    await peer.subscribe("u/c", { qos: 1 });
    await peer.publish("u/c", "yes", { qos: 1 });
    await peer.expect("u/c", "yes", 1);
    await peer.end();
  },
};

for (const [name, scenario] of Object.entries(scenarios)) {
  await scenario();
  stdout.write(`ok ${name}\n`);
}
exit(0);
