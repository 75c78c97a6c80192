//! A bench to play with: what a scenario has, kept open for a person.

use crate::network::{PASSWORD, Party, USER};
use crate::outcome::Stop;
use crate::phrases::{exchange, phone, silence};
use crate::suite::{Execution, SuiteOptions};
use crate::unit::UnitUnderTest;
use crate::world::Scene;
use bench::{Net, plan};
use evidence::print::{self, Names};
use evidence::{Capture, SipMessage};
use servers::sip::{Carriage, Exchange, Flow, Method, Target};
use std::collections::HashSet;
use std::fmt::Write as _;
use std::io;
use std::net::IpAddr;
use std::time::Duration;
use tokio::io::AsyncWriteExt as _;

/// How long an answer is waited for before the person is told that none came.
const PATIENCE: Duration = Duration::from_secs(1);

/// How long an OPTIONS that must be answered may take.
const OPTIONS_LIMIT: Duration = Duration::from_secs(5);

/// What a person may type.
pub const HELP: &str = "\
  send METHOD WHO   one request to the phone; WHO is call, second or stranger: send OPTIONS stranger
  key URI           a key or dial URI: key Key:Speaker, key Dial:5550100
  ladder            all SIP so far
  help              this
  quit              ends it (Ctrl-C does too)
";

/// An open bench with a registered phone.
pub struct Playground {
    scene: Scene,
    // Responses that the phone gave to what was thrown at it.
    answered: HashSet<Vec<u8>>,
    // The connection that OPTIONS go over.
    flow: Option<Flow>,
}

/// What a phone did with octets that were thrown at it.
pub struct Thrown {
    /// Its responses, in order.
    pub answers: Vec<SipMessage>,
    /// Its final answer to the OPTIONS that followed; none when it is deaf.
    pub then: Option<u16>,
}

impl Playground {
    /// Switches a phone on and gives it an account.
    ///
    /// # Errors
    /// What went wrong, and whose fault it is.
    pub async fn open(execution: Execution, unit: UnitUnderTest, options: &SuiteOptions) -> Result<Self, Stop> {
        let mut scene = Scene::open(execution, unit, options).await?;
        phone::bring_up(&mut scene).await?;
        Ok(Playground { scene, answered: HashSet::new(), flow: None })
    }

    /// The phone's address.
    ///
    /// # Errors
    /// When it has none.
    pub fn phone(&self) -> Result<IpAddr, Stop> {
        self.scene.phone_address()
    }

    /// Where sockets of this bench are made.
    pub fn net(&self) -> Net {
        self.scene.net()
    }

    /// The addresses, for a person.
    pub fn describe(&self) -> String {
        let mut text = String::new();
        let mut line = |name: &str, value: &str| {
            let _ = writeln!(text, "  {name:<12}{value}");
        };
        line("phone", &self.phone().map_or("no address".into(), |a| format!("{a}, a {}", self.scene.unit.model)));
        line("account", &format!("{USER} with password {PASSWORD}"));
        line("call server", &format!("{} {}", plan::SIP_LISTED.v4(), crate::network::LISTED[0]));
        line("second", &format!("{} {}", plan::SIP_SECOND.v4(), crate::network::LISTED[1]));
        line("stranger", &format!("{} {}", plan::SIP_UNLISTED.v4(), crate::network::STRANGER));
        line("process", &self.scene.phone.process().map_or("none".into(), |p| p.to_string()));
        text
    }

    /// Does what a person typed and says what came of it; `None` ends the play.
    pub async fn obey(&mut self, typed: &str) -> Option<String> {
        let words: Vec<&str> = typed.split_whitespace().collect();
        Some(match words.as_slice() {
            ["quit" | "exit"] => return None,
            [] => String::new(),
            ["send", method, who] => self.send(method, who).await,
            ["key", uri] => match self.key(uri).await {
                Ok(()) => "done\n".into(),
                Err(stop) => format!("{stop}\n"),
            },
            ["ladder"] => print::ladder(&self.scene.observer.look(), &names()),
            _ => HELP.into(),
        })
    }

    /// Asks OPTIONS as the call server, over TCP always on the same connection, and returns their Call-ID and the final answer.
    async fn ask_options(&mut self, tcp: bool) -> Result<(String, Option<u16>), Stop> {
        let scene = &mut self.scene;
        let request = exchange::request_to(scene, Method::Options, tcp)?;
        let request = match self.flow {
            Some(flow) if tcp => request.by(Carriage::Over(flow)),
            _ => request,
        };
        let index = exchange::send(scene, Party::CallServer, request, tcp).await?;
        let Some(sent) = scene.story.sent.get(index) else { return Err(Stop::bench("a message was lost")) };
        if tcp {
            self.flow = sent.exchange.as_ref().map(Exchange::flow);
        }
        let answer = sent.final_response(scene, OPTIONS_LIMIT).await;
        Ok((sent.call_id.clone(), answer.and_then(|m| m.code())))
    }

    async fn key(&self, uri: &str) -> Result<(), Stop> {
        self.scene.keys()?.execute(uri).await
    }

