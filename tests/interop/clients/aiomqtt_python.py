"""aiomqtt does what it is told."""

import asyncio
import os
import socket

import aiomqtt

import paho_properties as properties
from driver import PORT, TRANSPORT, V5, client_id, lost, main, message, payloads


class Peer:
    def __init__(self, name):
        self.name, self.going = name, False

    async def connect(self, command):
        options = {"clean_start": command["clean"]} if V5 else {"clean_session": command["clean"]}
        will = command["will"]
        self.client = aiomqtt.Client(
            "127.0.0.1",
            PORT,
            identifier=client_id(self.name),
            protocol=aiomqtt.ProtocolVersion.V5 if V5 else aiomqtt.ProtocolVersion.V311,
            transport="websockets" if TRANSPORT == "ws" else "tcp",
            websocket_path="/mqtt" if TRANSPORT == "ws" else None,
            keepalive=command["keep"],
            properties=properties.of_connect(command),
            will=will and aiomqtt.Will(
                will["topic"], will["payload"], will["qos"],
                properties=properties.of_will(will),
            ),
            **options,
        )
        await self.client.__aenter__()
        self.listening = asyncio.create_task(self.listen())

    async def listen(self):
        try:
            async for got in self.client.messages:
                more = properties.shown(got.properties)
                message(self.name, str(got.topic), got.payload, got.qos, got.retain, **more)
        except aiomqtt.MqttError as error:
            if not self.going:
                code = getattr(error.__cause__, "rc", None)
                lost(self.name, getattr(code, "value", None))

    async def subscribe(self, command):
        if V5:
            granted = await self.client.subscribe(
                command["filter"], options=properties.options(command),
                properties=properties.of_subscribe(command),
            )
        else:
            granted = await self.client.subscribe(command["filter"], command["qos"])
        return {"code": getattr(granted[0], "value", granted[0])}

    async def unsubscribe(self, command):
        await self.client.unsubscribe(command["filter"])

    async def publish(self, command):
        given = properties.of_publish(command)
        for payload in payloads(command):
            await self.client.publish(
                command["topic"], payload, command["qos"], command["retain"], given
            )

    async def end(self, command):
        self.going = True
        self.listening.cancel()
        await self.client.__aexit__(None, None, None)

    async def vanish(self, command):
        self.going = True
        # It shows nobody its socket: the one of Paho below it.
        copy = socket.socket(fileno=os.dup(self.client._client.socket().fileno()))
        copy.shutdown(socket.SHUT_RDWR)
        copy.close()


main(Peer)
