#![allow(clippy::unwrap_used)]
use super::*;
use proptest::prelude::*;

const GOOD: &str = r#"
[[unit]]
name = "desk-7841"
model = "7841"
release = "11.3.1"
address = "198.51.100.20"
serial = "/dev/ttyUSB0"
power = { command = { off = ["pdu", "off", "3"], on = ["pdu", "on", "3"] } }
admin-password = { file = "/etc/offhook/desk-7841" }
capabilities = ["control-socket"]
settle-ms = 500

[[unit]]
name = "shelf-7811"
model = "7811"
release = "11.2.3"
mac = "02:00:5e:10:00:01"
"#;

fn faults(text: &str) -> String {
    Inventory::parse("lab.toml", text).unwrap_err().to_string()
}

#[test]
fn a_good_inventory_is_read() {
    let inventory = Inventory::parse("lab.toml", GOOD).unwrap();
    let desk = inventory.unit("desk-7841").unwrap();
    assert_eq!(desk.reach, Reach::Address("198.51.100.20".parse().unwrap()));
    assert_eq!(desk.settle, Duration::from_millis(500));
    assert!(matches!(&desk.power, Power::Command { off, .. } if off.len() == 3));
    let shelf = inventory.unit("shelf-7811").unwrap();
    assert_eq!(shelf.reach, Reach::Mac([2, 0, 0x5e, 0x10, 0, 1]));
    assert_eq!((&shelf.power, shelf.settle), (&Power::Operator, Duration::from_millis(300)));
}

#[test]
fn every_fault_is_named_with_its_line() {
    let bad = GOOD
        .replace("\"7841\"", "\"8845\"")
        .replace("198.51.100.20", "desk")
        .replace("settle-ms = 500", "settle-ms = 500000")
        .replace("shelf-7811", "Desk-7841")
        .replace("02:00:5e:10:00:01", "01:00:5e:10:00:01")
        .replace("release = \"11.2.3\"", "release = \"newest\"\nserial = \"/dev/ttyUSB0\"");
    insta::assert_snapshot!(faults(&bad), @r#"
    lab.toml:4: desk-7841: model "8845" is none of 7811, 7821, 7841, 7851, 7861
    lab.toml:6: desk-7841: "desk" is no IP address
    lab.toml:11: desk-7841: settle-ms is more than 60000
    lab.toml:14: Desk-7841 stands here again; it was on line 3
    lab.toml:16: Desk-7841: "newest" is no release, such as 11.3.1
    lab.toml:17: Desk-7841: this serial line already belongs to desk-7841
    lab.toml:18: Desk-7841: "01:00:5e:10:00:01" is no hardware address of one unit
    "#);
}

#[test]
fn a_password_in_the_inventory_is_refused() {
    let bad = GOOD.replace("{ file = \"/etc/offhook/desk-7841\" }", "\"hunter2\"");
    let message = faults(&bad);
    assert!(message.starts_with("lab.toml:9: "), "{message}");
}

#[test]
fn an_unknown_key_is_named_with_its_line() {
    assert!(faults(&GOOD.replace("serial =", "tty =")).starts_with("lab.toml:7: unknown field `tty`"));
}

#[test]
fn a_unit_that_nobody_can_reach_is_named() {
    assert!(
        faults(&GOOD.replace("address = \"198.51.100.20\"\n", "")).contains(":3: desk-7841: neither address nor mac")
    );
}

#[test]
fn an_empty_lab_is_no_lab() {
    assert_eq!(faults(""), "lab.toml:1: there is no [[unit]] in it");
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "(\\[\\[unit\\]\\]\n)?([a-z-]{1,12} = \"?.{0,20}\"?\n){0,8}") {
        let _ = Inventory::parse("lab.toml", &text);
    }
}
