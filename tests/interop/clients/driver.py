"""What the Python clients share: commands come as lines of JSON, answers and messages leave as such.

A client gives `serve` a class whose objects are peers, with a method for each command.
"""

import asyncio
import json
import sys
import threading
import zlib

PORT, TRANSPORT, VERSION = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
V5 = VERSION == 5
PATIENCE = 20
LOCK = threading.Lock()


class Cannot(Exception):
    """The client has no way to do it."""


def say(**fields):
    with LOCK:
        sys.stdout.write(json.dumps(fields) + "\n")
        sys.stdout.flush()


def message(peer, topic, payload, qos, retain, **more):
    """Tells that a message has come; a long one by its length and checksum."""
    if len(payload) > 1000:
        said = {"len": len(payload), "sum": zlib.adler32(payload)}
    else:
        said = {"payload": payload.decode()}
    said |= {"topic": topic, "qos": qos, "retain": bool(retain)}
    said |= {key: value for key, value in more.items() if value is not None}
    say(peer=peer, message=said)


def lost(peer, code):
    say(peer=peer, lost=code)


def payloads(command):
    """What a publish command wants said."""
    if command["count"]:
        return [str(number).encode() for number in range(command["count"])]
    if command["fill"]:
        return [bytes((at * 7 + at // 251) & 0xFF for at in range(command["fill"]))]
    return [command["payload"].encode()]


async def serve(peer_class):
    peers = {}
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        command = json.loads(line)
        name = command["peer"]
        try:
            if command["do"] == "connect":
                peers[name] = peer_class(name)
            answer = getattr(peers[name], command["do"])(command)
            if asyncio.iscoroutine(answer):
                answer = await answer
            say(did=command["do"], **(answer or {}))
        except Cannot as why:
            say(cannot=str(why))
        except Exception as error:  # Whatever it is, the scenario has failed.
            say(failed=f"{type(error).__name__}: {error}")


def client_id(name):
    return name.rstrip("'")


def main(peer_class):
    asyncio.run(serve(peer_class))
