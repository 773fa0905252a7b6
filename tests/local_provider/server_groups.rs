//! Starting, sizing, taking out of traffic and stopping server groups.

use std::fs;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use gennaker::model::{Capacity, HealthState, Map};
use gennaker::providers::{ErrorKind, ServerGroupQuery};
use serde_json::json;

use crate::load::get;
use crate::world::{BINARY, World, map, open, until};

#[tokio::test]
async fn a_group_starts_answers_and_goes() {
    let world = World::new();
    world.create("shop-v000", 2, world.cluster("one", json!({}))).await;
    let group = world.until_all("shop-v000", HealthState::Up).await;
    assert_eq!(group.moniker.app.as_deref(), Some("shop"));
    for instance in &group.instances {
        assert_eq!(get(instance.address.as_ref().unwrap()).await.unwrap(), (200, "one".into()));
        let logs = world.provider.instances().unwrap().logs("local", &instance.id, 5).await.unwrap();
        assert_eq!(logs, [format!("listening on {}", instance.address.as_ref().unwrap())]);
    }
    // Another process of the tool knows no less.
    let another = open(world.folder.path(), BINARY);
    let list = another.server_groups().unwrap().list(&ServerGroupQuery::default()).await.unwrap();
    assert_eq!(list[0].up(), 2);
    world.destroy("shop-v000").await;
    world.destroy("shop-v000").await;
    world.assert_empty().await;
}

#[tokio::test]
async fn creating_twice_starts_once_and_another_owner_is_refused() {
    let world = World::new();
    world.create("shop-v000", 2, world.cluster("one", json!({}))).await;
    world.create("shop-v000", 2, world.cluster("one", json!({}))).await;
    world.until_up("shop-v000", 2).await;
    assert_eq!(world.processes().len(), 2);
    let mut other = world.new_group("shop-v000", 1, world.cluster("two", json!({})));
    other.owner = "somebody else".into();
    let error = world.provider.server_groups().unwrap().create(&other).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::AlreadyExists);
    assert_eq!(error.operation, "create server group");
    world.finish().await;
}

#[tokio::test]
async fn sizes_grow_and_shrink_from_the_newest() {
    let world = World::new();
    let groups = world.provider.server_groups().unwrap();
    world.create("shop-v000", 1, world.cluster("one", json!({}))).await;
    groups.resize(&world.reference("shop-v000"), Capacity::exactly(3)).await.unwrap();
    world.until_up("shop-v000", 3).await;
    groups.resize(&world.reference("shop-v000"), Capacity::exactly(2)).await.unwrap();
    let group = world.get("shop-v000").await;
    let ids: Vec<&str> = group.instances.iter().map(|instance| instance.id.as_str()).collect();
    assert_eq!(ids, ["shop-v000-0000", "shop-v000-0001"]);
    assert_eq!((group.capacity, world.processes().len()), (Capacity::exactly(2), 2));
    world.provider.instances().unwrap().terminate("local", &["shop-v000-0000".into()]).await.unwrap();
    assert_eq!(world.get("shop-v000").await.instances.len(), 1);
    groups.resize(&world.reference("shop-v000"), Capacity::exactly(0)).await.unwrap();
    assert_eq!(world.processes(), Vec::<String>::new());
    world.finish().await;
}

#[tokio::test]
async fn a_disabled_group_is_out_of_service() {
    let world = World::new();
    let groups = world.provider.server_groups().unwrap();
    world.balance("web", &world.listen(), json!({})).await;
    world.create("shop-v000", 4, world.cluster("one", json!({"loadBalancers": ["web"]}))).await;
    world.until_up("shop-v000", 4).await;
    groups.disable(&world.reference("shop-v000"), Some(30)).await.unwrap();
    let group = world.get("shop-v000").await;
    assert_eq!((group.up(), group.disabled), (2, false));
    groups.disable(&world.reference("shop-v000"), None).await.unwrap();
    let group = world.until_all("shop-v000", HealthState::OutOfService).await;
    assert!(group.disabled);
    assert_eq!(group.instances[0].health[1]["state"], "OutOfService");
    groups.enable(&world.reference("shop-v000")).await.unwrap();
    world.until_up("shop-v000", 4).await;
    world.finish().await;
}

