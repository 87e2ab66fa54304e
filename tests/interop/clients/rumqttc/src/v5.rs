//! The library's 5.0.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rumqttc::v5::mqttbytes::qos as qos_of;
use rumqttc::v5::mqttbytes::v5::{
    DisconnectReasonCode, Filter, LastWill, LastWillProperties, Packet, PubAckReason,
    PubCompReason, PublishProperties, SubscribeProperties, SubscribeReasonCode, UnsubAckReason,
};
use rumqttc::v5::{AsyncClient, ConnectionError, Event, MqttOptions, StateError};
use rumqttc::{Outgoing, Transport};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::{Answer, Client, PATIENCE, Peer, Target, lost, message, qos, said, text};

pub(crate) fn connect(target: &Target, name: &str, command: &Value) -> Peer {
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
    options.set_clean_start(command["clean"] == true);
    options.set_session_expiry_interval(command["expiry"].as_u64().map(|seconds| seconds as u32));
    options.set_connection_timeout(PATIENCE.as_secs());
    options.set_max_packet_size(Some(2_000_000));
    if let Some(aliases @ 1..) = command["aliases"].as_u64() {
        options.set_topic_alias_max(Some(aliases as u16));
    }
    let will = &command["will"];
    if will.is_object() {
        let properties = LastWillProperties {
            delay_interval: will["delay"].as_u64().map(|seconds| seconds as u32),
            payload_format_indicator: None,
            message_expiry_interval: None,
            content_type: None,
            response_topic: None,
            correlation_data: None,
            user_properties: Vec::new(),
        };
        let qos = qos_of(qos(will)).expect("0 to 2");
        let (topic, payload) = (text(will, "topic"), text(will, "payload"));
        options.set_last_will(LastWill::new(topic, payload, qos, false, Some(properties)));
    }
    let (client, mut events) = AsyncClient::new(options, 100);
    let (sender, answers) = mpsc::unbounded_channel();
    let going = Arc::new(AtomicBool::new(false));
    let (peer, leaves) = (name.to_owned(), going.clone());
    let task = tokio::spawn(async move {
        let mut code = None;
        loop {
            let event = match events.poll().await {
                Ok(event) => event,
                Err(error) => {
                    let _ = sender.send(Answer::Broken(error.to_string()));
                    if let ConnectionError::MqttState(StateError::ServerDisconnect {
                        reason_code,
                        ..
                    }) = error
                    {
                        code = disconnect_code(reason_code);
                    }
                    if !leaves.load(Ordering::Relaxed) {
                        lost(&peer, code);
                    }
                    break;
                }
            };
            let answer = match event {
                Event::Incoming(Packet::ConnAck(ack)) => Answer::Connected(ack.session_present),
                Event::Incoming(Packet::SubAck(ack)) => Answer::Code(match ack.return_codes[0] {
                    SubscribeReasonCode::Success(qos) => Some(qos as u8),
                    SubscribeReasonCode::TopicFilterInvalid => Some(0x8F),
                    _ => Some(0x80),
                }),
                Event::Incoming(Packet::UnsubAck(ack)) => Answer::Code(match ack.reasons[0] {
                    UnsubAckReason::Success => Some(0),
                    UnsubAckReason::NoSubscriptionExisted => Some(0x11),
                    _ => Some(0x80),
                }),
                Event::Incoming(Packet::PubAck(ack)) => Answer::Acknowledged(match ack.reason {
                    PubAckReason::Success => Some(0),
                    PubAckReason::NoMatchingSubscribers => Some(0x10),
                    _ => Some(0x80),
                }),
                Event::Incoming(Packet::PubComp(ack)) => Answer::Acknowledged(match ack.reason {
                    PubCompReason::Success => Some(0),
                    _ => Some(0x92),
                }),
                Event::Incoming(Packet::Disconnect(disconnect)) => {
                    code = disconnect_code(disconnect.reason_code);
                    continue;
                }
                Event::Outgoing(Outgoing::Publish(_)) => Answer::Sent,
                Event::Incoming(Packet::Publish(got)) => {
                    let mut more = json!({"topic": String::from_utf8_lossy(&got.topic),
                        "qos": got.qos as u8, "retain": got.retain});
                    if let Some(given) = got.properties {
                        let data = given.correlation_data;
                        more["user"] = json!(given.user_properties);
                        more["response"] = json!(given.response_topic);
                        more["correlation"] =
                            json!(data.map(|data| String::from_utf8_lossy(&data).into_owned()));
                        more["expiry"] = json!(given.message_expiry_interval);
                        more["ids"] = json!(given.subscription_identifiers);
                    }
                    message(&peer, &got.payload, more);
                    continue;
                }
                _ => continue,
            };
            let _ = sender.send(answer);
        }
    });
    Peer {
        client: Client::V5(client),
        answers,
        task,
        going,
    }
}

fn disconnect_code(code: DisconnectReasonCode) -> Option<u8> {
    match code {
        DisconnectReasonCode::SessionTakenOver => Some(0x8E),
        DisconnectReasonCode::ProtocolError => Some(0x82),
        _ => None,
    }
}

pub(crate) async fn subscribe(client: &AsyncClient, command: &Value) -> Result<(), String> {
    let qos = qos_of(qos(command)).ok_or("QoS")?;
    let mut filter = Filter::new(text(command, "filter"), qos);
    filter.nolocal = command["nolocal"] == true;
    let properties = SubscribeProperties {
        id: command["id"].as_u64().map(|id| id as usize),
        user_properties: Vec::new(),
    };
    let all = [filter];
    client
        .subscribe_many_with_properties(all, properties)
        .await
        .map_err(said)
}

pub(crate) async fn publish(
    client: &AsyncClient,
    command: &Value,
    payload: Vec<u8>,
) -> Result<(), String> {
    let qos = qos_of(qos(command)).ok_or("QoS")?;
    let retain = command["retain"] == true;
    let pairs = command["user"].as_array().into_iter().flatten();
    let part = |pair: &Value, at: usize| pair[at].as_str().unwrap_or_default().to_owned();
    let some = |key: &str| command[key].as_str().map(str::to_owned);
    let properties = PublishProperties {
        message_expiry_interval: command["expiry"].as_u64().map(|seconds| seconds as u32),
        topic_alias: command["alias"].as_u64().map(|alias| alias as u16),
        response_topic: some("response"),
        correlation_data: some("correlation").map(|data| data.into_bytes().into()),
        user_properties: pairs.map(|pair| (part(pair, 0), part(pair, 1))).collect(),
        ..PublishProperties::default()
    };
    let topic = text(command, "topic");
    let done = client.publish_with_properties(topic, qos, retain, payload, properties);
    done.await.map_err(said)
}
