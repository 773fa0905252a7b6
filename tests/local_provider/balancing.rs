//! Traffic through load balancers, quiet and under load.

use std::time::{Duration, Instant};

use gennaker::model::{Capacity, Firewall, HealthState};
use serde_json::json;

use crate::load::{Connection, Load, get};
use crate::world::{BINARY, World, kill, until};

#[tokio::test]
async fn weights_share_the_traffic() {
    for protocol in ["tcp", "http"] {
        let world = World::new();
        let listen = world.listen();
        world.balance("web", &listen, json!({"protocol": protocol})).await;
        world.create("shop-v000", 1, world.cluster("one", json!({"loadBalancers": ["web"], "weight": 300}))).await;
        world.create("shop-v001", 1, world.cluster("two", json!({"loadBalancers": ["web"], "weight": 100}))).await;
        world.until_up("shop-v000", 1).await;
        world.until_up("shop-v001", 1).await;
        let mut ones = 0;
        for _ in 0..40 {
            ones += usize::from(get(&listen).await.unwrap().1 == "one");
        }
        assert_eq!(ones, 30, "{protocol}");
        world.finish().await;
    }
}

#[tokio::test]
async fn an_instance_that_dies_is_taken_out_without_the_tool() {
    let world = World::new();
    let listen = world.listen();
    world.balance("web", &listen, json!({"protocol": "http"})).await;
    world.create("shop-v000", 2, world.cluster("one", json!({"loadBalancers": ["web"]}))).await;
    world.until_up("shop-v000", 2).await;
    kill(world.recorded_pid("server-groups/shop-v000/instances/shop-v000-0001/instance.json"));
    for _ in 0..20 {
        assert_eq!(get(&listen).await.unwrap(), (200, "one".into()));
    }
    until("the balancer sees it", async || {
        let balancer = world.provider.load_balancers().unwrap().list(Some("web")).await.unwrap().pop()?;
        (balancer.instances[1].health_state == HealthState::Down).then_some(())
    })
    .await;
    world.finish().await;
}

#[tokio::test]
async fn without_a_healthy_instance_requests_are_answered_503() {
    let world = World::new();
    let listen = world.listen();
    world.balance("web", &listen, json!({"protocol": "http"})).await;
    assert_eq!(get(&listen).await.unwrap(), (503, "no healthy instance for GET /".into()));
    world.finish().await;
}

#[tokio::test]
async fn a_kept_connection_drains_before_its_instance_stops() {
    let world = World::new();
    let listen = world.listen();
    world.balance("web", &listen, json!({})).await;
    world.create("shop-v000", 1, world.cluster("one", json!({"loadBalancers": ["web"], "drainTimeout": "10s"}))).await;
    world.until_up("shop-v000", 1).await;
    let mut kept = Connection::open(&listen).await.unwrap();
    kept.get("/").await.unwrap();
    world.provider.server_groups().unwrap().disable(&world.reference("shop-v000"), None).await.unwrap();
    let group = world.get("shop-v000").await;
    assert_eq!(group.instances[0].health_state, HealthState::Draining);
    assert_eq!(group.instances[0].reason.as_deref(), Some("1 connections at 'web' are draining"));
    assert_eq!(kept.get("/").await.unwrap(), (200, "one".into()));
    // Nobody new comes in; the kept connection is closed once it is quiet.
    assert!(get(&listen).await.is_err());
    world.until_all("shop-v000", HealthState::OutOfService).await;
    assert!(kept.get("/").await.is_err());
    world.finish().await;
}

#[tokio::test]
async fn a_firewall_lets_in_whom_it_names() {
    let world = World::new();
    let firewalls = world.provider.firewalls().unwrap();
    let office =
        |range: &str| Firewall { name: "office".into(), source_ranges: vec![range.into()], ..Firewall::default() };
    firewalls.upsert(&office("10.0.0.0/8")).await.unwrap();
    let listen = world.listen();
    world.balance("web", &listen, json!({"protocol": "http", "securityGroups": ["office"]})).await;
    world.create("shop-v000", 1, world.cluster("one", json!({"loadBalancers": ["web"]}))).await;
    world.until_up("shop-v000", 1).await;
    assert!(get(&listen).await.is_err());
    firewalls.upsert(&office("127.0.0.0/8")).await.unwrap();
    assert_eq!(get(&listen).await.unwrap(), (200, "one".into()));
    let error = firewalls.delete("local", "office").await.unwrap_err();
    assert!(error.message.starts_with("firewall 'office' protects load balancer web"), "{error}");
    world.provider.load_balancers().unwrap().delete("local", "web").await.unwrap();
    firewalls.delete("local", "office").await.unwrap();
    assert_eq!(firewalls.list().await.unwrap(), []);
    world.finish().await;
}

