//! One lookup with its connection: it says what to connect, secure, send and close; here is only the carrying.

use crate::boot::clock::Clock;
use crate::boot::credulous;
use crate::boot::dialer::{self, Dialer, Duplex};
use crate::boot::trust::Purpose;
use crate::defects::{Defect, Defects};
use crate::ldap::{Failure, Fault, Found, Input, Lookup, Output};
use crate::settings::Settings;
use crate::time::{Duration, Instant};
use std::future::Future;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::oneshot;

/// Octets that are read at once.
const CHUNK: usize = 8192;
/// For the last octets to leave.
const FAREWELL: Duration = Duration::from_secs(2);

/// What a lookup needs of the phone.
pub(super) struct Running {
    pub(super) dialer: Dialer,
    pub(super) settings: Settings,
    pub(super) defects: Defects,
    pub(super) clock: Clock,
    /// Spoken when the person waits no longer.
    pub(super) given_up: oneshot::Receiver<()>,
}

/// A connection.
enum Stream {
    None,
    Clear(TcpStream, u16),
    Secure(Box<dyn Duplex>),
}

impl Running {
    /// Carries a lookup out. Ends when the machine does: it has deadlines for everything.
    pub(super) async fn run(mut self, mut machine: Lookup) -> Result<Found, Failure> {
        let mut stream = Stream::None;
        let mut chunk = vec![0; CHUNK];
        loop {
            let (output, deadline) = (machine.poll(), machine.deadline());
            match output {
                Output::Connect { host, port } => {
                    let trusts = machine.is_secure() && !self.defects.has(Defect::LdapAcceptsAnyCertificate);
                    let connecting = connect(&self.dialer, &self.settings, trusts, &host, port);
                    let input = match unless(self.clock, deadline, &mut self.given_up, connecting).await {
                        Ok(Ok(connected)) => {
                            stream = Stream::Clear(connected, port);
                            Input::Connected
                        }
                        Ok(Err(fault)) => Input::Failed(fault),
                        Err(interruption) => interruption,
                    };
                    machine.handle(input, self.clock.now());
                }
                Output::Secure { host } => {
                    let plain = std::mem::replace(&mut stream, Stream::None);
                    let securing = secure(&self.dialer, &self.settings, &self.defects, plain, &host);
                    let input = match unless(self.clock, deadline, &mut self.given_up, securing).await {
                        Ok(Ok((secured, refused))) => {
                            stream = Stream::Secure(secured);
                            Input::Secured { refused }
                        }
                        Ok(Err(fault)) => Input::Failed(fault),
                        Err(interruption) => interruption,
                    };
                    machine.handle(input, self.clock.now());
                }
                Output::Write(bytes) => {
                    let Some(stream) = stream.open() else { continue };
                    match unless(self.clock, deadline, &mut self.given_up, stream.write_all(&bytes)).await {
                        Ok(Ok(())) => {}
                        Ok(Err(_)) => machine.handle(Input::Closed, self.clock.now()),
                        Err(interruption) => machine.handle(interruption, self.clock.now()),
                    }
                }
                Output::Close => {
                    if let Some(stream) = stream.open() {
                        // A server that takes nothing any more is left without a goodbye.
                        let _ = tokio::time::timeout(FAREWELL, stream.shutdown()).await;
                    }
                    stream = Stream::None;
                }
                Output::Done(outcome) => return outcome,
                Output::Wait(_) => {
                    let Some(stream) = stream.open() else { return Err(Failure::Closed) };
                    let input = match unless(self.clock, deadline, &mut self.given_up, stream.read(&mut chunk)).await {
                        Ok(Ok(length @ 1..)) => Input::Bytes(chunk.get(..length).unwrap_or_default()),
                        Ok(Ok(_) | Err(_)) => Input::Closed,
                        Err(interruption) => interruption,
                    };
                    machine.handle(input, self.clock.now());
                }
            }
        }
    }
}

impl Stream {
    fn open(&mut self) -> Option<&mut dyn Duplex> {
        match self {
            Stream::None => None,
            Stream::Clear(stream, ..) => Some(stream),
            Stream::Secure(stream) => Some(stream.as_mut()),
        }
    }
}

/// A connection; where a certificate is to be trusted, not without anybody to trust.
async fn connect(
    dialer: &Dialer,
    settings: &Settings,
    trusts: bool,
    host: &str,
    port: u16,
) -> Result<TcpStream, Fault> {
    if trusts {
        dialer.tls(Purpose::Directory, settings)?;
    }
    dialer.connect(host, port).await
}

/// TLS over what is connected; beside it why the certificate should have been refused, on a phone with a defect.
async fn secure(
    dialer: &Dialer,
    settings: &Settings,
    defects: &Defects,
    stream: Stream,
    host: &str,
) -> Result<(Box<dyn Duplex>, Option<String>), Fault> {
    let Stream::Clear(stream, port) = stream else { return Err(Fault::NoTls("there is no connection".into())) };
    if defects.has(Defect::LdapAcceptsAnyCertificate) {
        let stream = dialer::secure(stream, host, credulous::config()?).await?;
        return Ok((Box::new(stream), None));
    }
    let tls = dialer.tls(Purpose::Directory, settings)?;
    match dialer::secure(stream, host, tls).await {
        Err(Fault::Certificate(why)) if defects.has(Defect::LdapPasswordToRefused) => {
            let again = dialer.connect(host, port).await?;
            Ok((Box::new(dialer::secure(again, host, credulous::config()?).await?), Some(why)))
        }
        secured => Ok((Box::new(secured?), None)),
    }
}

/// What comes of some work, unless it takes too long or is not wanted any more.
async fn unless<T>(
    clock: Clock,
    deadline: Option<Instant>,
    given_up: &mut oneshot::Receiver<()>,
    work: impl Future<Output = T>,
) -> Result<T, Input<'static>> {
    tokio::select! {
        done = work => Ok(done),
        () = clock.until(deadline) => Err(Input::Wake),
        // A service that is gone has no wish; its task goes with it.
        Ok(()) = given_up => Err(Input::GiveUp),
    }
}
