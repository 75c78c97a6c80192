#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use super::*;
use proptest::prelude::*;

fn octets_of(text: &str) -> String {
    let mut writer = Writer::default();
    Filter::parse(text).unwrap().write(&mut writer);
    hex::encode(writer.finish())
}

#[test]
fn filters_are_the_octets_that_the_standard_wants() {
    assert_eq!(octets_of("(cn=a)"), "a3070402636e040161");
    assert_eq!(octets_of("(cn=*)"), "8702636e");
    assert_eq!(octets_of("(cn=a*)"), "a4090402636e3003800161");
    assert_eq!(octets_of("(cn=*a*)"), "a4090402636e3003810161");
    assert_eq!(octets_of("(cn=a*b*c)"), "a40f0402636e3009800161810162820163");
    assert_eq!(octets_of("(cn>=a)"), "a5070402636e040161");
    assert_eq!(octets_of("(cn<=a)"), "a6070402636e040161");
    assert_eq!(octets_of("(cn~=a)"), "a8070402636e040161");
    assert_eq!(octets_of("(&(cn=*)(!(sn=*)))"), "a00a8702636ea2048702736e");
    assert_eq!(octets_of("(|(cn=*)(sn=*))"), "a1088702636e8702736e");
    // RFC 4515 §4: the escaped octet is the value's.
    assert_eq!(octets_of("(cn=\\2a)"), "a3070402636e04012a");
}

#[test]
fn what_is_no_filter_is_refused() {
    for text in [
        "",
        "cn=a",
        "(cn=a",
        "(cn=a))",
        "()",
        "(&)",
        "(=a)",
        "(cn a=b)",
        "(cn=a\\2)",
        "(cn=a\\zz)",
        "(cn>=a*)",
        "(cn=a(b)",
        "(!(a=b)(c=d))",
    ] {
        assert_eq!(Filter::parse(text), Err(NotAFilter), "{text}");
    }
    assert_eq!(Filter::parse(&format!("{}(a=b){}", "(!".repeat(20), ")".repeat(20))), Err(NotAFilter), "too deep");
    assert_eq!(Filter::parse(&format!("(&{})", "(a=b)".repeat(100))), Err(NotAFilter), "too many");
}

#[test]
fn typed_text_stays_a_value() {
    let template = Template::parse("sn:(sn=$VALUE*)").unwrap();
    let sn = |value: &[u8]| Filter::Substrings { attribute: "sn".into(), parts: vec![value.to_vec(), vec![]] };
    assert_eq!(template.fill("Ann"), Ok(sn(b"Ann")));
    assert_eq!(template.fill("a*)(uid=*"), Ok(sn(b"a*)(uid=*")));
    assert_eq!(template.fill("\\2a"), Ok(sn(b"\\2a")));
    assert_eq!(template.fill("Zo\u{eb}"), Ok(sn("Zo\u{eb}".as_bytes())));
    assert_eq!(template.fill(""), Ok(Filter::Present("sn".into())));
    assert_eq!(escape("a*)(\\\0"), "a\\2a\\29\\28\\5c\\00");
    // A phone with the defect lets it change the filter.
    let wide = Template::parse("(|(sn=$VALUE*))").unwrap();
    let injected = wide.fill_unescaped("a*)(uid=*").unwrap();
    assert!(matches!(injected, Filter::Or(parts) if parts.len() == 2));
}

#[test]
fn what_is_typed_stands_for_a_value_and_nothing_else() {
    for text in ["($VALUE=a)", "(c$VALUE=a)", "($VALUE:(cn=a)", "(cn$VALUE>=a)"] {
        assert_eq!(Template::parse(text), Err(NotAFilter), "{text}");
    }
}

proptest! {
    #[test]
    fn no_typed_text_changes_the_shape_of_a_filter(typed in "[a*()\\\\=&|!\0é]{1,20}") {
        let template = Template::parse("(&(objectClass=person)(cn=*$VALUE*))").unwrap();
        let Filter::And(parts) = template.fill(&typed).unwrap() else { panic!("all of these") };
        prop_assert_eq!(parts.len(), 2);
        let expected = vec![vec![], typed.as_bytes().to_vec(), vec![]];
        prop_assert_eq!(&parts[1], &Filter::Substrings { attribute: "cn".into(), parts: expected });
    }

    #[test]
    fn no_text_makes_it_panic(text in "[(&|!=*a)\\\\>0-9é]{0,40}") {
        let _ = Filter::parse(&text);
        let _ = Template::parse(&text);
    }
}
