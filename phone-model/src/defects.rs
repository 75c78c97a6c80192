//! Known wrong behaviours that can be switched on, so that the suite can be proven able to see them. Defects are data: `offhook phone
//! --defects` lists this table. The place that shows a defect asks [`Defects::has`].

use std::fmt::Write as _;

macro_rules! defects {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal: $tells:literal;)+) => {
        /// One known wrong behaviour.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Defect { $($(#[doc = $doc])+ $variant,)+ }

        impl Defect {
            /// All of them, in the order of the table.
            pub const ALL: &'static [Defect] = &[$(Defect::$variant,)+];

            /// Its name on the command line, `<protocol>.<what-is-wrong>`.
            pub const fn name(self) -> &'static str {
                match self { $(Defect::$variant => $name,)+ }
            }

            /// What a phone with this defect does wrong, one line.
            pub const fn tells(self) -> &'static str {
                match self { $(Defect::$variant => $tells,)+ }
            }
        }
    };
}

defects! {
    /// Restricted Access Domains has no effect.
    DomainsAnswersUnlisted = "domains.answers-unlisted": "answers SIP from servers that are not listed";
    /// Every server but the first listed is dropped.
    DomainsFirstNameOnly = "domains.first-name-only": "drops every listed server but the first";
    /// With a list set, everything is dropped.
    DomainsDropsListed = "domains.drops-listed": "drops SIP from listed servers too";
    /// A listed name in From is enough.
    DomainsTrustsFrom = "domains.trusts-from": "believes a listed name in From";
    /// A listed name in the top Via is enough.
    DomainsTrustsVia = "domains.trusts-via": "believes a listed name in Via";
    /// A listed name in Contact is enough.
    DomainsTrustsContact = "domains.trusts-contact": "believes a listed name in Contact";
    /// A listed name in the Request-URI is enough.
    DomainsTrustsRequestUri = "domains.trusts-request-uri": "believes a listed name in the Request-URI";
    /// Only UDP is filtered.
    DomainsIgnoresTcp = "domains.ignores-tcp": "filters UDP only";
    /// Only INVITE is filtered.
    DomainsFiltersInviteOnly = "domains.filters-invite-only": "filters INVITE and lets every other method through";
    /// Refuses aloud.
    DomainsAnswersForbidden = "domains.answers-forbidden": "answers 403 where it should keep silent";
    /// Addresses are looked up once.
    DomainsNeverRefreshes = "domains.never-refreshes": "keeps the first addresses of a name for ever";
    /// Names compare with their case.
    DomainsCaseSensitive = "domains.case-sensitive": "does not know a listed name written in capitals";
    /// Spaces after commas stay part of the name.
    DomainsKeepsSpaces = "domains.keeps-spaces": "takes the space after a comma as part of the name";
    /// One unresolved name opens the phone.
    DomainsOpensOnUnresolved = "domains.opens-on-unresolved": "answers everybody when a listed name does not resolve";
    /// Silenced calls leave a trace.
    DomainsLogsSilenced = "domains.logs-silenced": "writes silenced calls into the call history and on the screen";
    /// In-dialog requests are let through from anywhere.
    DomainsTrustsDialog = "domains.trusts-dialog": "obeys an in-dialog BYE from an unlisted address";
    /// Responses are let through from anywhere.
    DomainsTrustsReplies = "domains.trusts-replies": "believes replies from an unlisted address";
    /// An emptied list does not open the phone again.
    DomainsStaysClosed = "domains.stays-closed": "goes on filtering after the list was emptied";
    /// The list is gone after power loss.
    DomainsForgets = "domains.forgets": "forgets the list at power loss";
    /// The profile's list is stored and not applied.
    DomainsIgnoresProfile = "domains.ignores-profile": "does not apply a list that came by XML profile";
    /// The page accepts anything.
    DomainsAcceptsAnyValue = "domains.accepts-any-value": "accepts a value that is no list of names";
    /// A flood of silenced messages stops the phone.
    DomainsStarves = "domains.starves": "answers nobody after 200 silenced messages";

    /// Auth INVITE has no effect.
    ChallengeNever = "challenge.never": "rings without a challenge";
    /// Challenges although the setting is No.
    ChallengeAlways = "challenge.always": "challenges although the setting is No";
    /// 180 goes out before the 401.
    ChallengeRingsFirst = "challenge.rings-first": "rings before it challenges";
    /// 407 in place of 401.
    ChallengeAsProxy = "challenge.as-proxy": "challenges with 407 and Proxy-Authenticate";
    /// CANCEL is challenged.
    ChallengeCancel = "challenge.cancel": "challenges CANCEL";
    /// ACK is answered with a challenge.
    ChallengeAck = "challenge.ack": "answers ACK with a challenge";
    /// re-INVITE is challenged.
    ChallengeReinvite = "challenge.reinvite": "challenges a re-INVITE";
    /// BYE is challenged.
    ChallengeBye = "challenge.bye": "challenges BYE";
    /// One nonce for all.
    ChallengeSameNonce = "challenge.same-nonce": "uses one nonce for every challenge";
    /// The nonce counts.
    ChallengeCountingNonce = "challenge.counting-nonce": "counts its nonces up";
    /// The nonce is the clock.
    ChallengeClockNonce = "challenge.clock-nonce": "makes its nonces from the clock";
    /// Each copy of an INVITE gets a nonce of its own.
    ChallengeFreshForCopy = "challenge.fresh-for-copy": "answers a retransmitted INVITE with another nonce";
    /// Any response value is accepted.
    ChallengeAcceptsAnyPassword = "challenge.accepts-any-password": "accepts a wrong password";
    /// A response made with an empty password is accepted.
    ChallengeAcceptsEmptyPassword = "challenge.accepts-empty-password": "accepts an empty password";
    /// The user name is not checked.
    ChallengeAcceptsAnyUser = "challenge.accepts-any-user": "accepts a wrong user name";
    /// The realm is not checked.
    ChallengeAcceptsAnyRealm = "challenge.accepts-any-realm": "accepts a wrong realm";
    /// The uri is not checked.
    ChallengeAcceptsAnyUri = "challenge.accepts-any-uri": "accepts credentials for another URI";
    /// The method is not part of the check.
    ChallengeAcceptsAnyMethod = "challenge.accepts-any-method": "accepts credentials made for another method";
    /// A nonce that was never given is accepted.
    ChallengeAcceptsAnyNonce = "challenge.accepts-any-nonce": "accepts a nonce that it never gave";
    /// qop is not checked.
    ChallengeAcceptsAnyQop = "challenge.accepts-any-qop": "accepts a qop that it did not offer";
    /// nc is not checked.
    ChallengeIgnoresNc = "challenge.ignores-nc": "accepts a replayed or malformed nonce count";
    /// opaque is not checked.
    ChallengeIgnoresOpaque = "challenge.ignores-opaque": "accepts a changed opaque";
    /// Nonces never expire.
    ChallengeNeverStale = "challenge.never-stale": "accepts a nonce after its lifetime";
    /// A right answer to an old nonce is not told stale.
    ChallengeHidesStale = "challenge.hides-stale": "does not say stale for a right answer to an expired nonce";
    /// stale=true for a wrong password.
    ChallengeStaleForWrong = "challenge.stale-for-wrong": "says stale for a wrong password";
    /// An unknown user gets another answer.
    ChallengeTellsUsers = "challenge.tells-users": "answers a wrong user name differently from a wrong password";
    /// Only the first Authorization is read.
    ChallengeFirstHeaderOnly = "challenge.first-header-only": "reads only the first Authorization header";
    /// 50 wrong guesses lock the line.
    ChallengeLocksOut = "challenge.locks-out": "refuses right credentials after 50 wrong guesses";
    /// An oversized Authorization kills the phone.
    ChallengeCrashesOnOversize = "challenge.crashes-on-oversize": "crashes on an Authorization of more than 4,000 octets";
    /// Malformed credentials are taken as none needed.
    ChallengeRingsOnMalformed = "challenge.rings-on-malformed": "rings when the Authorization cannot be read";
    /// Nobody gets in.
    ChallengeRefusesRight = "challenge.refuses-right": "challenges again and again, whatever the credentials";
    /// The setting of Ext 1 counts for all.
    ChallengeExt1ForAll = "challenge.ext1-for-all": "applies the setting of Ext 1 to every extension";
    /// The setting is gone after power loss.
    ChallengeForgets = "challenge.forgets": "forgets the setting at power loss";
    /// SHA-256 is offered and not accepted.
    ChallengeMd5Only = "challenge.md5-only": "offers no SHA-256 although the option is on";

    /// The digest of the registration is wrong.
    RegisterWrongDigest = "register.wrong-digest": "answers the registrar's challenge wrongly";
    // Provisioning
    /// 66 counts first, whatever the order.
    ProvisioningPrefers66 = "provisioning.prefers-66": "takes DHCP option 66 first, against the order of DHCP Option To Use";
    /// The order on the page has no effect.
    ProvisioningIgnoresOrder = "provisioning.ignores-order": "goes by the default order of DHCP options, whatever is set";
    /// 66 is not read.
    ProvisioningIgnores66 = "provisioning.ignores-66": "does not look at DHCP option 66";
    /// 150 is not read.
    ProvisioningIgnores150 = "provisioning.ignores-150": "does not look at DHCP option 150";
    /// 159 is not read.
    ProvisioningIgnores159 = "provisioning.ignores-159": "does not look at DHCP option 159";
    /// 160 is not read.
    ProvisioningIgnores160 = "provisioning.ignores-160": "does not look at DHCP option 160";
    /// 17 of DHCPv6 is not read.
    ProvisioningIgnores17 = "provisioning.ignores-17": "does not look at DHCPv6 option 17";
    /// A second 17 is not read.
    ProvisioningFirst17Only = "provisioning.first-17-only": "looks only at the first DHCPv6 option 17, whosever it is";
    /// 59 of DHCPv6 is not read.
    ProvisioningIgnores59 = "provisioning.ignores-59": "does not look at DHCPv6 option 59 although it is to be used";
    /// 159 of DHCPv6 is not read.
    ProvisioningIgnoresV6Of159 = "provisioning.ignores-dhcpv6-159": "does not look at DHCPv6 option 159";
    /// 160 of DHCPv6 is not read.
    ProvisioningIgnoresV6Of160 = "provisioning.ignores-dhcpv6-160": "does not look at DHCPv6 option 160";
    /// The order of DHCPv6 options on the page has no effect.
    ProvisioningIgnoresV6Order = "provisioning.ignores-dhcpv6-order": "goes by the default order of DHCPv6 options, whatever is set";
    /// Further servers of 150 are not tried.
    ProvisioningFirst150Only = "provisioning.first-150-only": "tries only the first server of DHCP option 150";
    /// Port parameters are taken as an address.
    ProvisioningReads159AsAddress = "provisioning.reads-159-as-address": "takes four octets in DHCP option 159 as the address of a server";
    /// Any certificate is good.
    ProvisioningAcceptsUnknownAuthority = "provisioning.accepts-unknown-authority": "fetches over HTTPS from a server whose authority it does not know";
    /// The name in the certificate is not checked.
    ProvisioningAcceptsAnotherName = "provisioning.accepts-another-name": "fetches over HTTPS from a server whose certificate is for another name";
    /// TLS is given up on demand.
    ProvisioningFollowsHttpFromHttps = "provisioning.follows-http-from-https": "follows a redirection from HTTPS to HTTP";
    /// The password goes out first.
    ProvisioningCredentialsUnasked = "provisioning.credentials-unasked": "sends its credentials before the server asks for them";
    /// Not every document is refused that is no profile.
    ProvisioningTakesHtml = "provisioning.takes-html": "takes a document that is no profile as a successful resync";
    /// What was read of a broken profile counts.
    ProvisioningAppliesHalf = "provisioning.applies-half": "applies the beginning of a profile that breaks off";
    /// 200 is not asked for.
    ProvisioningTakesAnyStatus = "provisioning.takes-any-status": "takes what comes with an HTTP error as its profile";
    /// 404 is not told from other errors.
    ProvisioningKnowsNo404 = "provisioning.knows-no-404": "takes a file that the HTTP server does not have for a failure like any other";
    /// 401 is the end.
    ProvisioningAnswersNoChallenge = "provisioning.answers-no-challenge": "does not give its credentials to a server that asks for them";
    /// Credentials go out again and again.
    ProvisioningAnswersOn = "provisioning.answers-on": "goes on sending credentials that the server refuses";
    /// A failure is the end.
    ProvisioningNeverRetries = "provisioning.never-retries": "does not resync again after a failure";
    /// The request is not told.
    ProvisioningLogsOneLine = "provisioning.logs-one-line": "writes no syslog line when it asks for its profile";
    /// The transfer identifier of a TFTP server is not checked.
    TftpAcceptsWrongTid = "tftp.accepts-wrong-tid": "takes TFTP blocks from another port than the server's";
    /// Nothing is sent twice.
    TftpNeverRetransmits = "tftp.never-retransmits": "gives a TFTP server up at the first lost packet";
    /// The ACS never hears of the phone.
    Tr069NoInform = "tr069.no-inform": "sends no Inform to its ACS";
    /// DHCP wins over what was configured.
    Tr069PrefersDiscovered = "tr069.prefers-discovered": "goes to the ACS that DHCP names although another one is configured";
    /// 43 is not read.
    Tr069Ignores43 = "tr069.ignores-43": "does not look for its ACS in DHCP option 43";
    /// 125 is not read.
    Tr069Ignores125 = "tr069.ignores-125": "does not look for its ACS in DHCP option 125";
    /// The NUL after the URL is sent.
    Tr069KeepsNul = "tr069.keeps-nul": "takes a NUL behind the ACS URL as part of it";

    /// OPTIONS is not answered.
    SipIgnoresOptions = "sip.ignores-options": "does not answer OPTIONS";
    /// A truncated message kills the phone.
    SipCrashesOnTorture = "sip.crashes-on-torture": "crashes on a message whose Content-Length is negative";

    // IPv6

    /// No duplicate address detection.
    Ipv6NoDad = "ipv6.no-dad": "uses IPv6 addresses without detecting duplicates";
    /// An answer to the detection has no effect.
    Ipv6UsesDuplicate = "ipv6.uses-duplicate": "uses an IPv6 address that another host has";
    /// Packets of neighbour discovery may come from another link.
    Ipv6AcceptsAnyHopLimit = "ipv6.accepts-any-hop-limit": "believes router advertisements with a hop limit under 255";
    /// The M flag has no effect.
    Ipv6IgnoresManaged = "ipv6.ignores-managed": "asks for no address by DHCPv6 although routers say so";
    /// Static mode still asks by DHCPv6.
    Ipv6DhcpInStatic = "ipv6.dhcp-in-static": "sends DHCPv6 with a static IPv6 address";
    /// IPv4 Only does not silence IPv6.
    Ipv6SpeaksInIpv4Only = "ipv6.speaks-in-ipv4-only": "speaks IPv6 although the IP mode is IPv4 Only";
    /// A formed address outlives its valid lifetime.
    Ipv6KeepsExpired = "ipv6.keeps-expired": "keeps a formed address after its valid lifetime";
    /// The page takes any prefix length.
    Ipv6AcceptsWrongPrefix = "ipv6.accepts-wrong-prefix": "accepts a prefix length that is none";
    /// The page takes any static address and gateway.
    Ipv6AcceptsWrongStatic = "ipv6.accepts-wrong-static": "accepts a static IPv6 address or gateway that no phone can use";
    /// SIP_IP_Preference has no effect.
    Ipv6IgnoresPreference = "ipv6.ignores-preference": "uses IPv4 for SIP although IPv6 is preferred";
    /// Another server identifier in RENEW.
    Dhcp6RenewsElsewhere = "dhcp6.renews-elsewhere": "renews with another server identifier than that of the leasing server";
    /// RECONFIGURE without authentication is obeyed.
    Dhcp6ObeysReconfigure = "dhcp6.obeys-reconfigure": "obeys a RECONFIGURE that nobody has authenticated";
    /// The DUID is not stable.
    Dhcp6NewDuid = "dhcp6.new-duid": "makes a new DUID at each boot";
    /// An address outlives its valid lifetime.
    Dhcp6KeepsExpired = "dhcp6.keeps-expired": "keeps a leased IPv6 address after its valid lifetime";
    /// The transaction id is not checked.
    Dhcp6AcceptsWrongXid = "dhcp6.accepts-wrong-xid": "believes DHCPv6 answers with another transaction id";
    /// The client identifier is not checked.
    Dhcp6AcceptsOtherClient = "dhcp6.accepts-other-client": "believes DHCPv6 answers to another client";
    /// Option 56 is not asked for.
    Dhcp6NoNtp = "dhcp6.no-ntp": "does not ask for option 56 by DHCPv6";
    /// A duplicate is not declined.
    Dhcp6NeverDeclines = "dhcp6.never-declines": "sends no DECLINE for a duplicate address";

    /// An option of length zero does not spoil the message.
    Ipv6ReadsOddOptions = "ipv6.reads-odd-options": "believes what stands before a broken option of a router advertisement";
    /// A router lifetime of zero has no effect.
    Ipv6KeepsRouter = "ipv6.keeps-router": "keeps a router that says that it is none";
    /// The two-hour rule is not kept.
    Ipv6DropsWithdrawn = "ipv6.drops-withdrawn": "gives an address up at once when a router advertisement says so";
    /// Every prefix gives an address.
    Ipv6FormsWithoutBound = "ipv6.forms-without-bound": "forms an address of every prefix that anybody advertises";
    /// A router that comes late is not heard.
    Ipv6KeepsGuess = "ipv6.keeps-guess": "goes on asking for an address by DHCPv6 although a router that came late says that there is none";
    /// The server identifier need not be there.
    Dhcp6NeedsNoServer = "dhcp6.needs-no-server": "believes DHCPv6 answers that name no server";
    /// An option's length is not held against the message.
    Dhcp6ReadsPastEnd = "dhcp6.reads-past-end": "believes a DHCPv6 message with an option that runs past its end";
    /// The association's number is not compared.
    Dhcp6TakesAnyAssociation = "dhcp6.takes-any-association": "takes addresses that were granted to another identity association";
    /// Lifetimes are not compared.
    Dhcp6IgnoresLifetimes = "dhcp6.ignores-lifetimes": "takes an IPv6 address that is preferred for longer than it is valid";
    /// T1 and T2 are not compared.
    Dhcp6IgnoresOrderOfTimes = "dhcp6.ignores-order-of-times": "takes an IPv6 address that is to be renewed after it is to be rebound";
    /// A REPLY counts whoever sent it.
    Dhcp6TakesAnyServer = "dhcp6.takes-any-server": "takes the DHCPv6 reply of a server that it did not ask";
    /// A REPLY to a SOLICIT counts.
    Dhcp6CommitsUnasked = "dhcp6.commits-unasked": "takes a DHCPv6 reply to its SOLICIT though it did not ask for rapid commit";
    /// A refusal is the end.
    Dhcp6GivesUp = "dhcp6.gives-up": "asks no more by DHCPv6 once a server has refused";
    /// Preferences do not count.
    Dhcp6TakesFirst = "dhcp6.takes-first": "takes the first DHCPv6 server that offers, whatever their preferences";

    // DHCP options

    /// Option 60 is not sent.
    DhcpNameless = "dhcp.nameless": "does not say in option 60 what it is";
    // DHCPv4
    /// DHCPNAK has no effect on an address in use.
    DhcpKeepsAfterNak = "dhcp.keeps-after-nak": "keeps its address although the server says no";
    /// RENEWING asks everybody.
    DhcpRenewsByBroadcast = "dhcp.renews-by-broadcast": "renews by broadcast where it should ask its server";
    /// T1 and T2 are always those of the lease's length.
    DhcpIgnoresTimers = "dhcp.ignores-timers": "ignores options 58 and 59";
    /// Static IP does not silence the DHCP client.
    DhcpAsksInStaticMode = "dhcp.asks-in-static-mode": "sends DHCP although its address is static";
    /// The document's slip is taken at its word.
    DhcpReads41 = "dhcp.reads-41": "reads option 41 as the lease time";
    /// The document's other slip is taken at its word.
    DhcpReads56 = "dhcp.reads-56": "takes option 56 as a time server";
    /// The mask is guessed from the address.
    DhcpIgnoresMask = "dhcp.ignores-mask": "ignores option 1 and goes by the class of its address";
    /// No router.
    DhcpIgnoresRouter = "dhcp.ignores-router": "ignores option 3";
    /// No name server.
    DhcpIgnoresNameServers = "dhcp.ignores-name-servers": "ignores option 6";
    /// No search domain.
    DhcpIgnoresDomain = "dhcp.ignores-domain": "ignores option 15";
    /// No time server.
    DhcpIgnoresTimeServers = "dhcp.ignores-time-servers": "ignores option 42";
    /// Option 3 counts beside option 121.
    DhcpPrefersRouter = "dhcp.prefers-router": "goes by option 3 although option 121 is there";
    /// Option 2 counts although it is to be ignored.
    DhcpAppliesIgnoredOffset = "dhcp.applies-ignored-offset": "applies option 2 although Ignore DHCP Time Offset is Yes";
    /// Option 2 never counts.
    DhcpIgnoresOffset = "dhcp.ignores-offset": "ignores option 2 although Ignore DHCP Time Offset is No";
    /// The address is used without a question.
    DhcpProbesNothing = "dhcp.probes-nothing": "uses an address without asking whether somebody has it";
    /// A taken address is given up in silence.
    DhcpDeclinesNothing = "dhcp.declines-nothing": "does not tell the server that the address is taken";
    /// A rival is not answered.
    DhcpDefendsNothing = "dhcp.defends-nothing": "does not defend its address against another host";
    /// A lost lease is taken for a reason to restart.
    DhcpRestartsAfterLoss = "dhcp.restarts-after-loss": "restarts when its lease is refused or over";
    /// No request ever goes out from BOUND.
    DhcpNeverRenews = "dhcp.never-renews": "lets its lease run out";
    /// REBINDING is mute.
    DhcpNeverRebinds = "dhcp.never-rebinds": "asks no other server when its own is gone";
    /// The end of a lease passes unnoticed.
    DhcpUsesAfterExpiry = "dhcp.uses-after-expiry": "goes on with its address after the lease is over";
    /// A lease for ever has an end.
    DhcpRenewsInfinite = "dhcp.renews-infinite": "takes an infinite lease as one of four seconds";
    /// xid is not compared.
    DhcpTakesAnyXid = "dhcp.takes-any-xid": "believes answers to questions that it did not ask";
    /// The server identifier is not compared.
    DhcpTakesAnyServer = "dhcp.takes-any-server": "believes an acknowledgement of a server that it did not choose";
    /// Option 61 differs.
    DhcpChangesClientId = "dhcp.changes-client-id": "calls itself otherwise when it renews";
    /// Option 55 lacks the provisioning URL.
    DhcpOmits160 = "dhcp.omits-160": "does not ask for option 160";
    /// Option 55 is short in renewals.
    DhcpRenewsForLess = "dhcp.renews-for-less": "asks for fewer options when it renews";
    /// Another address is taken in stride.
    DhcpNeverResets = "dhcp.never-resets": "does not reset when the server gives another address";
    /// The same address is no good news.
    DhcpResetsOnSame = "dhcp.resets-on-same": "resets although the server confirms its address";
    /// "DHCP Timeout on Renewal" has no effect.
    DhcpIgnoresSipSilence = "dhcp.ignores-sip-silence": "does not ask for renewal when the call server is mute";
    /// A response does not end the wait for it.
    DhcpAsksThoughAnswered = "dhcp.asks-though-answered": "asks for renewal although the call server answers";
    /// A static address is taken for one that has to be confirmed.
    StaticResetsOnSilence = "static.resets-on-silence": "resets when the call server is mute although its address is static";
    /// REQUEST without option 54 after an OFFER.
    DhcpNamesNoServer = "dhcp.names-no-server": "does not say whose offer it takes";
    /// No INIT-REBOOT.
    DhcpForgetsAddress = "dhcp.forgets-address": "does not ask for its former address after power loss";
    /// chaddr is not compared.
    DhcpTakesAnyHardware = "dhcp.takes-any-hardware": "believes DHCP answers to another phone";
    /// An echoed option 61 is not compared.
    DhcpTakesAnyClientId = "dhcp.takes-any-client-id": "believes a DHCP answer that names another client identifier";
    /// A lease without a time is one for ever.
    DhcpNeedsNoLeaseTime = "dhcp.needs-no-lease-time": "takes an address without lease time for its own for ever";
    /// An option's length is not held against the message.
    DhcpReadsPastEnd = "dhcp.reads-past-end": "reads a DHCP option beyond the end of its message";
    /// An address list of 4n + 2 octets kills the phone.
    DhcpCrashesOnRaggedList = "dhcp.crashes-on-ragged-list": "crashes on a list of addresses that ends within one";
    /// Option 52 has no effect.
    DhcpIgnoresOverload = "dhcp.ignores-overload": "does not look for options in the fields file and sname";
    /// Further instances of an option are left alone.
    DhcpReadsFirstPart = "dhcp.reads-first-part": "takes the first part of an option for the whole of it";
    /// FORCERENEW works without authentication.
    DhcpObeysForceRenew = "dhcp.obeys-force-renew": "renews its lease when anybody says so";
    /// A NAK counts whoever sent it.
    DhcpTakesAnyRefusal = "dhcp.takes-any-refusal": "lets any server take its address away";
    /// The static address is gone after power loss.
    StaticForgets = "static.forgets": "forgets its static address at power loss";
    /// Any mask will do.
    StaticTakesAnyMask = "static.takes-any-mask": "accepts a netmask with holes on the page";
    /// Any gateway will do.
    StaticTakesFarGateway = "static.takes-far-gateway": "accepts a gateway that is not on its network";
    /// Any address will do.
    StaticTakesAnyAddress = "static.takes-any-address": "accepts a static address that no host can have";
    /// Nothing needs to be filled in.
    StaticTakesNothing = "static.takes-nothing": "accepts Static IP without address, netmask and gateway";
    /// Time servers are not asked.
    NtpNeverAsks = "ntp.never-asks": "asks no time server";
    /// The second server is not asked.
    NtpFirstOnly = "ntp.first-only": "does not ask the second time server when the first is mute";
    /// The originate timestamp is not compared.
    NtpTakesAnyReply = "ntp.takes-any-reply": "believes the time of a reply that answers another request";
    /// An unsynchronised server is believed.
    NtpTakesUnsynchronised = "ntp.takes-unsynchronised": "believes a time server that says it does not know the time";
    /// DENY is not heard.
    NtpIgnoresKiss = "ntp.ignores-kiss": "goes on asking a time server that forbade it";

    // Connection type

    /// A static address is used without a probe.
    StaticProbesNothing = "static.probes-nothing": "uses a static address without asking whether somebody has it";
    /// Answers to its probes are not listened to.
    StaticUsesTaken = "static.uses-taken": "uses a static address that another host has";
    /// DHCP does not come back.
    StaticStays = "static.stays": "keeps its static address when Connection Type becomes DHCP";
    /// IPv6 Only does not silence IPv4.
    Ipv6SpeaksV4InIpv6Only = "ipv6.speaks-v4-in-ipv6-only": "asks for an IPv4 address although the IP mode is IPv6 Only";

    // TLS

    /// notAfter is not looked at.
    TlsAcceptsExpired = "tls.accepts-expired": "takes a TLS server whose certificate has expired";
    /// notBefore is not looked at.
    TlsAcceptsNotYetValid = "tls.accepts-not-yet-valid": "takes a TLS server whose certificate is not valid yet";
    /// Names are not compared.
    TlsAcceptsAnotherName = "tls.accepts-another-name": "takes a TLS server whose certificate is for another name";
    /// Any authority will do.
    TlsAcceptsUnknownAuthority = "tls.accepts-unknown-authority": "takes a TLS server of an authority that it does not know";
    /// Whoever signs for himself will do.
    TlsAcceptsSelfSigned = "tls.accepts-self-signed": "takes a TLS server whose certificate is its own authority";
    /// basicConstraints of issuers are not looked at.
    TlsAcceptsLeafAsAuthority = "tls.accepts-leaf-as-authority": "takes a TLS server whose certificate was signed by that of another server";
    /// extendedKeyUsage is not looked at.
    TlsAcceptsClientOnly = "tls.accepts-client-only": "takes a TLS server whose certificate is for clients only";
    /// Wildcards match for SIP too.
    TlsAcceptsWildcardForSip = "tls.accepts-wildcard-for-sip": "takes a proxy whose certificate names it by a wildcard";
    /// A fitting common name is enough.
    TlsPrefersCommonName = "tls.prefers-common-name": "takes a TLS server by its common name although its alternative names are others";
    /// Host names count beside a sip: URI.
    TlsIgnoresSipUri = "tls.ignores-sip-uri": "takes a proxy by a host name although its certificate names another SIP domain";
    /// A URI in a certificate is no name.
    TlsKnowsNoSipUri = "tls.knows-no-sip-uri": "refuses a proxy whose certificate names its domain by a SIP URI alone";
    /// `TLS Name Validate` has no effect.
    TlsIgnoresNameValidate = "tls.ignores-name-validate": "checks the name of a proxy although TLS Name Validate is No";
    /// Any hash will do.
    TlsAcceptsOldHashes = "tls.accepts-old-hashes": "takes a TLS server whose certificate is signed with SHA-1 or MD5";
    /// Revocation lists are not looked at.
    TlsAcceptsRevoked = "tls.accepts-revoked": "takes a TLS server whose certificate was revoked";
    /// `TLS Cipher List` has no effect.
    TlsIgnoresCipherList = "tls.ignores-cipher-list": "offers all its cipher suites whatever TLS Cipher List says";
    /// The hello names no server.
    TlsNoSni = "tls.no-sni": "does not tell a TLS server which name it wants";
    /// The hello names an address.
    TlsAddressInSni = "tls.address-in-sni": "names an address where a TLS hello may name a host only";
    /// A hello of TLS 1.0 goes first.
    TlsOffersTls10 = "tls.offers-tls-1.0": "says hello in TLS 1.0";
    /// A hello of TLS 1.1 goes first.
    TlsOffersTls11 = "tls.offers-tls-1.1": "says hello in TLS 1.1";
    /// A hello with suites that do not encrypt goes first.
    TlsOffersNull = "tls.offers-null": "offers cipher suites that do not encrypt, and others that are broken";
    /// A hello with DEFLATE goes first.
    TlsOffersCompression = "tls.offers-compression": "offers to compress what it says under TLS";
    /// A hello with early_data goes first.
    TlsOffersEarlyData = "tls.offers-early-data": "offers to send data ahead of the handshake";
    /// The stream just ends.
    TlsNoCloseNotify = "tls.no-close-notify": "closes a connection under TLS without saying so";
    /// The first REGISTER goes in clear.
    TlsRegistersInClear = "tls.registers-in-clear": "sends its REGISTER in clear to the port of TLS too";
    /// Where TLS fails, UDP has to do.
    TlsFallsBackToUdp = "tls.falls-back-to-udp": "registers over UDP when TLS fails";
    /// Where TLS fails, TCP has to do.
    TlsFallsBackToTcp = "tls.falls-back-to-tcp": "registers over TCP when TLS fails";
    /// A call opens a connection of its own.
    TlsSecondConnection = "tls.second-connection": "opens another connection under TLS for each call that it makes";
    /// The media is to be encrypted, too.
    TlsOffersKeys = "tls.offers-keys": "offers keys for the voice of a call that it makes inside TLS";
    /// One line with TLS is enough.
    TlsOthersFollow = "tls.others-follow": "uses TLS on all its lines when one is to use it";
    /// TLS is not left.
    TlsStays = "tls.stays": "stays with TLS when UDP is chosen again";
    /// TLS is not taken.
    TlsWaitsForRestart = "tls.waits-for-restart": "goes on over UDP until its next restart when TLS is chosen";
    /// UDP is not taken.
    TlsAlthoughUdp = "tls.although-udp": "uses TLS where UDP is set";
    /// A lost connection is not made anew.
    TlsNeverReconnects = "tls.never-reconnects": "does not register again when its connection under TLS is lost";
    /// No wait between two attempts.
    TlsReconnectsWithoutRest = "tls.reconnects-without-rest": "registers again at once whenever its connection under TLS is lost";
    /// The unit's certificate stays where it is.
    TlsShowsNoCertificate = "tls.shows-no-certificate": "shows no certificate to a server that asks for one";
    /// One session store for all names.
    TlsResumesElsewhere = "tls.resumes-elsewhere": "offers the session of one server to another";
    /// The page is HTTP whatever is set.
    TlsPageInClear = "tls.page-in-clear": "serves its page in clear although Enable Protocol is Https";

    // LDAP

    /// The scheme `ldaps` has no effect.
    LdapClearForLdaps = "ldap.clear-for-ldaps": "speaks LDAP in clear to a server that is set with ldaps";
    /// TLS although nobody asked for it.
    LdapTlsForLdap = "ldap.tls-for-ldap": "speaks TLS to a server that is set with ldap";
    /// The authentication method decides in place of the scheme.
    LdapTlsByMethod = "ldap.tls-by-method": "speaks TLS when the authentication method is not None, whatever the scheme";
    /// The port of ldap for ldaps.
    LdapsDefaultPort = "ldap.ldaps-default-port": "takes port 389 for ldaps when none is set";
    /// A failed handshake is answered by doing without.
    LdapDowngrades = "ldap.downgrades": "repeats a lookup in clear when TLS fails";
    /// The bind goes out before there is TLS.
    LdapBindsBeforeHandshake = "ldap.binds-before-handshake": "sends its bind before the TLS handshake";
    /// A refused StartTLS is no obstacle.
    LdapStartTlsFallsBack = "ldap.starttls-falls-back": "goes on in clear when the server refuses StartTLS";
    /// Certificates are not looked at.
    LdapAcceptsAnyCertificate = "ldap.accepts-any-certificate": "takes any certificate of a directory server";
    /// The refusal comes after the password.
    LdapPasswordToRefused = "ldap.password-to-refused": "sends the password to a directory server whose certificate it refuses";
    /// A person's text becomes part of the filter.
    LdapUnescapedFilter = "ldap.unescaped-filter": "puts typed characters into the search filter as they are";
    /// A referral is obeyed, in clear and with the password.
    LdapFollowsReferral = "ldap.follows-referral": "follows a referral in clear with its credentials";
    /// RFC 4513 §5.1.2 is not kept.
    LdapEmptyPassword = "ldap.empty-password": "binds with a name and an empty password";
    /// The server's proof is not compared.
    LdapTakesForgedProof = "ldap.takes-forged-proof": "goes on although the server's rspauth is wrong";
    /// The client nonce is always the same.
    LdapRepeatsCnonce = "ldap.repeats-cnonce": "uses one cnonce for every DIGEST-MD5 bind";
    /// DIGEST-MD5 begins with words of its own.
    LdapInitialResponse = "ldap.initial-response": "sends credentials before the server's challenge";
    /// `charset` is sent to a server that did not offer it.
    LdapUtf8Unasked = "ldap.utf8-unasked": "says charset=utf-8 to a server that did not offer it";
    /// The bind is not waited for.
    LdapSearchesUnbound = "ldap.searches-unbound": "searches before its bind is answered";
    /// The size limit is not twenty.
    LdapAsksForMore = "ldap.asks-for-more": "asks for more than 20 entries";
    /// sizeLimitExceeded is taken as a failure.
    LdapDropsAtLimit = "ldap.drops-at-limit": "shows nothing when the server stops at its size limit";
    /// A search reference ends the search.
    LdapStopsAtReference = "ldap.stops-at-reference": "gives up at a search reference";
    /// Notice of Disconnection is not heard.
    LdapIgnoresNotice = "ldap.ignores-notice": "waits on after a notice of disconnection";
    /// The session just ends.
    LdapNeverUnbinds = "ldap.never-unbinds": "closes without an unbind";
    /// Requests are not numbered.
    LdapMessageIdZero = "ldap.message-id-zero": "numbers all its requests 0";
    /// Responses are not matched with requests.
    LdapTakesAnyId = "ldap.takes-any-id": "believes a response to a request that it did not make";
    /// A lookup has no deadlines.
    LdapWaitsForEver = "ldap.waits-for-ever": "never gives up a directory server that is silent";

    // Control WebSocket

    /// The scheme `wss` has no effect.
    ControlClearForWss = "control.clear-for-wss": "asks a control server that is set with wss for a WebSocket in clear";
    /// A failed handshake is answered by doing without.
    ControlDowngrades = "control.downgrades": "comes to a control server in clear when TLS fails";
    /// Certificates are not looked at.
    ControlAcceptsAnyCertificate = "control.accepts-any-certificate": "takes any certificate of a control server";
    /// The request for a WebSocket goes out before the refusal.
    ControlAsksRefused = "control.asks-refused": "asks a control server for a WebSocket whose certificate it refuses";
    /// A lost connection is not made anew.
    ControlNeverReturns = "control.never-returns": "does not come back to its control server when the connection is lost";
    /// No wait between two attempts.
    ControlReturnsWithoutRest = "control.returns-without-rest": "comes back to its control server at once, however often it fails";
    /// Another setting changes nothing.
    ControlStays = "control.stays": "stays with its control server when another is set";
    /// `Allowed APIs` has no effect.
    ControlIgnoresAllowed = "control.ignores-allowed-apis": "carries out what Allowed APIs does not allow";
    /// The next request is carried out before the last one is.
    ControlTwoAtOnce = "control.two-at-once": "carries out two requests of its control server at once";
    /// Of several keys one is pressed.
    ControlFirstKeyOnly = "control.first-key-only": "presses the first of the keys that its control server sends, and no other";
    /// What was set is not.
    ControlForgetsSettings = "control.forgets-settings": "tells its control server that a setting is changed, and does not change it";
    /// Passwords are told.
    ControlTellsPasswords = "control.tells-passwords": "tells its control server the passwords that it has";
    /// The upload does not take place.
    ControlSendsNoPicture = "control.sends-no-picture": "tells its control server that a picture of its screen is sent, and sends none";
    /// RFC 6455 §5.1 is not kept.
    ControlTakesMasked = "control.takes-masked": "goes on with a control server that masks a frame";
    /// RFC 6455 §5.2 is not kept.
    ControlTakesReservedBits = "control.takes-reserved-bits": "goes on with a control server that sets a reserved bit";
    /// RFC 6455 §8.1 is not kept.
    ControlTakesNoUtf8 = "control.takes-no-utf8": "goes on with a control server whose text is no UTF-8";
    /// RFC 6455 §10.4 is not kept.
    ControlTakesAnyLength = "control.takes-any-length": "reads a request of its control server however long it is";
    /// A connection has no deadlines.
    ControlWaitsForEver = "control.waits-for-ever": "never gives up a control server that is silent";
    /// Calls are not told.
    ControlTellsNothing = "control.tells-nothing": "does not tell its control server of calls";
}

