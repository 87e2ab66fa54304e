//! Opening the ports, and what to do about one that cannot be opened.

use std::io;
use std::net::SocketAddr;

use mio::net::TcpListener;
use rustix::net::sockopt;

use crate::cli::ListenAddr;

/// A port that is open.
#[derive(Debug)]
pub(crate) struct Listener {
    pub(crate) socket: TcpListener,
    /// With the real port where 0 was asked for.
    pub(crate) address: SocketAddr,
}

/// Why a port could not be opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ListenError {
    #[error(
        "will not listen on {address}: other machines could connect, and without passwords whoever \
         connects may read and publish everything.\n  \
         If that is what you want, add --allow-anonymous; if not, listen on 127.0.0.1:{}", address.port()
    )]
    Exposed { address: SocketAddr },
    #[error("cannot listen on {asked}: no such host ({source})")]
    Unknown { asked: String, source: io::Error },
    #[error(
        "cannot listen on {address}: the port is taken.\n  {},\n  \
         or take other ports: `tidings {instead}`", by_whom(address.port())
    )]
    Taken {
        address: SocketAddr,
        /// Arguments with which it would work.
        instead: String,
    },
    #[error(
        "cannot listen on {address}: the command line gives this port twice, and {first} has it"
    )]
    Twice {
        address: SocketAddr,
        first: SocketAddr,
    },
    #[error(
        "cannot listen on {address}: ports below 1024 are for the administrator.\n  \
         Take another one, such as --listen {}:{}", address.ip(), address.port().saturating_add(8000)
    )]
    Forbidden { address: SocketAddr },
    #[error("cannot listen on {address}: {source}")]
    Other {
        address: SocketAddr,
        source: io::Error,
    },
}

fn by_whom(port: u16) -> String {
    match port {
        1883 => "Debian's Mosquitto starts by itself and takes 1883: stop it with \
                 `sudo systemctl stop mosquitto`"
            .to_owned(),
        port => format!("`ss -ltnp 'sport = :{port}'` shows by whom"),
    }
}

impl ListenError {
    /// Whether the command line asks for something it must not.
    pub(crate) fn is_usage(&self) -> bool {
        matches!(self, Self::Exposed { .. } | Self::Twice { .. })
    }
}

/// Opens every port, or none.
///
/// # Errors
/// Says which could not be opened and what a person can do.
pub(crate) fn listen(
    asked: &[ListenAddr],
    allow_anonymous: bool,
) -> Result<Vec<Listener>, ListenError> {
    let mut addresses = Vec::new();
    for asked in asked {
        let found = asked.resolve().map_err(|source| ListenError::Unknown {
            asked: asked.to_string(),
            source,
        })?;
        // Said before any port is open, so that nobody sees half a start.
        if let Some(&address) = found.iter().find(|a| !is_loopback(a))
            && !allow_anonymous
        {
            return Err(ListenError::Exposed { address });
        }
        addresses.push(found);
    }
    let mut listeners = Vec::new();
    for same in addresses {
        let before = listeners.len();
        let mut missing = None;
        for address in same {
            match open(address) {
                Ok(listener) => listeners.push(listener),
                // `localhost` is often both 127.0.0.1 and ::1 where only one of them exists.
                Err(error) if error.kind() == io::ErrorKind::AddrNotAvailable => {
                    missing = Some(explain(address, error));
                }
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
                    let mut ours = listeners.iter().map(|listener| listener.address);
                    if let Some(first) = ours.find(|ours| overlap(ours, &address)) {
                        return Err(ListenError::Twice { address, first });
                    }
                    // What was opened would count as taken.
                    drop(listeners);
                    let instead = instead(asked);
                    return Err(ListenError::Taken { address, instead });
                }
                Err(error) => return Err(explain(address, error)),
            }
        }
        if let Some(missing) = missing
            && listeners.len() == before
        {
            return Err(missing);
        }
    }
    Ok(listeners)
}

/// Whether one of two listeners keeps the other one out. `[::]` stands for IPv4, too.
fn overlap(one: &SocketAddr, other: &SocketAddr) -> bool {
    let any = |address: &SocketAddr| address.ip().is_unspecified();
    one.port() == other.port()
        && (one.ip() == other.ip()
            || any(one) && (one.is_ipv6() || other.is_ipv4())
            || any(other) && (other.is_ipv6() || one.is_ipv4()))
}

