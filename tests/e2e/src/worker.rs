//! A worker of the page's kind, spoken to in the words of the page.
//!
//! A script in the page hands batches on between a socket of this program and a worker of its own,
//! and does nothing else.

use std::net::{TcpListener, TcpStream};

use serde_json::json;
use tidings_testkit::PATIENCE;
use tidings_world::view::{
    Answer, FromWorker, Micros, Print, Speed, ToWorker, Token, decode, encode,
};
use tungstenite::{Message, WebSocket};

use crate::page::Page;

/// Starts the worker that the document names, once more, when there is a way to tell of it.
const HAND_ON: &str = "
    const socket = new WebSocket(arguments[0]);
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => {
        const worker = new Worker(document.querySelector('link[rel=tidings-worker]').href);
        worker.onmessage = ({ data }) => socket.send(data);
        worker.onerror = ({ message }) => socket.send(message || 'the worker did not load');
        socket.onmessage = ({ data }) => worker.postMessage(data, [data]);
        socket.onclose = () => worker.terminate();
    };";

/// Who takes what a page says, and says what a page hears.
pub trait Talk {
    /// Says something, and lets some time of the wall pass where that does not pass by itself.
    fn say(&mut self, message: ToWorker);

    /// The answer to what was said last with this token.
    fn answer(&mut self, token: Token) -> Answer;

    /// Says something with a token, and gives its answer.
    fn ask(&mut self, message: impl FnOnce(Token) -> ToWorker) -> Answer
    where
        Self: Sized,
    {
        let token = Token(7);
        self.say(message(token));
        self.answer(token)
    }

    /// The run at the playhead.
    fn print(&mut self) -> Print
    where
        Self: Sized,
    {
        let answer = self.ask(ToWorker::Print);
        answer.print.expect("a worker answers what it is asked")
    }

    /// Lets the scene play, as fast as there is, until a moment has come, and goes back to it.
    fn play_to(&mut self, at: Micros) -> Print
    where
        Self: Sized,
    {
        self.say(ToWorker::Speed(Speed::Times(1000.0)));
        self.say(ToWorker::Run);
        while self.print().at < at {}
        self.say(ToWorker::Seek(at));
        self.print()
    }
}

/// A worker in a page.
#[derive(Debug)]
pub struct Worker(WebSocket<TcpStream>);

impl Worker {
    /// Starts one. It ends with this value, or with the page.
    pub fn start(page: &Page) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("it has one");
        let url = format!("ws://{address}");
        page.driver().run(HAND_ON, &[json!(url)]);
        let (stream, _) = listener.accept().expect("the page connects");
        stream
            .set_read_timeout(Some(4 * PATIENCE))
            .and_then(|()| stream.set_nodelay(true))
            .expect("a socket can be set up");
        let mut worker = Self(tungstenite::accept(stream).expect("a handshake"));
        // Whatever is said before it speaks is lost.
        worker.hear();
        worker
    }

    /// The next batch.
    pub fn hear(&mut self) -> Vec<FromWorker> {
        match self.0.read().expect("the worker lives") {
            Message::Binary(batch) => {
                let batch = decode(&batch).expect("page and worker are of one build");
                for message in &batch {
                    if let FromWorker::Broken { message } = message {
                        panic!("the worker broke: {message}");
                    }
                }
                batch
            }
            other => panic!("{other} came from the worker"),
        }
    }
}

impl Talk for Worker {
    fn say(&mut self, message: ToWorker) {
        let batch = Message::binary(encode(&[message]));
        self.0.send(batch).expect("the worker lives");
    }

    fn answer(&mut self, token: Token) -> Answer {
        loop {
            for message in self.hear() {
                match message {
                    FromWorker::Answer(answer) if answer.token == token => return answer,
                    _ => {}
                }
            }
        }
    }
}
