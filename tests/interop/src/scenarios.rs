//! The features, each as a scenario for any client.

use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::client::{Client, Connect, Done, Fail, Message, Publish, Will, Wish, adler32, filling};

/// A feature: its name in the table, whether it needs 5.0, and what is played.
#[derive(Clone, Copy, Debug)]
pub struct Scenario {
    /// Its name.
    pub name: &'static str,
    /// Whether 3.1.1 has it not.
    pub needs_v5: bool,
    /// What is played.
    pub play: fn(&mut dyn Client) -> Done,
}

macro_rules! scenarios {
    ($($name:literal $needs_v5:literal $play:expr;)*) => {
        &[$(Scenario { name: $name, needs_v5: $needs_v5, play: $play }),*]
    };
}

/// All, in the order of the table's columns. Keep-alive is apart: [`KeepAlive`].
pub const SCENARIOS: &[Scenario] = scenarios![
    "QoS 0" false |client| at_qos(client, 0);
    "QoS 1" false |client| at_qos(client, 1);
    "QoS 2" false |client| at_qos(client, 2);
    "wildcards" false wildcards;
    "unsubscribe" false unsubscribe;
    "retained" false retained;
    "will" false will;
    "session" false session;
    "shared subscription" false shared;
    "1 MB payload" false megabyte;
    "5,000 messages" false many;
    "take-over" false take_over;
    "user properties" true user_properties;
    "request and response" true request_response;
    "subscription identifier" true subscription_id;
    "No Local" true no_local;
    "topic alias to the broker" true alias_out;
    "topic alias from the broker" true alias_in;
    "message expiry" true message_expiry;
    "will delay" true will_delay;
    "reason codes" true reason_codes;
];

fn no<T>(what: impl Into<String>) -> Done<T> {
    Err(Fail::No(what.into()))
}

fn connect(client: &mut dyn Client, peer: &str) -> Done {
    client.connect(peer, &Connect::default()).map(drop)
}

fn subscribe(client: &mut dyn Client, peer: &str, filter: &str, qos: u8) -> Done {
    let wish = Wish {
        qos,
        ..Wish::default()
    };
    match client.subscribe(peer, filter, &wish)? {
        granted if granted == qos => Ok(()),
        other => no(format!("{filter} at QoS {qos} is granted {other}")),
    }
}

fn words(topic: &str, payload: &str, qos: u8) -> Publish {
    Publish {
        topic: topic.to_owned(),
        payload: payload.to_owned(),
        qos,
        ..Publish::default()
    }
}

fn say(client: &mut dyn Client, peer: &str, topic: &str, payload: &str, qos: u8) -> Done {
    client.publish(peer, &words(topic, payload, qos)).map(drop)
}

fn expect(client: &mut dyn Client, peer: &str, wanted: &Publish) -> Done<Message> {
    let got = client.message(peer)?;
    let right = got.topic == wanted.topic
        && got.payload == wanted.payload
        && got.qos == wanted.qos
        && got.retain == wanted.retain;
    match right {
        true => Ok(got),
        false => no(format!(
            "{:?} {:?} QoS {} came instead of {:?} {:?} QoS {}",
            got.topic, got.payload, got.qos, wanted.topic, wanted.payload, wanted.qos
        )),
    }
}

fn hears(client: &mut dyn Client, peer: &str, topic: &str, payload: &str, qos: u8) -> Done {
    expect(client, peer, &words(topic, payload, qos)).map(drop)
}

fn end(client: &mut dyn Client, peers: &[&str]) -> Done {
    peers.iter().try_for_each(|peer| client.end(peer))
}

fn at_qos(client: &mut dyn Client, qos: u8) -> Done {
    let (a, b) = (&format!("hears{qos}"), &format!("says{qos}"));
    connect(client, a)?;
    connect(client, b)?;
    subscribe(client, a, "q/#", qos)?;
    for payload in ["first", "", "g\u{fc}ltig \u{1f4ee}"] {
        say(client, b, "q/a", payload, qos)?;
        hears(client, a, "q/a", payload, qos)?;
    }
    end(client, &[a, b])
}

fn wildcards(client: &mut dyn Client) -> Done {
    connect(client, "wild")?;
    connect(client, "tame")?;
    subscribe(client, "wild", "w/+/t", 0)?;
    for topic in ["w/t", "w/a/b/t", "w/a/u", "$w/a/t"] {
        say(client, "tame", topic, "no", 0)?;
    }
    say(client, "tame", "w//t", "yes", 0)?;
    hears(client, "wild", "w//t", "yes", 0)?;
    end(client, &["wild", "tame"])
}