/// The same command line with ports that are free.
fn instead(asked: &[ListenAddr]) -> String {
    let mut arguments = Vec::new();
    let mut chosen = Vec::new();
    let mut exposed = false;
    for asked in asked {
        let addresses = asked.resolve().unwrap_or_default();
        exposed |= addresses.iter().any(|address| !is_loopback(address));
        let is_free = |port: u16| {
            port == 0
                || !chosen.contains(&port)
                    && addresses.iter().all(|&address| {
                        let tried = std::net::TcpListener::bind((address.ip(), port));
                        !tried.is_err_and(|error| error.kind() == io::ErrorKind::AddrInUse)
                    })
        };
        let port = (asked.port()..=u16::MAX).find(|port| is_free(*port));
        let port = port.unwrap_or(0);
        chosen.push(port);
        arguments.push(format!("--listen {}", asked.with_port(port)));
    }
    if exposed {
        arguments.push("--allow-anonymous".to_owned());
    }
    arguments.join(" ")
}

/// Whether only this machine can connect.
pub(crate) fn is_loopback(address: &SocketAddr) -> bool {
    address.ip().to_canonical().is_loopback()
}

fn open(address: SocketAddr) -> io::Result<Listener> {
    let socket = TcpListener::bind(address)?;
    // Linux and the BSDs hand it down to what is accepted, which saves a call for each connection.
    sockopt::set_tcp_nodelay(&socket, true)?;
    let address = socket.local_addr()?;
    Ok(Listener { socket, address })
}

fn explain(address: SocketAddr, source: io::Error) -> ListenError {
    match source.kind() {
        io::ErrorKind::PermissionDenied => ListenError::Forbidden { address },
        _ => ListenError::Other { address, source },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_named_with_what_to_do() {
        let error = |port: u16| {
            let address = SocketAddr::from(([127, 0, 0, 1], port));
            let instead = "--listen 1884".to_owned();
            ListenError::Taken { address, instead }.to_string()
        };
        let usual = error(1883);
        assert!(usual.contains("127.0.0.1:1883") && usual.contains("systemctl stop mosquitto"));
        let other = error(8080);
        assert!(other.contains(":8080") && !other.contains("osquitto"));
        assert!(other.contains("`tidings --listen 1884`"));
    }

    #[test]
    fn what_is_proposed_instead_is_free() {
        let taken: Vec<_> = (0..2)
            .map(|_| std::net::TcpListener::bind("127.0.0.1:0").unwrap())
            .collect();
        let ports = taken.iter().map(|t| t.local_addr().unwrap().port());
        let ports: Vec<u16> = ports.collect();
        let asked = [
            format!("{}", ports[0]),
            format!("0.0.0.0:{}", ports[1]),
            format!("{}", ports[0]),
        ];
        let asked = asked.map(|asked| asked.parse().unwrap());
        let instead = instead(&asked);
        let words: Vec<&str> = instead.split(' ').collect();
        let [_, first, _, second, _, third, "--allow-anonymous"] = words[..] else {
            panic!("{instead}");
        };
        let second = second.strip_prefix("0.0.0.0:").unwrap();
        let proposed = [first, second, third].map(|port| port.parse::<u16>().unwrap());
        assert!(
            proposed.iter().all(|port| !ports.contains(port)),
            "{instead}"
        );
        assert!(proposed[0] != proposed[2], "{instead}");
    }

    #[test]
    fn knows_which_listeners_are_in_each_others_way() {
        for (one, other, expected) in [
            ("127.0.0.1:1", "127.0.0.1:1", true),
            ("0.0.0.0:1", "127.0.0.1:1", true),
            ("[::]:1", "127.0.0.1:1", true),
            ("[::]:1", "[::1]:1", true),
            ("0.0.0.0:1", "[::1]:1", false),
            ("127.0.0.1:1", "[::1]:1", false),
            ("127.0.0.1:1", "127.0.0.2:1", false),
            ("0.0.0.0:1", "127.0.0.1:2", false),
        ] {
            let (one, other) = (one.parse().unwrap(), other.parse().unwrap());
            assert_eq!(overlap(&one, &other), expected, "{one} {other}");
            assert_eq!(overlap(&other, &one), expected, "{other} {one}");
        }
    }

    #[test]
    fn a_port_of_the_administrators_is_named_with_another() {
        let address = SocketAddr::from(([127, 0, 0, 1], 80));
        let error = ListenError::Forbidden { address };
        assert!(error.to_string().contains("--listen 127.0.0.1:8080"));
    }
}
