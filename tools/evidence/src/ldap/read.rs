//! One LDAPMessage read: RFC 4511 §4 and appendix B.

use super::ber::{self, Ber, Element, OCTET_STRING, SEQUENCE, SET, Wrong, text};
use super::op::{Attribute, Authentication, Credential, LdapOp, LdapResult, Scope, SearchRequest};
use super::{Control, Filter, LdapMessage, ResultCode};
use crate::at::At;

/// Read the octets of one whole message.
pub(super) fn read(bytes: &[u8], at: At, connection: usize) -> Result<LdapMessage, Wrong> {
    let mut outer = Ber::new(bytes);
    let mut message = outer.expect(SEQUENCE, "not an LDAPMessage")?.within()?;
    let id = message.integer()?;
    // RFC 4511 §4.1.1.1: 0 to 2^31 - 1.
    let id = u32::try_from(id).ok().filter(|id| *id <= u32::MAX >> 1).ok_or("a message id out of range")?;
    let op = operation(&message.next()?)?;
    let controls = message.optional(0xa0)?.map_or(Ok(Vec::new()), |controls| controls.each(control))?;
    let mut faults = Vec::new();
    if !message.is_empty() {
        faults.push("octets after its last field".to_owned());
    }
    // Only what the server says unasked has no number of a request.
    if id == 0 && !matches!(op, LdapOp::ExtendedResponse { .. }) {
        faults.push("message id 0".to_owned());
    }
    Ok(LdapMessage { at, connection, id, op, controls, octets: bytes.len(), faults })
}

fn operation(element: &Element<'_>) -> Result<LdapOp, Wrong> {
    let content = || text(element.content);
    Ok(match element.tag {
        0x60 => bind_request(element.within()?)?,
        0x61 => {
            let mut fields = element.within()?;
            let result = result(&mut fields)?;
            let server_credentials = fields.optional(0x87)?.map(|element| element.content.to_vec());
            LdapOp::BindResponse { result, server_credentials }
        }
        0x42 => LdapOp::Unbind,
        0x63 => LdapOp::SearchRequest(Box::new(search(element.within()?)?)),
        0x64 => {
            let mut fields = element.within()?;
            LdapOp::SearchEntry { dn: fields.text()?, attributes: attributes(&mut fields)? }
        }
        0x65 => LdapOp::SearchDone(result(&mut element.within()?)?),
        0x66 => {
            let mut fields = element.within()?;
            let dn = fields.text()?;
            let changes = fields.expect(SEQUENCE, "not a list of changes")?.each(|change| {
                let mut fields = change.expect(SEQUENCE, "not a change")?.within()?;
                Ok((fields.enumerated()?, attribute(&mut fields)?))
            })?;
            LdapOp::ModifyRequest { dn, changes }
        }
        0x67 => LdapOp::ModifyResponse(result(&mut element.within()?)?),
        0x68 => {
            let mut fields = element.within()?;
            LdapOp::AddRequest { dn: fields.text()?, attributes: attributes(&mut fields)? }
        }
        0x69 => LdapOp::AddResponse(result(&mut element.within()?)?),
        0x4a => LdapOp::DeleteRequest { dn: content() },
        0x6b => LdapOp::DeleteResponse(result(&mut element.within()?)?),
        0x6c => {
            let mut fields = element.within()?;
            let (dn, new_rdn, delete_old) = (fields.text()?, fields.text()?, fields.boolean()?);
            let new_superior = fields.optional(0x80)?.map(|element| text(element.content));
            LdapOp::ModifyDnRequest { dn, new_rdn, delete_old, new_superior }
        }
        0x6d => LdapOp::ModifyDnResponse(result(&mut element.within()?)?),
        0x6e => {
            let mut fields = element.within()?;
            let dn = fields.text()?;
            let mut assertion = fields.expect(SEQUENCE, "not an assertion")?.within()?;
            LdapOp::CompareRequest { dn, attribute: assertion.text()?, value: assertion.string()?.to_vec() }
        }
        0x6f => LdapOp::CompareResponse(result(&mut element.within()?)?),
        0x50 => LdapOp::Abandon { id: element.number()? },
        0x73 => LdapOp::SearchReference { uris: element.each(Ber::text)? },
        0x77 => {
            let mut fields = element.within()?;
            let name = text(fields.expect(0x80, "an extended request without a name")?.content);
            LdapOp::ExtendedRequest { name, value: octets(&mut fields, 0x81)? }
        }
        0x78 => {
            let mut fields = element.within()?;
            let result = result(&mut fields)?;
            let name = fields.optional(0x8a)?.map(|element| text(element.content));
            LdapOp::ExtendedResponse { result, name, value: octets(&mut fields, 0x8b)? }
        }
        0x79 => {
            let mut fields = element.within()?;
            let name = fields.optional(0x80)?.map(|element| text(element.content));
            LdapOp::Intermediate { name, value: octets(&mut fields, 0x81)? }
        }
        _ => return Err("not an operation of LDAP"),
    })
}