fn unsubscribe(client: &mut dyn Client) -> Done {
    connect(client, "leaver")?;
    connect(client, "other")?;
    subscribe(client, "leaver", "u/a", 1)?;
    subscribe(client, "leaver", "u/c", 1)?;
    client.unsubscribe("leaver", "u/a")?;
    say(client, "other", "u/a", "no", 1)?;
    say(client, "other", "u/c", "yes", 1)?;
    hears(client, "leaver", "u/c", "yes", 1)?;
    end(client, &["leaver", "other"])
}

fn retained(client: &mut dyn Client) -> Done {
    connect(client, "keeper")?;
    let mut kept = words("kept/a", "21", 1);
    kept.retain = true;
    client.publish("keeper", &kept)?;
    connect(client, "newcomer")?;
    subscribe(client, "newcomer", "kept/+", 1)?;
    expect(client, "newcomer", &kept)?;
    kept.payload.clear();
    client.publish("keeper", &kept)?;
    hears(client, "newcomer", "kept/a", "", 1)?;
    connect(client, "late")?;
    subscribe(client, "late", "kept/+", 1)?;
    say(client, "keeper", "kept/b", "first", 0)?;
    hears(client, "late", "kept/b", "first", 0)?;
    end(client, &["keeper", "newcomer", "late"])
}

fn with_will(topic: &str, delay: u32) -> Connect {
    Connect {
        clean: delay == 0,
        will: Some(Will {
            topic: topic.to_owned(),
            payload: "gone".to_owned(),
            qos: 1,
            delay,
        }),
        ..Connect::default()
    }
}

fn will(client: &mut dyn Client) -> Done {
    connect(client, "heir")?;
    connect(client, "witness")?;
    subscribe(client, "heir", "will/#", 1)?;
    client.connect("doomed", &with_will("will/x", 0))?;
    client.vanish("doomed")?;
    hears(client, "heir", "will/x", "gone", 1)?;
    client.connect("polite", &with_will("will/y", 0))?;
    client.end("polite")?;
    say(client, "witness", "will/z", "next", 0)?;
    hears(client, "heir", "will/z", "next", 0)?;
    end(client, &["heir", "witness"])
}

fn lasting() -> Connect {
    Connect {
        clean: false,
        ..Connect::default()
    }
}

fn session(client: &mut dyn Client) -> Done {
    const COUNT: usize = 50;
    if client.connect("sleeper", &lasting())? == Some(true) {
        return no("a session was there before");
    }
    subscribe(client, "sleeper", "s/#", 2)?;
    client.end("sleeper")?;
    connect(client, "waking")?;
    for qos in [1, 2] {
        let mut words = words("s/a", "", qos);
        words.count = COUNT;
        client.publish("waking", &words)?;
    }
    if client.connect("sleeper", &lasting())? == Some(false) {
        return no("no session was there");
    }
    for qos in [1, 2] {
        for number in 0..COUNT {
            hears(client, "sleeper", "s/a", &number.to_string(), qos)?;
        }
    }
    client.end("sleeper")?;
    if client.connect("sleeper", &Connect::default())? == Some(true) {
        return no("a session was there after a clean start");
    }
    end(client, &["sleeper", "waking"])
}

fn shared(client: &mut dyn Client) -> Done {
    const COUNT: usize = 20;
    for member in ["one", "two"] {
        connect(client, member)?;
        subscribe(client, member, "$share/g/j/#", 1)?;
    }
    connect(client, "giver")?;
    let mut jobs = words("j/a", "", 1);
    jobs.count = COUNT;
    client.publish("giver", &jobs)?;
    let mut got = Vec::new();
    for member in ["one", "two"] {
        for _ in 0..COUNT / 2 {
            got.push(client.message(member)?.payload.parse::<usize>().ok());
        }
    }
    got.sort();
    match got.into_iter().eq((0..COUNT).map(Some)) {
        true => end(client, &["one", "two", "giver"]),
        false => no("not each message went to one member"),
    }
}

fn megabyte(client: &mut dyn Client) -> Done {
    const LEN: usize = 1_000_000;
    let bytes = filling(LEN);
    connect(client, "wide")?;
    connect(client, "heavy")?;
    subscribe(client, "wide", "large", 2)?;
    for qos in 0..=2 {
        let mut large = words("large", "", qos);
        large.fill = LEN;
        client.publish("heavy", &large)?;
        if client.message("wide")?.long != Some((LEN, adler32(&bytes))) {
            return no(format!("the payload has changed at QoS {qos}"));
        }
    }
    end(client, &["wide", "heavy"])
}