/// The defects of this phone; empty on a phone that behaves.
#[derive(Debug, Clone, Default)]
pub struct Defects(Vec<Defect>);

impl Defects {
    /// None.
    pub const NONE: Defects = Defects(Vec::new());

    /// These.
    pub fn of(defects: impl IntoIterator<Item = Defect>) -> Self {
        Defects(defects.into_iter().collect())
    }

    /// Whether this one is switched on.
    pub fn has(&self, defect: Defect) -> bool {
        self.0.contains(&defect)
    }
}

/// A defect name that is not in the table.
#[derive(Debug, thiserror::Error)]
#[error("there is no defect `{0}`; `offhook phone --defects` lists them")]
pub struct UnknownDefect(String);

impl std::str::FromStr for Defect {
    type Err = UnknownDefect;
    fn from_str(text: &str) -> Result<Self, UnknownDefect> {
        Defect::ALL.iter().copied().find(|d| d.name() == text).ok_or_else(|| UnknownDefect(text.to_owned()))
    }
}

/// The table as `offhook phone --defects` prints it.
pub fn table() -> String {
    let width = Defect::ALL.iter().map(|d| d.name().len()).max().unwrap_or(0);
    Defect::ALL.iter().fold(String::new(), |mut text, defect| {
        let _ = writeln!(text, "{:width$}  {}", defect.name(), defect.tells());
        text
    })
}
