"""Paho, the Python client, against a broker: port, transport (tcp or ws), version (4 or 5)."""

import queue
import sys

import paho.mqtt.client as mqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

PORT, TRANSPORT, VERSION = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
PATIENCE = 20


class Peer:
    """A client whose callbacks fill queues that a scenario waits on."""

    def __init__(self, name, clean=True, will=None):
        self.connected, self.subscribed = queue.Queue(), queue.Queue()
        self.messages, self.published = queue.Queue(), queue.Queue()
        options = {"clean_session": clean} if VERSION == 4 else {}
        self.client = mqtt.Client(
            mqtt.CallbackAPIVersion.VERSION2,
            client_id=name,
            protocol=VERSION,
            transport="websockets" if TRANSPORT == "ws" else "tcp",
            **options,
        )
        self.client.on_connect = lambda c, u, flags, reason, p: self.connected.put((flags, reason))
        self.client.on_subscribe = lambda c, u, mid, reasons, p: self.subscribed.put(reasons)
        self.client.on_unsubscribe = lambda c, u, mid, reasons, p: self.subscribed.put(reasons)
        self.client.on_message = lambda c, u, message: self.messages.put(message)
        self.client.on_publish = lambda c, u, mid, reason, p: self.published.put(mid)
        if will:
            self.client.will_set(*will)
        properties = None
        if VERSION == 5:
            properties = Properties(PacketTypes.CONNECT)
            properties.SessionExpiryInterval = 0 if clean else 60
        options = {"clean_start": clean, "properties": properties} if VERSION == 5 else {}
        if TRANSPORT == "ws":
            self.client.ws_set_options(path="/mqtt")
        self.client.connect("127.0.0.1", PORT, 30, **options)
        self.client.loop_start()
        flags, reason = self.connected.get(timeout=PATIENCE)
        assert not reason.is_failure, reason
        self.session_present = flags.session_present

    def subscribe(self, topic, qos):
        self.client.subscribe(topic, qos)
        reasons = self.subscribed.get(timeout=PATIENCE)
        assert [reason.value for reason in reasons] == [qos], reasons

    def unsubscribe(self, topic):
        self.client.unsubscribe(topic)
        self.subscribed.get(timeout=PATIENCE)

    def publish(self, topic, payload, qos=0, retain=False, properties=None):
        self.client.publish(topic, payload, qos, retain, properties)
        self.published.get(timeout=PATIENCE)

    def message(self):
        return self.messages.get(timeout=PATIENCE)

    def expect(self, topic, payload, qos=0, retain=False):
        got = self.message()
        expected = (topic, payload, qos, retain)
        assert (got.topic, got.payload, got.qos, bool(got.retain)) == expected, (
            got.topic, got.payload[:80], got.qos, got.retain)
        return got

    def end(self):
        self.client.disconnect()
        self.client.loop_stop()

    def vanish(self):
        """Ends the connection as a broken cable does, without DISCONNECT."""
        self.client._sock_close()
        self.client.loop_stop()


def at_qos(qos):
    listener, speaker = Peer("listener"), Peer("speaker")
    listener.subscribe("q/#", qos)
    properties = None
    if VERSION == 5:
        properties = Properties(PacketTypes.PUBLISH)
        properties.ContentType = "text/plain"
        properties.ResponseTopic = "answers"
        properties.CorrelationData = b"\x00\x01"
        properties.UserProperty = [("b", "1"), ("a", "2"), ("b", "3")]
    speaker.publish("q/a", b"\x00hello", qos, properties=properties)
    got = listener.expect("q/a", b"\x00hello", qos)
    if VERSION == 5:
        assert got.properties.ContentType == "text/plain"
        assert got.properties.ResponseTopic == "answers"
        assert got.properties.CorrelationData == b"\x00\x01"
        assert got.properties.UserProperty == properties.UserProperty
    for number in range(200):
        speaker.publish("q/many", str(number).encode(), qos)
    for number in range(200):
        listener.expect("q/many", str(number).encode(), qos)
    listener.end()
    speaker.end()


