//! Mutual TLS, with certificates made for the test: who has one of the right authority is let in, nobody else.

use std::path::Path;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use telemetry::Program;
use telemetry::bus::{Bus, BusConfig, BusError, TlsFiles, TopicPattern};

use super::{config, state, subscribed, until_received};

/// An authority and one certificate of its, in files.
fn authority(folder: &Path, name: &str) -> TlsFiles {
    let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca_key = KeyPair::generate().unwrap();
    let ca = params.self_signed(&ca_key).unwrap();
    let issuer = Issuer::new(params, ca_key);
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
    let file = |kind: &str, text: String| {
        let path = folder.join(format!("{name}-{kind}.pem"));
        std::fs::write(&path, text).unwrap();
        path
    };
    TlsFiles {
        ca: file("ca", ca.pem()),
        certificate: file("certificate", certificate.pem()),
        key: file("key", key.serialize_pem()),
    }
}

async fn station(tls: TlsFiles) -> (Bus, String) {
    let listen = vec!["tls/127.0.0.1:0".to_owned()];
    let bus = Bus::open(&BusConfig { listen, tls: Some(tls), ..config(Program::Station) }).await.unwrap();
    let endpoint = bus.listening().await.remove(0);
    (bus, endpoint)
}

/// Knocks once with Zenoh itself and whatever certificates, and says whether it was let in.
async fn let_in(endpoint: &str, ca: &Path, own: Option<&TlsFiles>) -> bool {
    let text = |path: &Path| format!("{:?}", path.to_str().unwrap());
    let mut settings = zenoh::Config::default();
    let mut set = |key: &str, value: String| settings.insert_json5(key, &value).unwrap();
    // A client is either connected when it opens, or it does not open.
    set("mode", "\"client\"".to_owned());
    set("connect/endpoints", format!("[\"{endpoint}\"]"));
    set("scouting/multicast/enabled", "false".to_owned());
    set("transport/link/tls/root_ca_certificate", text(ca));
    if let Some(own) = own {
        set("transport/link/tls/enable_mtls", "true".to_owned());
        set("transport/link/tls/connect_certificate", text(&own.certificate));
        set("transport/link/tls/connect_private_key", text(&own.key));
    }
    zenoh::open(settings).await.is_ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn programs_with_certificates_of_one_authority_talk() {
    let folder = tempfile::tempdir().unwrap();
    let tls = authority(folder.path(), "kiel");
    let (station, endpoint) = station(tls.clone()).await;
    assert!(endpoint.starts_with("tls/127.0.0.1:"), "{endpoint}");
    let connect = vec![endpoint];
    let onboard = Bus::open(&BusConfig { connect, tls: Some(tls), ..config(Program::Onboard) }).await.unwrap();
    let mut states = subscribed(&station, TopicPattern::VehicleStates).await;
    until_received(&onboard, &state(1), &mut states).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_no_certificate_or_one_of_another_authority_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (kiel, stranger) = (authority(folder.path(), "kiel"), authority(folder.path(), "stranger"));
    let (_station, endpoint) = station(kiel.clone()).await;
    assert!(let_in(&endpoint, &kiel.ca, Some(&kiel)).await, "the test itself must be able to get in");
    assert!(!let_in(&endpoint, &kiel.ca, None).await, "without a certificate");
    assert!(!let_in(&endpoint, &kiel.ca, Some(&stranger)).await, "with a certificate of another authority");
    assert!(!let_in(&endpoint, &stranger.ca, Some(&kiel)).await, "trusting another authority than the station's");
    let plain = endpoint.replace("tls/", "tcp/");
    assert!(!let_in(&plain, &kiel.ca, None).await, "without TLS");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_for_another_name_is_refused_by_who_connects() {
    let folder = tempfile::tempdir().unwrap();
    let tls = authority(folder.path(), "kiel");
    let (_station, endpoint) = station(tls.clone()).await;
    let port = endpoint.rsplit_once(':').unwrap().1;
    assert!(!let_in(&format!("tls/localhost:{port}"), &tls.ca, Some(&tls)).await, "the certificate is for 127.0.0.1");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_is_not_there_is_an_error_when_the_bus_opens() {
    let folder = tempfile::tempdir().unwrap();
    let missing = |name: &str| folder.path().join(name);
    let tls = TlsFiles { ca: missing("ca.pem"), certificate: missing("c.pem"), key: missing("k.pem") };
    let listen = vec!["tls/127.0.0.1:0".to_owned()];
    let result = Bus::open(&BusConfig { listen, tls: Some(tls), ..config(Program::Station) }).await;
    assert!(matches!(result, Err(BusError::Zenoh { .. })));
}
