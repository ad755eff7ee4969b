//! Who is believed about the client, and who is not.

use super::*;
use http::HeaderValue;
use proptest::prelude::*;

fn proxies(entries: &[&str]) -> TrustedProxies {
    TrustedProxies::parse(entries).expect("networks")
}

fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
    lines
        .iter()
        .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(value).expect("a header")))
        .collect()
}

fn appended(lines: &[(&'static str, &str)]) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in lines {
        map.append(*name, HeaderValue::from_str(value).expect("a header"));
    }
    map
}

const PROXY: &str = "10.0.0.9:5000";

fn client<'h>(trusted: &[&str], peer: &str, headers: &'h HeaderMap) -> Client<'h> {
    proxies(trusted).client(peer.parse().expect("an address"), Scheme::Http, headers)
}

fn ip(trusted: &[&str], map: &HeaderMap) -> String {
    client(trusted, PROXY, map).ip.to_string()
}

#[test]
fn without_trusted_proxies_nothing_is_believed() {
    let map = headers(&[
        ("host", "a.test"),
        ("x-forwarded-for", "1.2.3.4"),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-host", "evil"),
    ]);
    let client = client(&[], PROXY, &map);
    assert_eq!(
        client,
        Client { ip: "10.0.0.9".parse().expect("an address"), scheme: Scheme::Http, host: Some("a.test") }
    );
}

#[test]
fn an_untrusted_peer_is_not_believed() {
    let map = headers(&[("x-forwarded-for", "1.2.3.4"), ("forwarded", "for=1.2.3.4;proto=https"), ("host", "a.test")]);
    let client = client(&["10.0.0.0/8"], "192.0.2.7:1", &map);
    assert_eq!(
        (client.ip.to_string().as_str(), client.scheme, client.host),
        ("192.0.2.7", Scheme::Http, Some("a.test"))
    );
}

#[test]
fn a_trusted_proxy_tells_address_scheme_and_host() {
    let map = headers(&[
        ("host", "inner:8000"),
        ("x-forwarded-for", "203.0.113.5"),
        ("x-forwarded-proto", "HTTPS"),
        ("x-forwarded-host", "example.com"),
    ]);
    let client = client(&["10.0.0.0/8"], PROXY, &map);
    assert_eq!(
        (client.ip.to_string().as_str(), client.scheme, client.host),
        ("203.0.113.5", Scheme::Https, Some("example.com"))
    );
}

#[test]
fn the_first_untrusted_address_from_the_right_is_the_client() {
    let map = headers(&[("x-forwarded-for", "6.6.6.6, 203.0.113.5, 10.1.1.1, 10.2.2.2")]);
    assert_eq!(ip(&["10.0.0.0/8"], &map), "203.0.113.5");
    let map = appended(&[("x-forwarded-for", "6.6.6.6, 203.0.113.5"), ("x-forwarded-for", "10.2.2.2")]);
    assert_eq!(ip(&["10.0.0.0/8"], &map), "203.0.113.5");
}

#[test]
fn when_all_are_trusted_the_leftmost_is_the_client() {
    assert_eq!(ip(&["10.0.0.0/8"], &headers(&[("x-forwarded-for", "10.3.3.3, 10.2.2.2")])), "10.3.3.3");
}

#[test]
fn the_walk_stops_at_what_is_not_an_address() {
    assert_eq!(ip(&["10.0.0.0/8"], &headers(&[("x-forwarded-for", "1.1.1.1, unknown, 10.2.2.2")])), "10.2.2.2");
    assert_eq!(ip(&["10.0.0.0/8"], &headers(&[("x-forwarded-for", "1.1.1.1, ")])), "10.0.0.9");
}