def retained():
    speaker = Peer("speaker")
    speaker.publish("kept/a", b"21", 1, True)
    newcomer = Peer("newcomer")
    newcomer.subscribe("kept/+", 1)
    newcomer.expect("kept/a", b"21", 1, True)
    speaker.publish("kept/a", b"", 1, True)
    newcomer.expect("kept/a", b"", 1, False)
    late = Peer("late")
    late.subscribe("kept/+", 1)
    speaker.publish("kept/b", b"first")
    late.expect("kept/b", b"first")
    for peer in (speaker, newcomer, late):
        peer.end()


def will():
    heir, doomed = Peer("heir"), Peer("doomed", will=("will/x", b"gone", 1, False))
    heir.subscribe("will/#", 1)
    doomed.vanish()
    heir.expect("will/x", b"gone", 1)
    polite = Peer("polite", will=("will/y", b"never", 1, False))
    polite.end()
    heir.client.publish("will/z", b"next", 0)
    heir.expect("will/z", b"next")
    heir.end()


def session():
    sleeper = Peer("sleeper", clean=False)
    assert not sleeper.session_present
    sleeper.subscribe("s/#", 2)
    sleeper.end()
    speaker = Peer("speaker")
    # A client hands a QoS 2 message on when it is released: mixed with QoS 1, order is its own.
    for number in range(50):
        speaker.publish("s/a", str(number).encode(), 1 + number // 25)
    awake = Peer("sleeper", clean=False)
    assert awake.session_present
    for number in range(50):
        awake.expect("s/a", str(number).encode(), 1 + number // 25)
    awake.end()
    afresh = Peer("sleeper", clean=True)
    assert not afresh.session_present
    afresh.end()
    speaker.end()


def wildcards():
    listener, speaker = Peer("listener"), Peer("speaker")
    listener.subscribe("w/+/t", 0)
    for topic in ("w/t", "w/a/b/t", "w/a/u", "$w/a/t"):
        speaker.publish(topic, b"no")
    speaker.publish("w//t", b"yes")
    listener.expect("w//t", b"yes")
    listener.end()
    speaker.end()


def shared():
    members = [Peer("one"), Peer("two")]
    for member in members:
        member.subscribe("$share/g/j/#", 1)
    speaker = Peer("speaker")
    for number in range(20):
        speaker.publish("j/a", str(number).encode(), 1)
    got = [member.message().payload for member in members for _ in range(10)]
    assert sorted(got, key=int) == [str(number).encode() for number in range(20)], got
    for peer in (*members, speaker):
        peer.end()


def megabyte():
    payload = bytes((number * 7 + number // 251) & 0xFF for number in range(1_000_000))
    listener, speaker = Peer("listener"), Peer("speaker")
    listener.subscribe("large", 2)
    for qos in (0, 1, 2):
        speaker.publish("large", payload, qos)
        assert listener.message().payload == payload, qos
    listener.end()
    speaker.end()


def unsubscribe():
    peer = Peer("peer")
    peer.subscribe("u/a", 1)
    peer.unsubscribe("u/a")
    peer.publish("u/a", b"no", 1)
    if VERSION == 5:
        peer.client.subscribe("u/b", options=SubscribeOptions(qos=1, noLocal=True))
        peer.subscribed.get(timeout=PATIENCE)
        peer.publish("u/b", b"own", 1)
    peer.subscribe("u/c", 1)
    peer.publish("u/c", b"yes", 1)
    peer.expect("u/c", b"yes", 1)
    peer.end()


SCENARIOS = {
    "qos0": lambda: at_qos(0),
    "qos1": lambda: at_qos(1),
    "qos2": lambda: at_qos(2),
    "retained": retained,
    "will": will,
    "session": session,
    "wildcards": wildcards,
    "shared": shared,
    "megabyte": megabyte,
    "unsubscribe": unsubscribe,
}

for name, scenario in SCENARIOS.items():
    scenario()
    print("ok", name, flush=True)
