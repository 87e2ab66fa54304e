// MQTT.js does what it is told.
import { clientId, load, lost, message, payloads, port, serve, transport, v5, version, within } from "./driver.mjs";

const mqtt = load("mqtt");
const url = transport === "ws" ? `ws://127.0.0.1:${port}/mqtt` : `mqtt://127.0.0.1:${port}`;

/** Only what has a value: the library writes what is there. */
const given = (properties) =>
  v5 ? Object.fromEntries(Object.entries(properties).filter(([, value]) => value)) : undefined;

const byName = (pairs) => {
  const users = {};
  for (const [name, value] of pairs) users[name] = [...(users[name] ?? []), value];
  return pairs.length ? users : undefined;
};

class Peer {
  constructor(name) {
    this.name = name;
  }

  async connect({ clean, expiry, keep, will, aliases }) {
    this.client = mqtt.connect(url, {
      clientId: clientId(this.name),
      clean,
      keepalive: keep,
      protocolVersion: version,
      reconnectPeriod: 0,
      properties: given({ sessionExpiryInterval: expiry, topicAliasMaximum: aliases }),
      will: will
        ? { ...will, payload: Buffer.from(will.payload), properties: given({ willDelayInterval: will.delay }) }
        : undefined,
    });
    this.client.on("message", (topic, payload, { qos, retain, properties = {} }) => {
      const ids = properties.subscriptionIdentifier;
      const users = Object.entries(properties.userProperties ?? {});
      message(this.name, {
        topic, payload, qos, retain,
        user: users.flatMap(([name, values]) => [values].flat().map((value) => [name, value])),
        response: properties.responseTopic,
        correlation: properties.correlationData?.toString(),
        expiry: properties.messageExpiryInterval,
        ids: ids === undefined ? [] : [ids].flat(),
      });
    });
    this.codes = new Map();
    this.client.on("packetreceive", ({ cmd, messageId, reasonCode = 0 }) => {
      if (cmd === "puback" || cmd === "pubcomp") this.codes.set(messageId, reasonCode);
    });
    this.client.on("disconnect", ({ reasonCode }) => (this.code = reasonCode));
    this.client.on("close", () => {
      if (!this.going) lost(this.name, this.code);
      this.going = true;
    });
    const connected = new Promise((done, fail) => {
      this.client.once("connect", done);
      this.client.once("error", fail);
    });
    const { sessionPresent } = await within(connected, "CONNACK");
    this.client.on("error", () => {});
    return { present: sessionPresent };
  }

  async subscribe({ filter, qos, id, nolocal }) {
    const options = { qos, nl: nolocal, properties: given({ subscriptionIdentifier: id }) };
    // It calls a refusal an error, and has its code.
    const asked = this.client.subscribeAsync(filter, options).catch((error) => {
      const granted = error.packet?.granted;
      if (!granted) throw error;
      return [{ qos: granted[0] }];
    });
    const granted = await within(asked, "SUBACK");
    return { code: granted[0].qos };
  }

  async unsubscribe({ filter }) {
    const packet = await within(this.client.unsubscribeAsync(filter), "UNSUBACK");
    return { code: packet?.granted?.[0] ?? null };
  }

  async publish(command) {
    const { topic, qos, retain, user, response, correlation, expiry, alias } = command;
    const properties = given({
      userProperties: byName(user), responseTopic: response, messageExpiryInterval: expiry,
      correlationData: correlation && Buffer.from(correlation), topicAlias: alias,
    });
    const all = payloads(command).map((payload) =>
      this.client.publishAsync(topic, payload, { qos, retain, properties }));
    const packets = await within(Promise.all(all), "an acknowledgement");
    const code = this.codes.get(packets.at(-1)?.messageId) ?? null;
    return { code: v5 && qos ? code : null };
  }

  async end() {
    this.going = true;
    await this.client.endAsync();
  }

  vanish() {
    this.going = true;
    this.client.stream.destroy();
  }
}

serve(Peer);
