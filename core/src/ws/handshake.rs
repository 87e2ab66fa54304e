//! What of the opening handshake concerns MQTT.

/// The subprotocol of MQTT [MQTT-6.0.0-3].
pub const MQTT: &str = "mqtt";

/// What clients of MQTT 3.1 called it before there was a standard.
pub const MQTT_V3_1: &str = "mqttv3.1";

/// The subprotocol to speak, of those that a client offers by any number of
/// `Sec-WebSocket-Protocol` values, each a list with commas: `mqtt` if it is among them, else
/// `mqttv3.1`, else none.
pub fn choose_subprotocol<'a>(offers: impl IntoIterator<Item = &'a str>) -> Option<&'static str> {
    let mut older = None;
    for offer in offers.into_iter().flat_map(|value| value.split(',')) {
        match offer.trim_matches([' ', '\t']) {
            MQTT => return Some(MQTT), // [MQTT-6.0.0-4]
            MQTT_V3_1 => older = Some(MQTT_V3_1),
            _ => {}
        }
    }
    older
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefers_mqtt_wherever_it_stands() {
        for (offers, chosen) in [
            (&["mqtt"][..], Some("mqtt")),
            (&["mqttv3.1, mqtt"], Some("mqtt")),
            (&["mqttv3.1", "x,\tmqtt ,y"], Some("mqtt")),
            (&["mqttv3.1"], Some("mqttv3.1")),
            (&["chat"], None),
            (&["mqt", "mqtts", "MQTT"], None),
            (&[""], None),
            (&[], None),
        ] {
            assert_eq!(
                choose_subprotocol(offers.iter().copied()),
                chosen,
                "{offers:?}"
            );
        }
    }
}
