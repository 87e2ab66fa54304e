"""Paho's properties, for it and for what is built on it."""

from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from driver import V5


def of_connect(command):
    if not V5:
        return None
    properties = Properties(PacketTypes.CONNECT)
    properties.SessionExpiryInterval = command["expiry"]
    if command["aliases"]:
        properties.TopicAliasMaximum = command["aliases"]
    return properties


def of_will(will):
    if not V5:
        return None
    properties = Properties(PacketTypes.WILLMESSAGE)
    if will["delay"]:
        properties.WillDelayInterval = will["delay"]
    return properties


def of_subscribe(command):
    if not V5 or command["id"] is None:
        return None
    properties = Properties(PacketTypes.SUBSCRIBE)
    properties.SubscriptionIdentifier = command["id"]
    return properties


def options(command):
    return SubscribeOptions(qos=command["qos"], noLocal=command["nolocal"])


def of_publish(command):
    if not V5:
        return None
    properties = Properties(PacketTypes.PUBLISH)
    if command["user"]:
        properties.UserProperty = [tuple(pair) for pair in command["user"]]
    if command["response"]:
        properties.ResponseTopic = command["response"]
    if command["correlation"]:
        properties.CorrelationData = command["correlation"].encode()
    if command["expiry"]:
        properties.MessageExpiryInterval = command["expiry"]
    if command["alias"]:
        properties.TopicAlias = command["alias"]
    return properties


def shown(properties):
    """The properties of a message that came."""
    if properties is None:
        return {}
    correlation = getattr(properties, "CorrelationData", None)
    return {
        "user": getattr(properties, "UserProperty", None),
        "response": getattr(properties, "ResponseTopic", None),
        "correlation": correlation and correlation.decode(),
        "expiry": getattr(properties, "MessageExpiryInterval", None),
        "ids": getattr(properties, "SubscriptionIdentifier", None),
    }
