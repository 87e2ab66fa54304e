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
    #[error("cannot listen on {address}: the port is taken.\n  {}", taken(address.port()))]
    Taken { address: SocketAddr },
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

fn taken(port: u16) -> String {
    match port {
        1883 => "Debian's Mosquitto starts by itself and takes 1883: stop it with \
                 `sudo systemctl stop mosquitto`,\n  \
                 or take other ports, such as `tidings --listen 1884 --listen 8080`"
            .to_owned(),
        port => format!(
            "`ss -ltnp 'sport = :{port}'` shows by whom; \
             or take other ports, such as `tidings --listen 1884 --listen 8081`"
        ),
    }
}

impl ListenError {
    /// Whether the command line asks for something it must not.
    pub(crate) fn is_usage(&self) -> bool {
        matches!(self, Self::Exposed { .. })
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
        io::ErrorKind::AddrInUse => ListenError::Taken { address },
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
            ListenError::Taken { address }.to_string()
        };
        let usual = error(1883);
        assert!(usual.contains("127.0.0.1:1883") && usual.contains("systemctl stop mosquitto"));
        let other = error(8080);
        assert!(
            other.contains(":8080") && other.contains("--listen") && !other.contains("osquitto")
        );
    }

    #[test]
    fn a_port_of_the_administrators_is_named_with_another() {
        let address = SocketAddr::from(([127, 0, 0, 1], 80));
        let error = ListenError::Forbidden { address };
        assert!(error.to_string().contains("--listen 127.0.0.1:8080"));
    }
}
