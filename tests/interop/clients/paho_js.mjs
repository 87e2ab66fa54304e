// Paho's JavaScript client does what it is told: 3.1.1 over WebSocket is all it speaks.
import { clientId, load, lost, message, payloads, port, serve, within } from "./driver.mjs";

// What it finds in a browser. The library keeps what is on its way in `localStorage`.
const stored = new Map();
const localStorage = {
  getItem: (key) => stored.get(key) ?? null,
  setItem: (key, value) => stored.set(key, value),
  removeItem: (key) => stored.delete(key),
  key: (at) => [...stored.keys()][at],
  get length() {
    return stored.size;
  },
};
const sockets = new Map();
const WebSocket = class extends load("ws") {
  constructor(url, protocols) {
    super(url, protocols);
    sockets.set(opening, this);
  }
};
let opening;
Object.assign(globalThis, { WebSocket, localStorage, window: globalThis });
const Paho = load("paho-mqtt");

class Peer {
  constructor(name) {
    this.name = name;
  }

  async connect({ clean, keep, will }) {
    this.client = new Paho.Client("127.0.0.1", Number(port), "/mqtt", clientId(this.name));
    this.delivered = new Map();
    this.client.onMessageArrived = ({ destinationName, payloadBytes, qos, retained }) =>
      message(this.name, { topic: destinationName, payload: payloadBytes, qos, retain: retained });
    this.client.onMessageDelivered = (sent) => this.delivered.get(sent)?.();
    this.client.onConnectionLost = () => {
      if (!this.going) lost(this.name);
    };
    let willMessage;
    if (will) {
      willMessage = new Paho.Message(will.payload);
      Object.assign(willMessage, { destinationName: will.topic, qos: will.qos });
    }
    opening = this.name;
    await this.asked("CONNACK", (callbacks) =>
      this.client.connect({
        cleanSession: clean, keepAliveInterval: keep, mqttVersion: 4, mqttVersionExplicit: true,
        ...(willMessage && { willMessage }), ...callbacks,
      }));
  }

  /** Waits for one of the two callbacks that the library's calls take. */
  asked(what, call) {
    const answer = new Promise((onSuccess, fail) => {
      call({ onSuccess, onFailure: (why) => fail(Object.assign(new Error(why.errorMessage), why)) });
    });
    return within(answer, what);
  }

  async subscribe({ filter, qos }) {
    const answer = await this.asked("SUBACK", (callbacks) =>
      this.client.subscribe(filter, { qos, ...callbacks }));
    return { code: [...answer.grantedQos][0] };
  }

  async unsubscribe({ filter }) {
    await this.asked("UNSUBACK", (callbacks) => this.client.unsubscribe(filter, callbacks));
  }

  async publish(command) {
    const all = payloads(command).map((payload) => {
      const words = new Paho.Message(payload);
      Object.assign(words, {
        destinationName: command.topic, qos: command.qos, retained: command.retain,
      });
      return new Promise((done) => {
        this.delivered.set(words, done);
        this.client.send(words);
      });
    });
    await within(Promise.all(all), "an acknowledgement");
    this.delivered.clear();
  }

  end() {
    this.going = true;
    this.client.disconnect();
  }

  vanish() {
    this.going = true;
    sockets.get(this.name).terminate();
  }
}

serve(Peer);
