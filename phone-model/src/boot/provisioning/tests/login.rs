//! 401 and 407.

use super::*;

const DIGEST: &str = "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"b\"\r\nWWW-Authenticate: Digest realm=\"prov\",nonce=\"n1\",qop=\"auth\",algorithm=SHA-256\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
const BASIC: &str = "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"b\"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
const PROXY: &str = "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Digest realm=\"p\",nonce=\"n\"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

async fn ask(answers: &[&str], defects: &[Defect], url_login: &str) -> (Result<Bytes, Failure>, Vec<String>) {
    let (address, server) = server(answers.iter().map(|answer| (*answer).to_owned()).collect()).await;
    let client = Client { defects: Defects::of(defects.iter().copied()), ..client() };
    let result = client.fetch(&format!("http://{url_login}{address}/p.xml")).await;
    (result, server.await.unwrap())
}

#[tokio::test]
async fn a_digest_challenge_is_answered_and_nothing_is_sent_before_it() {
    let (result, asked) = ask(&[DIGEST, &ok("x")], &[], "phone:word@").await;
    assert_eq!(result.unwrap(), "x");
    assert!(!asked[0].contains("authorization"));
    assert!(asked[1].contains("authorization: Digest username=\"phone\",realm=\"prov\",nonce=\"n1\",uri=\"/p.xml\""));
    assert!(asked[1].contains("algorithm=SHA-256") && asked[1].contains("nc=00000001"));
}

#[tokio::test]
async fn a_server_that_refuses_is_answered_twice() {
    let (result, asked) = ask(&[DIGEST; 3], &[], "phone:word@").await;
    assert_eq!((result, asked.len()), (Err(Failure::Unauthorized(401)), 3));
}

#[tokio::test]
async fn without_a_login_nothing_is_answered() {
    let (result, asked) = ask(&[DIGEST], &[], "").await;
    assert_eq!((result, asked.len()), (Err(Failure::Unauthorized(401)), 1));
}

#[tokio::test]
async fn basic_is_answered_once_where_nothing_else_is_offered() {
    let (result, asked) = ask(&[BASIC, &ok("x")], &[], "phone:word@").await;
    assert!(result.is_ok() && asked[1].contains("authorization: Basic cGhvbmU6d29yZA=="));
    let (result, asked) = ask(&[BASIC, BASIC], &[], "phone:word@").await;
    assert_eq!((result, asked.len()), (Err(Failure::Unauthorized(401)), 2));
}

#[tokio::test]
async fn a_proxy_gets_its_own_header() {
    let (result, asked) = ask(&[PROXY, &ok("x")], &[], "phone:word@").await;
    assert!(result.is_ok() && asked[1].contains("proxy-authorization: Digest "));
}

#[tokio::test]
async fn credentials_of_the_url_do_not_follow_a_redirection() {
    let moved = "HTTP/1.1 301 Moved\r\nLocation: http://prov.example:9/x\r\nContent-Length: 0\r\n\r\n";
    let (result, _) = ask(&[moved], &[], "phone:word@").await;
    assert!(matches!(result, Err(Failure::Connect(_))));
}

#[tokio::test]
async fn a_phone_with_a_defect_answers_never_or_without_end() {
    let (result, asked) = ask(&[DIGEST], &[Defect::ProvisioningAnswersNoChallenge], "phone:word@").await;
    assert_eq!((result, asked.len()), (Err(Failure::Unauthorized(401)), 1));
    let (result, asked) = ask(&[DIGEST; 21], &[Defect::ProvisioningAnswersOn], "phone:word@").await;
    assert_eq!((result, asked.len()), (Err(Failure::Unauthorized(401)), 21));
}

#[tokio::test]
async fn a_phone_with_the_defect_sends_its_credentials_unasked() {
    let (_, asked) = ask(&[&ok("x")], &[Defect::ProvisioningCredentialsUnasked], "phone:word@").await;
    assert!(asked[0].contains("authorization: Basic "));
}
