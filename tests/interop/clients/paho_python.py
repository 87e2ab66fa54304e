"""Paho, the Python client, does what it is told."""

import os
import queue
import socket

import paho.mqtt.client as mqtt

import paho_properties as properties
from driver import PATIENCE, PORT, TRANSPORT, V5, VERSION, client_id, lost, main, message, payloads


class Peer:
    def __init__(self, name):
        self.name, self.going = name, False
        self.connected, self.answers = queue.Queue(), queue.Queue()
        self.codes = {}

    def connect(self, command):
        options = {} if V5 else {"clean_session": command["clean"]}
        self.client = client = mqtt.Client(
            mqtt.CallbackAPIVersion.VERSION2,
            client_id=client_id(self.name),
            protocol=VERSION,
            transport="websockets" if TRANSPORT == "ws" else "tcp",
            reconnect_on_failure=False,
            **options,
        )
        client.on_connect = lambda c, u, flags, reason, p: self.connected.put((flags, reason))
        client.on_subscribe = lambda c, u, mid, reasons, p: self.answers.put(reasons)
        client.on_unsubscribe = lambda c, u, mid, reasons, p: self.answers.put(reasons)
        client.on_publish = lambda c, u, mid, reason, p: self.codes.__setitem__(mid, reason)
        client.on_message = self.on_message
        client.on_disconnect = self.on_disconnect
        if will := command["will"]:
            client.will_set(
                will["topic"], will["payload"], will["qos"], properties=properties.of_will(will)
            )
        if TRANSPORT == "ws":
            client.ws_set_options(path="/mqtt")
        options = {"clean_start": command["clean"]} if V5 else {}
        client.connect(
            "127.0.0.1", PORT, command["keep"],
            properties=properties.of_connect(command), **options,
        )
        client.loop_start()
        flags, reason = self.connected.get(timeout=PATIENCE)
        assert not reason.is_failure, reason
        return {"present": flags.session_present}

    def on_message(self, client, userdata, got):
        more = properties.shown(getattr(got, "properties", None))
        message(self.name, got.topic, got.payload, got.qos, got.retain, **more)

    def on_disconnect(self, client, userdata, flags, reason, props):
        if not self.going:
            lost(self.name, reason.value if flags.is_disconnect_packet_from_server else None)

    def subscribe(self, command):
        if V5:
            self.client.subscribe(
                command["filter"], options=properties.options(command),
                properties=properties.of_subscribe(command),
            )
        else:
            self.client.subscribe(command["filter"], command["qos"])
        return {"code": self.answers.get(timeout=PATIENCE)[0].value}

    def unsubscribe(self, command):
        self.client.unsubscribe(command["filter"])
        reasons = self.answers.get(timeout=PATIENCE)
        return {"code": reasons[0].value if reasons else None}

    def publish(self, command):
        given = properties.of_publish(command)
        for payload in payloads(command):
            info = self.client.publish(
                command["topic"], payload, command["qos"], command["retain"], given
            )
        info.wait_for_publish(PATIENCE)
        assert info.is_published(), "it is not published"
        reason = self.codes.get(info.mid)
        return {"code": reason.value if V5 and command["qos"] and reason else None}

    def end(self, command):
        self.going = True
        self.client.disconnect()
        self.client.loop_stop()

    def vanish(self, command):
        self.going = True
        # A copy of the socket, so that the library is not asked.
        copy = socket.socket(fileno=os.dup(self.client.socket().fileno()))
        copy.shutdown(socket.SHUT_RDWR)
        copy.close()


main(Peer)
