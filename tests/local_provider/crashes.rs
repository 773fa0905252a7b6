//! Death at bad moments: of the tool, of a launcher, of a balancer.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use gennaker::model::{Capacity, HealthState};
use serde_json::json;

use crate::load::{Load, get};
use crate::world::{BINARY, World, kill, open, until};

/// Runs as a process of its own in the tests below, to be killed; by itself it has nothing to do.
#[tokio::test]
async fn tool_that_will_be_killed() {
    let Ok(folder) = std::env::var("TOOL_FOLDER") else { return };
    let new = serde_json::from_str::<serde_json::Value>(&std::env::var("TOOL_CLUSTER").unwrap()).unwrap();
    let provider = open(folder.as_ref(), &std::env::var("TOOL_EXECUTABLE").unwrap());
    let world = World::new();
    let new = world.new_group("shop-v000", 3, crate::world::map(new));
    provider.server_groups().unwrap().create(&new).await.unwrap();
}

fn script(world: &World, text: &str) -> String {
    let path = world.folder.path().join("executable");
    fs::write(&path, format!("#!/bin/sh\n{text}\nexec {BINARY} \"$@\"\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path.to_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_tool_killed_while_starting_leaves_no_double_and_no_orphan() {
    let world = World::new();
    let (waits, go) = (world.folder.path().join("waits"), world.folder.path().join("go"));
    // The launcher of the third instance is slow: it outlives the tool and claims too late.
    let slow = format!(
        "case \"$2\" in *-0002) touch {}; while [ ! -e {} ]; do sleep 0.01; done;; esac",
        waits.display(),
        go.display()
    );
    let cluster = world.cluster("one", json!({}));
    let mut tool = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "crashes::tool_that_will_be_killed"])
        .env("TOOL_FOLDER", world.folder.path())
        .env("TOOL_EXECUTABLE", script(&world, &slow))
        .env("TOOL_CLUSTER", serde_json::to_string(&cluster).unwrap())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let started =
        |number| world.root().join(format!("server-groups/shop-v000/instances/shop-v000-000{number}/out.log"));
    until("two run and one waits", async || {
        (waits.exists() && started(0).exists() && started(1).exists()).then_some(())
    })
    .await;
    tool.kill().unwrap();
    tool.wait().unwrap();
    world.create("shop-v000", 3, cluster).await;
    world.until_up("shop-v000", 3).await;
    fs::write(&go, "").unwrap();
    until("the slow launcher has gone", async || (world.processes().len() == 3).then_some(())).await;
    world.until_up("shop-v000", 3).await;
    world.finish().await;
}

#[tokio::test]
async fn a_launcher_that_dies_before_it_claims_fails_the_creation_cleanly() {
    let world = World::new();
    let executable = script(&world, "case \"$2\" in *-0001) kill -9 $$;; esac");
    let provider = open(world.folder.path(), &executable);
    let new = world.new_group("shop-v000", 2, world.cluster("one", json!({})));
    let error = provider.server_groups().unwrap().create(&new).await.unwrap_err();
    assert!(error.message.contains("did not start") && error.message.contains("shop-v000-0001"), "{error}");
    world.assert_empty().await;
}

#[tokio::test]
async fn a_growth_that_fails_is_taken_back() {
    let world = World::new();
    world.create("shop-v000", 1, world.cluster("one", json!({}))).await;
    let provider = open(world.folder.path(), &script(&world, "case \"$2\" in *-0002) kill -9 $$;; esac"));
    let groups = provider.server_groups().unwrap();
    groups.resize(&world.reference("shop-v000"), Capacity::exactly(3)).await.unwrap_err();
    let group = world.get("shop-v000").await;
    let ids: Vec<&str> = group.instances.iter().map(|instance| instance.id.as_str()).collect();
    assert_eq!((ids, group.capacity.desired), (vec!["shop-v000-0000"], 1));
    assert_eq!(world.processes().len(), 1);
    // Said again where it can be done, it is done.
    world.provider.server_groups().unwrap().resize(&world.reference("shop-v000"), Capacity::exactly(3)).await.unwrap();
    world.until_up("shop-v000", 3).await;
    world.finish().await;
}

