//! The user agent: registrations, dialogs, calls, the INVITE challenge, restricted domains. A sans-IO machine over [`crate::sip`].