fn many(client: &mut dyn Client) -> Done {
    const COUNT: usize = 5_000;
    connect(client, "patient")?;
    connect(client, "busy")?;
    subscribe(client, "patient", "many", 1)?;
    let mut words = words("many", "", 1);
    words.count = COUNT;
    client.publish("busy", &words)?;
    for number in 0..COUNT {
        hears(client, "patient", "many", &number.to_string(), 1)?;
    }
    end(client, &["patient", "busy"])
}

/// The name of a peer may have one more: of the same client identifier.
pub(crate) const AGAIN: &str = "'";

fn take_over(client: &mut dyn Client) -> Done {
    connect(client, "double")?;
    subscribe(client, "double", "d", 0)?;
    let again = format!("double{AGAIN}");
    connect(client, &again)?;
    client.lost("double")?;
    subscribe(client, &again, "d", 0)?;
    connect(client, "caller")?;
    say(client, "caller", "d", "you", 0)?;
    hears(client, &again, "d", "you", 0)?;
    end(client, &[&again, "caller"])
}

/// Two peers, of which the first has subscribed to `topic`, with this message said to it.
fn between(
    client: &mut dyn Client,
    names: [&str; 2],
    wish: &Wish,
    what: &Publish,
) -> Done<Message> {
    let [hearer, speaker] = names;
    connect(client, hearer)?;
    connect(client, speaker)?;
    client.subscribe(hearer, &what.topic, wish)?;
    client.publish(speaker, what)?;
    let got = expect(client, hearer, what)?;
    end(client, &names)?;
    Ok(got)
}

fn user_properties(client: &mut dyn Client) -> Done {
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let mut what = words("props", "x", 0);
    what.user = vec![pair("b", "1"), pair("a", "2"), pair("b", "3\u{e4}")];
    let got = between(client, ["reader", "writer"], &Wish::default(), &what)?;
    // Some clients show them by name: order counts among those of one name.
    let sorted = |mut pairs: Vec<(String, String)>| {
        pairs.sort_by(|a, b| a.0.cmp(&b.0));
        pairs
    };
    match sorted(got.user.clone()) == sorted(what.user) {
        true => Ok(()),
        false => no(format!("{:?} came", got.user)),
    }
}

fn request_response(client: &mut dyn Client) -> Done {
    connect(client, "asks")?;
    connect(client, "answers")?;
    subscribe(client, "asks", "answers/asks", 1)?;
    subscribe(client, "answers", "questions", 1)?;
    let mut question = words("questions", "how many?", 1);
    question.response = Some("answers/asks".to_owned());
    question.correlation = Some("no. 7".to_owned());
    client.publish("asks", &question)?;
    let got = expect(client, "answers", &question)?;
    let mut answer = words(&got.response.unwrap_or_default(), "12", 1);
    if answer.topic.is_empty() {
        return no("no Response Topic came");
    }
    answer.correlation = got.correlation;
    client.publish("answers", &answer)?;
    let got = expect(client, "asks", &answer)?;
    match got.correlation.as_deref() {
        Some("no. 7") => end(client, &["asks", "answers"]),
        other => no(format!("Correlation Data {other:?} came")),
    }
}

fn subscription_id(client: &mut dyn Client) -> Done {
    let wish = Wish {
        id: Some(268_435_455),
        ..Wish::default()
    };
    let got = between(client, ["numbers", "talks"], &wish, &words("ids", "x", 0))?;
    match got.ids == [268_435_455] {
        true => Ok(()),
        false => no(format!("{:?} came", got.ids)),
    }
}

fn no_local(client: &mut dyn Client) -> Done {
    connect(client, "alone")?;
    let wish = Wish {
        no_local: true,
        ..Wish::default()
    };
    client.subscribe("alone", "own", &wish)?;
    subscribe(client, "alone", "all", 0)?;
    say(client, "alone", "own", "mine", 0)?;
    say(client, "alone", "all", "mine", 0)?;
    hears(client, "alone", "all", "mine", 0)?;
    end(client, &["alone"])
}

fn alias_out(client: &mut dyn Client) -> Done {
    connect(client, "long")?;
    connect(client, "short")?;
    subscribe(client, "long", "alias/#", 0)?;
    for (topic, payload) in [("alias/a", "1"), ("", "2")] {
        let mut what = words(topic, payload, 0);
        what.alias = Some(1);
        client.publish("short", &what)?;
        hears(client, "long", "alias/a", payload, 0)?;
    }
    end(client, &["long", "short"])
}