#[tokio::test]
async fn a_claim_whose_launcher_never_ran_the_program_is_void() {
    let world = World::new();
    world.create("shop-v000", 1, world.cluster("one", json!({}))).await;
    world.until_up("shop-v000", 1).await;
    let folder = world.root().join("server-groups/shop-v000/instances/shop-v000-0000");
    kill(world.recorded_pid("server-groups/shop-v000/instances/shop-v000-0000/instance.json"));
    world.until_all("shop-v000", HealthState::Down).await;
    world.create("shop-v000", 1, world.cluster("one", json!({}))).await;
    world.until_all("shop-v000", HealthState::Down).await;
    // As if the launcher had been killed between its claim and the start of the program.
    fs::remove_file(folder.join("out.log")).unwrap();
    world.create("shop-v000", 1, world.cluster("one", json!({}))).await;
    world.until_up("shop-v000", 1).await;
    world.finish().await;
}

#[tokio::test]
async fn a_process_with_a_used_pid_is_not_ours() {
    let world = World::new();
    world.create("shop-v000", 1, world.cluster("one", json!({}))).await;
    world.until_up("shop-v000", 1).await;
    let file = "server-groups/shop-v000/instances/shop-v000-0000/instance.json";
    let mut stranger = Command::new("sleep").arg("1000").spawn().unwrap();
    let real = world.recorded_pid(file);
    let record = fs::read_to_string(world.root().join(file)).unwrap();
    let forged = record.replace(&format!("\"pid\": {real}"), &format!("\"pid\": {}", stranger.id()));
    assert_ne!(record, forged);
    fs::write(world.root().join(file), forged).unwrap();
    assert_eq!(world.get("shop-v000").await.instances[0].health_state, HealthState::Down);
    world.destroy("shop-v000").await;
    assert_eq!(stranger.try_wait().unwrap(), None);
    stranger.kill().unwrap();
    stranger.wait().unwrap();
    kill(real);
    world.finish().await;
}

#[tokio::test]
async fn a_balancer_that_crashed_is_started_again_from_its_table() {
    let world = World::new();
    let listen = world.listen();
    world.balance("web", &listen, json!({"protocol": "http"})).await;
    world.create("shop-v000", 1, world.cluster("one", json!({"loadBalancers": ["web"]}))).await;
    world.until_up("shop-v000", 1).await;
    let crashed = world.balancer_pid("web");
    kill(crashed);
    until("it is dead", async || get(&listen).await.is_err().then_some(())).await;
    world.until_up("shop-v000", 1).await;
    assert_ne!(world.balancer_pid("web"), crashed);
    assert_eq!(get(&listen).await.unwrap(), (200, "one".into()));
    world.finish().await;
}

#[tokio::test]
async fn a_hung_balancer_is_replaced() {
    let world = World::new();
    let listen = world.listen();
    world.balance("web", &listen, json!({})).await;
    let hung = world.balancer_pid("web");
    let pid = rustix::process::Pid::from_raw(hung).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::STOP).unwrap();
    let status = Command::new(BINARY)
        .arg("__balancer")
        .arg(world.root().join("load-balancers/web"))
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    until("another serves", async || (world.balancer_pid("web") != hung).then_some(())).await;
    drop(status);
    world.create("shop-v000", 1, world.cluster("one", json!({"loadBalancers": ["web"]}))).await;
    world.until_up("shop-v000", 1).await;
    assert_eq!(get(&listen).await.unwrap(), (200, "one".into()));
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_balancer_is_replaced_without_a_failed_request() {
    for protocol in ["http", "tcp"] {
        let world = World::new();
        let listen = world.listen();
        world.balance("web", &listen, json!({"protocol": protocol, "drainTimeout": "500ms"})).await;
        world.create("shop-v000", 2, world.cluster("one", json!({"loadBalancers": ["web"]}))).await;
        world.until_up("shop-v000", 2).await;
        // Connections as a whole cannot be moved; those of a client that comes and goes must all be served.
        let load = Load::start(&listen, if protocol == "http" { 8 } else { 0 });
        for _ in 0..3 {
            let before = world.balancer_pid("web");
            let folder = world.root().join("load-balancers/web");
            let mut replacement = Command::new(BINARY)
                .arg("__balancer")
                .arg(folder)
                .arg("--replace")
                .stdout(Stdio::null())
                .spawn()
                .unwrap();
            // It outlives this loop; a thread of its own takes note of its end.
            std::thread::spawn(move || replacement.wait());
            until("another serves", async || {
                assert_eq!(get(&listen).await.unwrap(), (200, "one".into()));
                (world.balancer_pid("web") != before).then_some(())
            })
            .await;
            for _ in 0..50 {
                assert_eq!(get(&listen).await.unwrap(), (200, "one".into()));
            }
        }
        let count = load.stop().await;
        assert_eq!(count.errors, Vec::<String>::new());
        world.finish().await;
    }
}