fn bind_request(mut fields: Ber<'_>) -> Result<LdapOp, Wrong> {
    let (version, name) = (fields.integer()?, fields.text()?);
    let choice = fields.next()?;
    let authentication = match choice.tag {
        0x80 => Authentication::Simple(Credential(choice.content.to_vec())),
        0xa3 => {
            let mut sasl = choice.within()?;
            let mechanism = sasl.text()?;
            let credentials = octets(&mut sasl, OCTET_STRING)?.map(Credential);
            Authentication::Sasl { mechanism, credentials }
        }
        other => Authentication::Other(other),
    };
    Ok(LdapOp::BindRequest { version, name, authentication })
}

fn search(mut fields: Ber<'_>) -> Result<SearchRequest, Wrong> {
    Ok(SearchRequest {
        base: fields.text()?,
        scope: match fields.enumerated()? {
            0 => Scope::Base,
            1 => Scope::One,
            2 => Scope::Sub,
            other => Scope::Other(other),
        },
        deref: fields.enumerated()?,
        size_limit: fields.integer()?,
        time_limit: fields.integer()?,
        types_only: fields.boolean()?,
        filter: Filter::read(&fields.next()?)?,
        attributes: fields.expect(SEQUENCE, "not a list of attributes")?.each(Ber::text)?,
    })
}

fn result(fields: &mut Ber<'_>) -> Result<LdapResult, Wrong> {
    let code = u32::try_from(fields.enumerated()?).map_err(|_| "a result code out of range")?;
    let (matched_dn, message) = (fields.text()?, fields.text()?);
    let referrals = fields.optional(0xa3)?.map_or(Ok(Vec::new()), |referral| referral.each(Ber::text))?;
    Ok(LdapResult { code: ResultCode(code), matched_dn, message, referrals })
}

fn attributes(fields: &mut Ber<'_>) -> Result<Vec<Attribute>, Wrong> {
    fields.expect(SEQUENCE, "not a list of attributes")?.each(attribute)
}

fn attribute(list: &mut Ber<'_>) -> Result<Attribute, Wrong> {
    let mut fields = list.expect(SEQUENCE, "not an attribute")?.within()?;
    let name = fields.text()?;
    let values = fields.expect(SET, "not a set of values")?.each(|values| values.string().map(<[u8]>::to_vec))?;
    Ok(Attribute { name, values })
}

fn control(list: &mut Ber<'_>) -> Result<Control, Wrong> {
    let mut fields = list.expect(SEQUENCE, "not a control")?.within()?;
    let oid = fields.text()?;
    let critical = fields.optional(ber::BOOLEAN)?.map_or(Ok(false), |element| element.truth())?;
    Ok(Control { oid, critical, value: octets(&mut fields, OCTET_STRING)? })
}

fn octets(fields: &mut Ber<'_>, tag: u8) -> Result<Option<Vec<u8>>, Wrong> {
    Ok(fields.optional(tag)?.map(|element| element.content.to_vec()))
}