fn alias_in(client: &mut dyn Client) -> Done {
    let how = Connect {
        alias_max: 10,
        ..Connect::default()
    };
    client.connect("knows", &how)?;
    connect(client, "repeats")?;
    subscribe(client, "knows", "alias/#", 0)?;
    for payload in ["1", "2", "3"] {
        say(client, "repeats", "alias/of/the/broker", payload, 0)?;
    }
    // This one has a topic in any case; who does not know aliases hears it first.
    say(client, "repeats", "alias/last", "4", 0)?;
    for payload in ["1", "2", "3"] {
        hears(client, "knows", "alias/of/the/broker", payload, 0)?;
    }
    hears(client, "knows", "alias/last", "4", 0)?;
    end(client, &["knows", "repeats"])
}

fn message_expiry(client: &mut dyn Client) -> Done {
    client.connect("away", &lasting())?;
    subscribe(client, "away", "expiry", 1)?;
    client.end("away")?;
    connect(client, "hurries")?;
    for (payload, expiry) in [("short", 1), ("long", 1000)] {
        let mut what = words("expiry", payload, 1);
        what.expiry = Some(expiry);
        client.publish("hurries", &what)?;
    }
    sleep(Duration::from_millis(1_200));
    client.connect("away", &lasting())?;
    let got = expect(client, "away", &words("expiry", "long", 1))?;
    match got.expiry {
        Some(1..1000) => end(client, &["away", "hurries"]),
        other => no(format!("an expiry of {other:?} came after a second")),
    }
}

fn will_delay(client: &mut dyn Client) -> Done {
    connect(client, "waits")?;
    subscribe(client, "waits", "delay", 1)?;
    client.connect("delayed", &with_will("delay", 1))?;
    let began = Instant::now();
    client.vanish("delayed")?;
    hears(client, "waits", "delay", "gone", 1)?;
    match began.elapsed() >= Duration::from_secs(1) {
        true => end(client, &["waits"]),
        false => no("the will came at once"),
    }
}

fn reason_codes(client: &mut dyn Client) -> Done {
    connect(client, "curious")?;
    // A program that is refused all it asks for may end.
    subscribe(client, "curious", "granted", 0)?;
    // More levels than the broker allows; what is malformed some clients refuse themselves.
    let deep = "deep/".repeat(150);
    let code = client.subscribe("curious", &deep, &Wish::default())?;
    let again = format!("curious{AGAIN}");
    let told = [
        ("SUBACK", 0x8F, Some(code)),
        (
            "PUBACK",
            0x10,
            client.publish("curious", &words("nobody/listens", "x", 1))?,
        ),
        (
            "UNSUBACK",
            0x11,
            client.unsubscribe("curious", "never/subscribed")?,
        ),
        ("DISCONNECT", 0x8E, {
            connect(client, &again)?;
            client.lost("curious")?
        }),
    ];
    end(client, &[&again])?;
    let mut silent = Vec::new();
    for (packet, wanted, code) in told {
        match code {
            Some(code) if code != wanted => return no(format!("{packet} with 0x{code:02X}")),
            Some(_) => {}
            None => silent.push(packet),
        }
    }
    match silent.is_empty() {
        true => Ok(()),
        false => Err(Fail::Partly(format!(
            "all codes that it tells are right; it tells none of {}",
            silent.join(", ")
        ))),
    }
}

/// A client that says nothing of its own while others play, and is still there afterwards.
#[derive(Debug)]
pub struct KeepAlive(Instant);

impl KeepAlive {
    /// The name of the feature.
    pub const NAME: &str = "keep-alive";
    /// Some take no less than five seconds; and half of it is what a busy machine may cost.
    const SECS: u16 = 6;

    /// Connects it.
    ///
    /// # Errors
    /// If that cannot be done.
    pub fn begin(client: &mut dyn Client) -> Done<Self> {
        let how = Connect {
            keep: Self::SECS,
            ..Connect::default()
        };
        client.connect("idle", &how)?;
        subscribe(client, "idle", "awake", 0)?;
        Ok(Self(Instant::now()))
    }

    /// Whether it is still there, after more than its time.
    ///
    /// # Errors
    /// If it is not.
    pub fn end(self, client: &mut dyn Client) -> Done {
        let time = Duration::from_secs(Self::SECS.into()) * 3 / 2;
        sleep((time + Duration::from_secs(1)).saturating_sub(self.0.elapsed()));
        connect(client, "wakes")?;
        say(client, "wakes", "awake", "still?", 0)?;
        hears(client, "idle", "awake", "still?", 0)?;
        end(client, &["idle", "wakes"])
    }
}