#[tokio::test]
async fn an_instance_sees_its_names_and_little_else() {
    let world = World::new();
    let command = "echo \"$GENNAKER_APPLICATION $GENNAKER_CLUSTER $GENNAKER_INSTANCE $HOST $PORT $COLOUR ${CARGO-none}\"; \
                   exec sleep 1000";
    let more = json!({"command": command, "environment": {"COLOUR": "red", "TEST_WORLD": world.folder.path()}, "healthCheck": null});
    world.create("shop-test-v003", 1, world.cluster("", more)).await;
    let port = world.port_range().split('-').next().unwrap().to_owned();
    until("the line is written", async || {
        let logs = world.provider.instances().unwrap().logs("local", "shop-test-v003-0000", 5).await.unwrap();
        (logs == [format!("shop shop-test shop-test-v003-0000 127.0.0.1 {port} red none")]).then_some(())
    })
    .await;
    world.finish().await;
}

#[tokio::test]
async fn what_a_service_started_goes_with_it() {
    let world = World::new();
    // The shell ends on TERM, its child ignores it.
    let command = "trap 'exit 0' TERM; sh -c 'trap \"\" TERM HUP; while :; do sleep 0.05; done' & wait";
    world.create("shop-v000", 1, world.cluster("", json!({"command": command, "healthCheck": null}))).await;
    until("both run", async || (world.processes().len() >= 2).then_some(())).await;
    world.destroy("shop-v000").await;
    world.assert_empty().await;
}

#[tokio::test]
async fn a_service_deaf_to_term_is_killed() {
    let world = World::new();
    let more =
        json!({"command": "trap '' TERM; while :; do sleep 0.05; done", "healthCheck": null, "stopTimeout": "100ms"});
    world.create("shop-v000", 1, world.cluster("", more)).await;
    world.destroy("shop-v000").await;
    world.assert_empty().await;
}

#[tokio::test]
async fn an_archive_is_run_and_found_again_as_an_image() {
    let world = World::new();
    let path = world.folder.path().join("shop-2.tar.gz");
    let mut builder = tar::Builder::new(GzEncoder::new(fs::File::create(&path).unwrap(), Compression::fast()));
    let script = format!("#!/bin/sh\nexec {BINARY} __respond \"{{\\\"body\\\": \\\"$(cat text)\\\"}}\"\n");
    for (name, content) in [("run", script.as_str()), ("text", "from the archive")] {
        let mut header = tar::Header::new_gnu();
        header.set_mode(0o755);
        header.set_size(content.len() as u64);
        builder.append_data(&mut header, name, content.as_bytes()).unwrap();
    }
    builder.into_inner().unwrap().finish().unwrap();
    let more = json!({"command": ["./run"], "image": "shop-2.tar.gz", "version": "2.0"});
    world.create("shop-v000", 1, world.cluster("", more)).await;
    let group = world.until_all("shop-v000", HealthState::Up).await;
    assert_eq!(get(group.instances[0].address.as_ref().unwrap()).await.unwrap().1, "from the archive");
    let images = world.provider.images().unwrap().find(Some("shop"), &Map::new()).await.unwrap();
    assert_eq!((images.len(), images[0].version.as_deref()), (1, Some("2.0")));
    // The archive may go: another like it runs from the image.
    fs::remove_file(&path).unwrap();
    let clone = world.provider.server_groups().unwrap().clone_description(&world.reference("shop-v000")).await.unwrap();
    world.create("shop-v001", 1, clone).await;
    world.until_up("shop-v001", 1).await;
    world.finish().await;
}

#[tokio::test]
async fn a_release_folder_is_the_working_directory() {
    let world = World::new();
    fs::create_dir(world.folder.path().join("release")).unwrap();
    fs::write(world.folder.path().join("release/text"), "here").unwrap();
    let more = json!({"command": "cat text; exec sleep 1000", "image": "./release", "healthCheck": {"type": "none"}});
    world.create("shop-v000", 1, world.cluster("", more)).await;
    until("the text is written", async || {
        let logs = world.provider.instances().unwrap().logs("local", "shop-v000-0000", 1).await.unwrap();
        (logs == ["here"]).then_some(())
    })
    .await;
    world.finish().await;
}

#[tokio::test]
async fn an_account_says_what_it_has() {
    let world = World::new();
    let lines = world.provider.checks().unwrap().check().await.unwrap();
    assert!(lines[0].contains("is writable"), "{lines:?}");
    assert_eq!(lines[2], "0 server groups, 0 load balancers");
    assert_eq!(world.provider.default_locations(), ["local"]);
    assert_eq!(world.provider.poll_interval(), Duration::from_millis(20));
    let new = world.new_group("shop-v000", 1, map(json!({"command": ["sleep", "1"]})));
    world.provider.server_groups().unwrap().check(&new).await.unwrap();
    world.finish().await;
}