    async fn send(&mut self, method: &str, who: &str) -> String {
        let party = match who {
            "call" => Party::CallServer,
            "second" => Party::Second,
            "stranger" => Party::Stranger,
            other => return format!("there is no `{other}`; it is call, second or stranger\n"),
        };
        let request = exchange::request_to(&self.scene, Method::named(&method.to_ascii_uppercase()), false);
        let sent = match request {
            Ok(request) => exchange::send(&mut self.scene, party, request, false).await,
            Err(stop) => Err(stop),
        };
        let index = match sent {
            Ok(index) => index,
            Err(stop) => return format!("{stop}\n"),
        };
        let Some(sent) = self.scene.story.sent.get(index) else { return String::new() };
        // A person sees provisional answers first; the final one may take as long as a person does.
        let answer = self
            .scene
            .observer
            .until(PATIENCE, |c| sent.responses(c).find(|m| m.code().is_some_and(|c| c > 100)).map(|m| m.title()))
            .await;
        match answer {
            Some(title) => format!("the phone answers {title}\n"),
            None => format!("no answer within {} s\n", PATIENCE.as_secs()),
        }
    }

    /// Throws octets at the phone's SIP port as they are, from the call server's address, over TCP on a connection of their own, and then asks
    /// OPTIONS, over TCP always on one and the same connection. What is due after that is waited for so long; with no time given, silence is
    /// proven as everywhere: the answer to OPTIONS is there, and the settling time has passed.
    ///
    /// # Errors
    /// What went wrong before the octets were thrown, and whose fault it is.
    pub async fn throw(&mut self, octets: Vec<u8>, tcp: bool, due: Option<Duration>) -> Result<Thrown, Stop> {
        let scene = &mut self.scene;
        let to = exchange::sip_address(scene)?;
        let mark = scene.observer.look().mark();
        let connection = if tcp {
            let failed = |e: io::Error| Stop::failed("the phone takes a TCP connection", e.to_string(), []);
            let mut stream = scene.net().tcp_connect(Party::CallServer.address(), to).await.map_err(failed)?;
            stream.write_all(&octets).await.map_err(failed)?;
            Some(stream)
        } else {
            scene.network.call_server.send_raw(&Target::Address(to), Carriage::Udp, octets).await?;
            None
        };
        let (call_id, then) = self.ask_options(tcp).await?;
        let scene = &self.scene;
        let answers = |capture: &Capture| {
            let from_phone = |m: &&SipMessage| m.is_response() && m.src.ip() == to.ip();
            let to_options = |m: &&SipMessage| m.call_id() != Some(call_id.as_str());
            // What was said before and is said again is for somebody else: a final response that nobody acknowledged.
            let new = |m: &&SipMessage| !self.answered.contains(&m.raw);
            capture
                .sip_messages_since(mark)
                .filter(from_phone)
                .filter(to_options)
                .filter(new)
                .cloned()
                .collect::<Vec<_>>()
        };
        match due {
            Some(limit) => {
                let said = |m: &SipMessage| m.code().is_some_and(|code| code > 100);
                scene.observer.until(limit, |capture| answers(capture).iter().any(said).then_some(())).await;
            }
            None => silence::settled().await,
        }
        let answers = answers(&scene.observer.look());
        drop(connection);
        self.answered.extend(answers.iter().map(|m| m.raw.clone()));
        Ok(Thrown { answers, then })
    }

    /// What is broken by now, if anything: a phone that crashed, hangs or restarted, or something of ours.
    pub async fn broken(&mut self) -> Option<Stop> {
        self.scene.broken().await
    }

    /// Lets the phone speak TCP from now on, and waits until it is registered so and knows it.
    ///
    /// # Errors
    /// What went wrong, and whose fault it is.
    pub async fn speak_tcp(&mut self) -> Result<(), Stop> {
        let scene = &mut self.scene;
        let mark = scene.observer.look().mark();
        phone::profile(scene, &[("SIP_Transport_1_", "TCP")]).await?;
        phone::await_registration(scene, mark, USER).await?;
        // The 200 of the registrar was on the wire; what comes on another connection may still overtake it inside the phone.
        let ready = async {
            while self.ask_options(true).await?.1 != Some(200) {}
            Ok::<_, Stop>(())
        };
        match tokio::time::timeout(OPTIONS_LIMIT, ready).await {
            Ok(ready) => ready,
            Err(_) => Err(Stop::failed("200 to OPTIONS over TCP after the registration", "none", [])),
        }
    }

    /// Takes everything down.
    ///
    /// # Errors
    /// What could not be taken down.
    pub async fn close(self) -> Result<(), Stop> {
        self.scene.close().await.map(|_| ())
    }
}

/// The addresses of the plan by name.
pub(crate) fn names() -> Names {
    Names::none()
        .with(plan::GATEWAY.ip(), "gateway")
        .with(plan::NAME_SERVER.ip(), "DNS")
        .with(plan::SYSLOG.ip(), "syslog")
        .with(plan::PROVISIONING.ip(), "provisioning")
        .with(plan::TIME_SERVER.ip(), "NTP")
        .with(plan::ACS.ip(), "ACS")
        .with(plan::SECOND_DHCP.ip(), "second DHCP")
        .with(plan::SECOND_GATEWAY.ip(), "second gateway")
        .with(plan::SECOND_NAME_SERVER.ip(), "second DNS")
        .with(plan::SECOND_PROVISIONING.ip(), "second provisioning")
        .with(plan::FAR_V4.into(), "far server")
        .with(plan::OPERATOR.ip(), "operator")
        .with(plan::SIP_LISTED.ip(), "voiceip.com")
        .with(plan::SIP_SECOND.ip(), "voiceip1.com")
        .with(plan::SIP_UNLISTED.ip(), "stranger")
        .with(plan::MOVED.ip(), "moved")
}
