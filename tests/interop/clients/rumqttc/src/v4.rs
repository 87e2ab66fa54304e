//! The library's 3.1.1.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rumqttc::mqttbytes::qos as qos_of;
use rumqttc::{
    AsyncClient, Event, LastWill, MqttOptions, Outgoing, Packet, SubscribeReasonCode, Transport,
};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::{Answer, Client, PATIENCE, Peer, Target, lost, message, qos, said, text};

pub(crate) fn connect(target: &Target, name: &str, command: &Value) -> Peer {
    const LARGE: usize = 2_000_000;
    let id = name.trim_end_matches('\'');
    let mut options = match target.websocket {
        false => MqttOptions::new(id, "127.0.0.1", target.port),
        true => {
            let url = format!("ws://127.0.0.1:{}/mqtt", target.port);
            let mut options = MqttOptions::new(id, url, target.port);
            options.set_transport(Transport::Ws);
            options
        }
    };
    options.set_keep_alive(Duration::from_secs(command["keep"].as_u64().unwrap_or(30)));
    options.set_clean_session(command["clean"] == true);
    options.set_max_packet_size(LARGE, LARGE);
    let will = &command["will"];
    if will.is_object() {
        let qos = qos_of(qos(will)).expect("0 to 2");
        options.set_last_will(LastWill::new(
            text(will, "topic"),
            text(will, "payload"),
            qos,
            false,
        ));
    }
    let (client, mut events) = AsyncClient::new(options, 100);
    events
        .network_options
        .set_connection_timeout(PATIENCE.as_secs());
    let (sender, answers) = mpsc::unbounded_channel();
    let going = Arc::new(AtomicBool::new(false));
    let (peer, leaves) = (name.to_owned(), going.clone());
    let task = tokio::spawn(async move {
        loop {
            let event = match events.poll().await {
                Ok(event) => event,
                Err(error) => {
                    let _ = sender.send(Answer::Broken(error.to_string()));
                    if !leaves.load(Ordering::Relaxed) {
                        lost(&peer, None);
                    }
                    break;
                }
            };
            let answer = match event {
                Event::Incoming(Packet::ConnAck(ack)) => Answer::Connected(ack.session_present),
                Event::Incoming(Packet::SubAck(ack)) => Answer::Code(match ack.return_codes[0] {
                    SubscribeReasonCode::Success(qos) => Some(qos as u8),
                    SubscribeReasonCode::Failure => Some(0x80),
                }),
                Event::Incoming(Packet::UnsubAck(_)) => Answer::Code(None),
                Event::Incoming(Packet::PubAck(_) | Packet::PubComp(_)) => {
                    Answer::Acknowledged(None)
                }
                Event::Outgoing(Outgoing::Publish(_)) => Answer::Sent,
                Event::Incoming(Packet::Publish(got)) => {
                    let more = json!({"topic": got.topic, "qos": got.qos as u8,
                        "retain": got.retain});
                    message(&peer, &got.payload, more);
                    continue;
                }
                _ => continue,
            };
            let _ = sender.send(answer);
        }
    });
    Peer {
        client: Client::V4(client),
        answers,
        task,
        going,
    }
}

pub(crate) async fn subscribe(client: &AsyncClient, command: &Value) -> Result<(), String> {
    let qos = qos_of(qos(command)).map_err(said)?;
    client
        .subscribe(text(command, "filter"), qos)
        .await
        .map_err(said)
}

pub(crate) async fn publish(
    client: &AsyncClient,
    command: &Value,
    payload: Vec<u8>,
) -> Result<(), String> {
    let qos = qos_of(qos(command)).map_err(said)?;
    let retain = command["retain"] == true;
    client
        .publish(text(command, "topic"), qos, retain, payload)
        .await
        .map_err(said)
}
