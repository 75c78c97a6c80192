//! DHCP options as our server gives them: values, octets, and where they stand in its messages.

use crate::network::hosts::{self, Host};
use crate::outcome::{Outcome, Stop};
use crate::phrase::Args;
use crate::world::World;
use bench::plan;
use servers::dhcp::OptionValue;
use std::net::Ipv4Addr;

crate::phrases! {
    /// Our DHCP server gives this option to clients that ask for it. Names of hosts stand for their addresses in the options that hold
    /// addresses, and a number for seconds in option 2; all else is text.
    Given "DHCP option {int} is {string}" => option_is;
    /// Our DHCP server gives this option to every client, asked for or not.
    Given "DHCP option {int} comes unasked as {string}" => comes_unasked;
    /// Our DHCP server gives these octets, in hexadecimal, to clients that ask for the option.
    Given "DHCP option {int} is the octets {string}" => octets_are;
    /// Our DHCP server does not give this option.
    Given "DHCP option {int} is not given" => not_given;
    /// Our DHCP server puts this option into another field of its messages, `file` or `sname`, and says so in option 52.
    Given "DHCP option {int} stands in the field {word}" => stands_in;
    /// Our DHCP server gives the default route to this router by option 121.
    Given "DHCP option 121 leads everywhere through {host}" => routes;
    /// Our DHCP server gives one address, from a segment with 16 addresses (mask 255.255.255.240) in which the gateways lie.
    Given "DHCP gives an address and the mask of a segment with 16 addresses" => small_segment;
}

/// How a value is written in a feature, by the option it is for.
fn value(code: u8, text: &str) -> Result<OptionValue, Stop> {
    let wrong = |what: &str| Stop::bench(format!("the feature gives option {code} as `{text}`: {what}; correct it"));
    match code {
        1 | 3 | 6 | 41 | 42 | 150 => {
            let addresses: Result<Vec<Ipv4Addr>, Stop> = text
                .split(',')
                .map(str::trim)
                .map(|part| match hosts::named(part) {
                    Some(host) => Ok(host.address),
                    None => part.parse().map_err(|_| wrong("neither a host nor an address")),
                })
                .collect();
            Ok(OptionValue::Addresses(addresses?))
        }
        2 => Ok(OptionValue::Offset(text.parse().map_err(|_| wrong("no number of seconds"))?)),
        // As a server might misplace it: an address where a message is meant.
        56 => Ok(match hosts::named(text) {
            Some(host) => OptionValue::from(host.address),
            None => OptionValue::from(text),
        }),
        _ => Ok(OptionValue::from(text)),
    }
}

async fn option_is(world: &mut World, mut args: Args) -> Outcome {
    let (code, text) = (args.read::<u8>()?, args.text()?);
    let value = value(code, &text)?;
    world.scene()?.network.dhcp.change(|s| {
        s.options.set(code, value);
    });
    Ok(())
}

async fn comes_unasked(world: &mut World, mut args: Args) -> Outcome {
    let (code, text) = (args.read::<u8>()?, args.text()?);
    let value = value(code, &text)?;
    world.scene()?.network.dhcp.change(|s| {
        s.options.force(code, value);
    });
    Ok(())
}

async fn octets_are(world: &mut World, mut args: Args) -> Outcome {
    let (code, text) = (args.read::<u8>()?, args.text()?);
    let octets: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let octets =
        hex::decode(&octets).map_err(|_| Stop::bench(format!("`{text}` is no hexadecimal; correct the feature")))?;
    world.scene()?.network.dhcp.change(|s| {
        s.options.set(code, octets);
    });
    Ok(())
}

async fn not_given(world: &mut World, mut args: Args) -> Outcome {
    let code = args.read::<u8>()?;
    world.scene()?.network.dhcp.change(|s| {
        s.options.remove(code);
    });
    Ok(())
}

async fn stands_in(world: &mut World, mut args: Args) -> Outcome {
    let (code, field) = (args.read::<u8>()?, args.text()?);
    let known = ["file", "sname"].contains(&field.as_str());
    if !known {
        return Err(Stop::bench(format!("no field `{field}` can hold options; correct the feature file")));
    }
    world.scene()?.network.dhcp.change(|s| {
        let codes = if field == "file" { &mut s.overload.file } else { &mut s.overload.sname };
        codes.push(code);
    });
    Ok(())
}

async fn routes(world: &mut World, mut args: Args) -> Outcome {
    let router: Host = args.read()?;
    // RFC 3442: a destination of width 0 has no octets; the router follows.
    let octets = [&[0_u8], router.address.octets().as_slice()].concat();
    world.scene()?.network.dhcp.change(|s| {
        s.options.set(121, octets);
    });
    Ok(())
}

async fn small_segment(world: &mut World, _: Args) -> Outcome {
    // The last host address of 192.0.2.0/28; the servers of the plan end below it.
    let address = Ipv4Addr::from(u32::from(plan::NETWORK_V4) | 14);
    world.scene()?.network.dhcp.change(|s| {
        s.pool = address..=address;
        s.options.set(1, OptionValue::from(Ipv4Addr::new(255, 255, 255, 240)));
    });
    Ok(())
}