#[tokio::test]
async fn a_changed_address_is_served_and_the_old_one_is_not() {
    let world = World::new();
    let before = world.listen();
    world.balance("web", &before, json!({"protocol": "http"})).await;
    let process = world.balancer_pid("web");
    let after = world.listen();
    assert_ne!(before, after);
    world.balance("web", &after, json!({"protocol": "http"})).await;
    assert_eq!(get(&after).await.unwrap().0, 503);
    until("the old one is closed", async || get(&before).await.is_err().then_some(())).await;
    assert_eq!(world.balancer_pid("web"), process);
    world.finish().await;
}

#[tokio::test]
async fn a_long_root_works_too() {
    let mut world = World::new();
    let deep = world.folder.path().join("a".repeat(80)).join("b".repeat(80));
    world.provider = crate::world::open(&deep, BINARY);
    let listen = world.listen();
    world.balance("web", &listen, json!({"protocol": "http"})).await;
    assert_eq!(get(&listen).await.unwrap().0, 503);
    world.finish().await;
}

/// Puts the next server group of `shop` in the place of the last, as red/black does; returns how long it took.
async fn red_black(world: &World, number: u32) -> Duration {
    let groups = world.provider.server_groups().unwrap();
    let (old, new) = (format!("shop-v{:03}", number - 1), format!("shop-v{number:03}"));
    let begun = Instant::now();
    world.create(&new, 3, world.cluster(&new, json!({"loadBalancers": ["web"]}))).await;
    world.until_up(&new, 3).await;
    groups.disable(&world.reference(&old), None).await.unwrap();
    let took = begun.elapsed();
    world.destroy(&old).await;
    took
}

/// The same a third at a time.
async fn rolling(world: &World, number: u32) {
    let groups = world.provider.server_groups().unwrap();
    let (old, new) = (format!("shop-v{:03}", number - 1), format!("shop-v{number:03}"));
    world.create(&new, 1, world.cluster(&new, json!({"loadBalancers": ["web"]}))).await;
    for (size, percentage) in [(1, 33), (2, 66), (3, 100)] {
        groups.resize(&world.reference(&new), Capacity::exactly(size)).await.unwrap();
        world.until_up(&new, size as usize).await;
        groups.disable(&world.reference(&old), Some(percentage)).await.unwrap();
        groups.resize(&world.reference(&old), Capacity::exactly(3 - size)).await.unwrap();
    }
    world.destroy(&old).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deployments_under_load_fail_no_request() {
    let world = World::new();
    let listen = world.listen();
    world.balance("web", &listen, json!({"protocol": "http"})).await;
    world.create("shop-v000", 3, world.cluster("shop-v000", json!({"loadBalancers": ["web"]}))).await;
    world.until_up("shop-v000", 3).await;
    let load = Load::start(&listen, 16);
    for number in 1..=4 {
        let took = red_black(&world, number).await;
        eprintln!("red/black under load took {took:?}");
    }
    for number in 5..=8 {
        rolling(&world, number).await;
    }
    let count = load.stop().await;
    eprintln!("{} requests, {:?}", count.total(), count.answers);
    assert_eq!(count.errors, Vec::<String>::new());
    assert!(count.total() > 1000 && count.answers.len() > 5, "{count:?}");
    world.finish().await;
}

/// The promise in numbers: ten deployments in a row, a hundred thousand requests, none of them failed.
async fn ten_deployments_under_wrk(protocol: &str) {
    let world = World::new();
    let listen = world.listen();
    world.balance("web", &listen, json!({"protocol": protocol})).await;
    world.create("shop-v000", 3, world.cluster("shop-v000", json!({"loadBalancers": ["web"]}))).await;
    world.until_up("shop-v000", 3).await;
    let wrk = tokio::process::Command::new("wrk")
        .args(["-t1", "-c64", "-d30s", "--timeout", "10s", "--latency", &format!("http://{listen}/")])
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    for number in 1..=10 {
        let begun = Instant::now();
        if number % 2 == 0 {
            rolling(&world, number).await;
        } else {
            eprintln!("red/black under wrk took {:?}", red_black(&world, number).await);
        }
        // Spread over the time of the load, not a wait for anything.
        tokio::time::sleep(Duration::from_millis(2500).saturating_sub(begun.elapsed())).await;
    }
    let pid = world.balancer_pid("web");
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    eprintln!("balancer: {}", status.lines().find(|line| line.starts_with("VmRSS")).unwrap());
    let output = String::from_utf8(wrk.wait_with_output().await.unwrap().stdout).unwrap();
    eprintln!("{output}");
    assert!(!output.contains("Socket errors") && !output.contains("Non-2xx"), "{output}");
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_deployments_under_wrk_fail_no_request_http() {
    ten_deployments_under_wrk("http").await;
}

/// Kept connections stay with their instance until it says goodbye itself, which the test service does well.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_deployments_under_wrk_fail_no_request_tcp() {
    ten_deployments_under_wrk("tcp").await;
}