#[test]
fn addresses_come_with_ports_brackets_and_mapped() {
    for (written, read) in [
        ("192.0.2.1:4711", "192.0.2.1"),
        ("[2001:db8::1]:4711", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("2001:db8::1", "2001:db8::1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
    ] {
        assert_eq!(ip(&["10.0.0.9"], &headers(&[("x-forwarded-for", written)])), read, "{written}");
    }
    let map = headers(&[("x-forwarded-for", "203.0.113.5")]);
    assert_eq!(client(&["10.0.0.0/8"], "[::ffff:10.0.0.9]:1", &map).ip.to_string(), "203.0.113.5");
}

#[test]
fn proto_and_host_are_those_of_the_proxy_that_saw_the_client() {
    let map = headers(&[
        ("x-forwarded-for", "6.6.6.6, 203.0.113.5, 10.1.1.1"),
        ("x-forwarded-proto", "http, https, http"),
        ("x-forwarded-host", "evil.test, example.com, inner"),
    ]);
    let found = client(&["10.0.0.0/8"], PROXY, &map);
    assert_eq!((found.scheme, found.host), (Scheme::Https, Some("example.com")));
    let handed_on = headers(&[("x-forwarded-for", "203.0.113.5, 10.1.1.1"), ("x-forwarded-proto", "https")]);
    assert_eq!(client(&["10.0.0.0/8"], PROXY, &handed_on).scheme, Scheme::Https);
}

#[test]
fn an_unknown_scheme_leaves_the_connections_own() {
    let map = headers(&[("x-forwarded-for", "203.0.113.5"), ("x-forwarded-proto", "gopher")]);
    assert_eq!(client(&["10.0.0.0/8"], PROXY, &map).scheme, Scheme::Http);
}

#[test]
fn the_examples_of_rfc_7239_are_understood() {
    for (written, read) in [
        ("for=192.0.2.60;proto=http;by=203.0.113.43", "192.0.2.60"),
        ("For=\"[2001:db8:cafe::17]:4711\"", "2001:db8:cafe::17"),
        ("for=192.0.2.43, for=198.51.100.17", "198.51.100.17"),
        ("for=192.0.2.43, for=\"10.1.1.1:80\"", "192.0.2.43"),
        ("for=\"_gazonk\"", "10.0.0.9"),
        ("for=unknown", "10.0.0.9"),
    ] {
        assert_eq!(ip(&["10.0.0.0/8"], &headers(&[("forwarded", written)])), read, "{written}");
    }
    let map = headers(&[("forwarded", "for=192.0.2.43;proto=https;host=\"example.com:8443\"")]);
    let found = client(&["10.0.0.0/8"], PROXY, &map);
    assert_eq!((found.scheme, found.host), (Scheme::Https, Some("example.com:8443")));
}

#[test]
fn an_open_quote_from_the_client_does_not_swallow_what_the_proxy_wrote() {
    let map = headers(&[("forwarded", "for=\"6.6.6.6, for=203.0.113.5")]);
    assert_eq!(ip(&["10.0.0.0/8"], &map), "203.0.113.5");
}

#[test]
fn a_forged_second_header_is_not_preferred_over_the_proxys_own() {
    let map =
        headers(&[("forwarded", "for=6.6.6.6;proto=https"), ("x-forwarded-for", "203.0.113.5"), ("host", "a.test")]);
    let found = client(&["10.0.0.0/8"], PROXY, &map);
    assert_eq!((found.ip.to_string().as_str(), found.scheme, found.host), ("10.0.0.9", Scheme::Http, Some("a.test")));
    let agreed = headers(&[("forwarded", "for=203.0.113.5;proto=https"), ("x-forwarded-for", "203.0.113.5")]);
    assert_eq!(client(&["10.0.0.0/8"], PROXY, &agreed).scheme, Scheme::Https);
}

#[test]
fn networks_contain_what_their_prefix_says() {
    for (network, address, inside) in [
        ("10.0.0.0/8", "10.255.0.1", true),
        ("10.0.0.0/8", "11.0.0.1", false),
        ("0.0.0.0/0", "8.8.8.8", true),
        ("0.0.0.0/0", "2001:db8::1", false),
        ("::/0", "2001:db8::1", true),
        ("fd00::/8", "fdff::1", true),
        ("fd00::/8", "fe00::1", false),
        ("192.0.2.128/25", "192.0.2.127", false),
        ("::1", "::1", true),
    ] {
        let trusted = proxies(&[network]).trusts(address.parse().expect("an address"));
        assert_eq!(trusted, inside, "{address} in {network}");
    }
}

#[test]
fn what_is_not_a_network_is_refused_by_name() {
    for entry in ["10.0.0.0/33", "::/129", "10.0.0/8", "proxy.internal", "", "10.0.0.0/", "10.0.0.0/+8", "10.0.0.0/8/8"]
    {
        let error = TrustedProxies::parse(&[entry]).expect_err(entry).to_string();
        assert!(error.contains(&format!("\"{entry}\"")), "{error}");
    }
}

proptest! {
    #[test]
    fn no_header_makes_it_panic(forwarded in "[ -~]{0,60}", x_forwarded in "[0-9a-f.:,\\[\\] ]{0,40}") {
        let both = headers(&[("forwarded", &forwarded), ("x-forwarded-for", &x_forwarded), ("x-forwarded-proto", &forwarded)]);
        client(&["10.0.0.0/8"], PROXY, &both);
        client(&["10.0.0.0/8"], PROXY, &headers(&[("forwarded", &forwarded)]));
        client(&["10.0.0.0/8"], PROXY, &headers(&[("x-forwarded-for", &x_forwarded)]));
    }

    #[test]
    fn no_entry_makes_it_panic(entry in "[0-9a-f.:/+ ]{0,30}") {
        let _ = TrustedProxies::parse(&[entry]);
    }
}
