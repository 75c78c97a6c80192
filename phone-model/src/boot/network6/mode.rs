//! What sets the DHCPv6 client off.

use super::Source6;
use crate::defects::{Defect, Defects};
use crate::net::dhcp6::Mode;

/// What a router's flags mean for DHCPv6 (RFC 4861 §4.2).
pub(super) fn mode_of(managed: bool, other: bool, source: Source6, defects: &Defects) -> Option<Mode> {
    let nothing_else = source == Source6::Automatic { autoconfigure: false };
    if (managed && !defects.has(Defect::Ipv6IgnoresManaged)) || (!other && nothing_else) {
        Some(Mode::Stateful)
    } else {
        other.then_some(Mode::Stateless)
    }
}

/// How a phone with a static address does DHCPv6: not at all.
pub(super) fn mode_beside_static(defects: &Defects) -> Option<Mode> {
    defects.has(Defect::Ipv6DhcpInStatic).then_some(Mode::Stateful)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flags_of_a_router_choose_how_dhcpv6_is_done() {
        let none = Defects::NONE;
        let automatic = Source6::Automatic { autoconfigure: true };
        assert_eq!(mode_of(true, true, automatic, &none), Some(Mode::Stateful));
        assert_eq!(mode_of(true, false, automatic, &none), Some(Mode::Stateful));
        assert_eq!(mode_of(false, true, automatic, &none), Some(Mode::Stateless));
        assert_eq!(mode_of(false, false, automatic, &none), None);
        // The page says DHCP, and nothing else would give an address.
        let bare = Source6::Automatic { autoconfigure: false };
        assert_eq!(mode_of(false, false, bare, &none), Some(Mode::Stateful));
        let defect = Defects::of([Defect::Ipv6IgnoresManaged]);
        assert_eq!(mode_of(true, true, automatic, &defect), Some(Mode::Stateless));
        assert_eq!(mode_of(true, false, automatic, &defect), None);
    }

    #[test]
    fn beside_a_static_address_there_is_no_dhcpv6_but_on_a_phone_with_the_defect() {
        assert_eq!(mode_beside_static(&Defects::NONE), None);
        assert_eq!(mode_beside_static(&Defects::of([Defect::Ipv6DhcpInStatic])), Some(Mode::Stateful));
    }
}
