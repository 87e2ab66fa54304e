"""gmqtt does what it is told."""

import asyncio
import logging

import gmqtt

from driver import PATIENCE, PORT, V5, VERSION, client_id, lost, main, message, payloads

logging.disable(logging.CRITICAL)


def only(properties, name):
    """A property that comes once; the library keeps all in lists."""
    values = properties.get(name)
    return values[0] if values else None


class Peer:
    def __init__(self, name):
        self.name, self.going = name, False

    async def connect(self, command):
        more = {}
        if V5:
            more["session_expiry_interval"] = command["expiry"]
            if command["aliases"]:
                more["topic_alias_maximum"] = command["aliases"]
        if will := command["will"]:
            delay = {"will_delay_interval": will["delay"]} if will["delay"] else {}
            more["will_message"] = gmqtt.Message(
                will["topic"], will["payload"], will["qos"], **delay
            )
        self.present = None
        self.client = gmqtt.Client(client_id(self.name), clean_session=command["clean"], **more)
        self.client.stop_reconnect()
        self.answers = asyncio.Queue()
        self.client.on_connect = self.on_connect
        self.client.on_message = self.on_message
        self.client.on_disconnect = self.on_disconnect
        self.client.on_subscribe = lambda c, mid, codes, properties: self.answers.put_nowait(codes)
        self.client.on_unsubscribe = lambda c, mid, codes: self.answers.put_nowait(codes)
        await self.client.connect("127.0.0.1", PORT, keepalive=command["keep"], version=VERSION)
        return {"present": self.present}

    def on_connect(self, client, flags, code, properties):
        self.present = bool(flags)

    def on_message(self, client, topic, payload, qos, properties):
        correlation = only(properties, "correlation_data")
        message(
            self.name, topic, bytes(payload), qos, properties["retain"],
            user=properties.get("user_property"),
            response=only(properties, "response_topic"),
            correlation=bytes(correlation).decode() if correlation else None,
            expiry=only(properties, "message_expiry_interval"),
            ids=properties.get("subscription_identifier"),
        )

    def on_disconnect(self, client, packet, exc=None):
        if not self.going:
            self.going = True
            code = packet[0] if V5 and isinstance(packet, (bytes, bytearray)) and packet else None
            lost(self.name, code)

    async def subscribe(self, command):
        more = {} if command["id"] is None else {"subscription_identifier": command["id"]}
        self.client.subscribe(
            command["filter"], command["qos"], no_local=command["nolocal"], **more
        )
        return {"code": (await asyncio.wait_for(self.answers.get(), PATIENCE))[0]}

    async def unsubscribe(self, command):
        self.client.unsubscribe(command["filter"])
        codes = await asyncio.wait_for(self.answers.get(), PATIENCE)
        return {"code": codes[0] if codes else None}

    async def publish(self, command):
        more = {}
        if V5:
            if command["user"]:
                more["user_property"] = [tuple(pair) for pair in command["user"]]
            if command["response"]:
                more["response_topic"] = command["response"]
            if command["correlation"]:
                more["correlation_data"] = command["correlation"].encode()
            if command["expiry"]:
                more["message_expiry_interval"] = command["expiry"]
            if command["alias"]:
                more["topic_alias"] = command["alias"]
        for payload in payloads(command):
            while True:
                try:
                    self.client.publish(
                        command["topic"], payload, command["qos"], command["retain"], **more
                    )
                    break
                except OverflowError:
                    # As many as the broker takes at once are on their way.
                    await asyncio.sleep(0.001)

    async def end(self, command):
        self.going = True
        await self.client.disconnect()

    async def vanish(self, command):
        self.going = True
        # It shows nobody its socket.
        self.client._connection._transport.abort()


main(Peer)
