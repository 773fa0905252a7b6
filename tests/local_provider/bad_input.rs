//! Wrong wishes: one clear message, and nothing left behind.

use std::fs;
use std::net::TcpListener;

use gennaker::model::{Firewall, HealthState};
use gennaker::providers::{Error, ErrorKind};
use serde_json::{Value, json};

use crate::world::{BINARY, World, map, open};

async fn refused(world: &World, more: Value) -> Error {
    let new = world.new_group("shop-v000", 2, world.cluster("", more));
    let error = world.provider.server_groups().unwrap().create(&new).await.unwrap_err();
    world.assert_empty().await;
    error
}

#[tokio::test]
async fn wrong_clusters_are_refused_with_their_place() {
    let world = World::new();
    fs::write(world.folder.path().join("text.tar"), "no archive").unwrap();
    fs::write(world.folder.path().join("broken"), "#!/no/such/interpreter\n").unwrap();
    for (more, part) in [
        (json!({"command": ["no-such-program"]}), "command 'no-such-program' is not on the PATH;"),
        (json!({"command": "no-such-program --port $PORT"}), "command 'no-such-program' exists neither in"),
        (json!({"workingDirectory": "nowhere"}), "nowhere does not exist; correct 'workingDirectory'"),
        (json!({"loadBalancers": ["web"]}), "load balancer 'web' does not exist in account 'here'; create it first"),
        (json!({"image": "shop-9"}), "image 'shop-9' is neither an image of account 'here' nor a path"),
        (json!({"image": "./text.tar"}), "text.tar is no complete .tar or .tar.gz archive"),
    ] {
        let error = refused(&world, more).await;
        assert!(error.message.contains(part), "{error}");
        assert_eq!(error.kind, ErrorKind::Invalid, "{error}");
    }
    world.finish().await;
}

#[tokio::test]
async fn a_program_that_cannot_be_executed_is_reported_by_its_launcher() {
    use std::os::unix::fs::PermissionsExt;
    let world = World::new();
    let path = world.folder.path().join("broken");
    fs::write(&path, "#!/no/such/interpreter\n").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    let error = refused(&world, json!({"command": ["./broken"]})).await;
    assert!(error.message.contains("broken' in") && error.message.ends_with("no such file or directory"), "{error}");
    world.finish().await;
}

#[tokio::test]
async fn ports_in_use_are_passed_over_and_named_when_all_are() {
    let world = World::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let error = refused(&world, json!({"portRange": format!("{port}-{port}")})).await;
    assert!(
        error.message.starts_with(&format!("2 more ports are needed but only 0 of {port}-{port} are free")),
        "{error}"
    );
    world.finish().await;
}

#[tokio::test]
async fn a_listener_in_use_is_named_and_the_old_one_stays() {
    let world = World::new();
    let balancers = world.provider.load_balancers().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let wish = map(json!({"name": "web", "listen": address.to_string()}));
    let error = balancers.upsert(&wish).await.unwrap_err();
    assert_eq!(
        error.message,
        format!(
            "cannot listen on {address}: address already in use; stop the program that listens there, or choose another \
             port in 'listen'"
        )
    );
    world.assert_empty().await;
    let listen = world.listen();
    world.balance("web", &listen, json!({})).await;
    balancers.upsert(&wish).await.unwrap_err();
    assert_eq!(balancers.list(Some("web")).await.unwrap()[0].listeners, std::slice::from_ref(&listen));
    let other = map(json!({"name": "other", "listen": listen}));
    let error = balancers.upsert(&other).await.unwrap_err();
    assert!(error.message.starts_with("load balancer 'web' listens on"), "{error}");
    world.finish().await;
}

#[tokio::test]
async fn a_service_that_dies_at_start_shows_its_last_words() {
    let world = World::new();
    let more = json!({"command": "echo starting; echo no database >&2; exit 3"});
    world.create("shop-v000", 1, world.cluster("", more)).await;
    let group = world.until_all("shop-v000", HealthState::Down).await;
    assert_eq!(group.instances[0].reason.as_deref(), Some("exited with status 3; its last line: no database"));
    let logs = world.provider.instances().unwrap().logs("local", "shop-v000-0000", 20).await.unwrap();
    assert_eq!(logs, ["starting", "no database"]);
    // Not restarted by a second wish for the same.
    world.create("shop-v000", 1, world.cluster("", json!({}))).await;
    assert_eq!(world.get("shop-v000").await.instances[0].health_state, HealthState::Down);
    world.finish().await;
}

#[tokio::test]
async fn a_service_that_never_gets_healthy_says_why() {
    let world = World::new();
    let check =
        |grace: &str| json!({"command": ["sleep", "1000"], "healthCheck": {"type": "http", "gracePeriod": grace}});
    world.create("shop-v000", 1, world.cluster("", check("1h"))).await;
    world.create("shop-v001", 1, world.cluster("", check("0s"))).await;
    let group = world.until_all("shop-v000", HealthState::Starting).await;
    let address = group.instances[0].address.as_ref().unwrap();
    assert_eq!(group.instances[0].reason, Some(format!("connection refused on {address}")));
    world.until_all("shop-v001", HealthState::Down).await;
    let sick = json!({"command": [BINARY, "__respond", "{\"unhealthyAfter\": 0}"], "healthCheck": {"type": "http", "gracePeriod": 0}});
    world.create("shop-v002", 1, world.cluster("", sick)).await;
    crate::world::until("it answers", async || {
        let group = world.get("shop-v002").await;
        let reason = group.instances[0].reason.clone()?;
        reason.starts_with("GET /health answered 503: unhealthy after").then_some(())
    })
    .await;
    world.finish().await;
}

#[tokio::test]
async fn firewalls_must_be_ranges_and_exist() {
    let world = World::new();
    let firewalls = world.provider.firewalls().unwrap();
    let firewall = Firewall { name: "office".into(), source_ranges: vec!["10.0.0.0/99".into()], ..Firewall::default() };
    let error = firewalls.upsert(&firewall).await.unwrap_err();
    assert_eq!(
        error.message,
        "firewall 'office': '10.0.0.0/99' is no source range; write it in CIDR form, as 10.0.0.0/8 or 192.168.1.5/32"
    );
    assert_eq!(firewalls.list().await.unwrap(), []);
    let wish = map(json!({"name": "web", "listen": world.listen(), "securityGroups": ["office"]}));
    let error = world.provider.load_balancers().unwrap().upsert(&wish).await.unwrap_err();
    assert_eq!(error.message, "load balancer 'web' names firewall 'office', which does not exist; create it first");
    world.finish().await;
}

#[tokio::test]
async fn a_world_that_cannot_be_written_is_named() {
    let world = World::new();
    let blocked = world.folder.path().join("world");
    fs::write(&blocked, "a file where the folder should be").unwrap();
    let another = open(world.folder.path(), BINARY);
    let new = world.new_group("shop-v000", 1, world.cluster("", json!({})));
    let error = another.server_groups().unwrap().create(&new).await.unwrap_err();
    assert!(error.message.contains(blocked.to_str().unwrap()), "{error}");
    assert!(error.message.ends_with("set 'root' of the account to a folder"), "{error}");
}
