//! A watch from outside: how often an object was deleted.

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::cluster::Cluster;

/// A watch of the tests' own.
pub struct Watching {
    process: Child,
    events: Arc<Mutex<String>>,
}

impl Watching {
    /// Watches the objects of a kind from now on.
    pub fn new(cluster: &Cluster, namespace: &str, kind: &str) -> Self {
        let args = ["-n", namespace, "get", kind, "--watch-only", "--output-watch-events", "-o", "json"];
        let mut process = cluster.command(&args).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap());
        let events = Arc::new(Mutex::new(String::new()));
        let heard = Arc::clone(&events);
        std::thread::spawn(move || {
            for line in lines.lines().map_while(Result::ok) {
                heard.lock().unwrap().push_str(&(line + "\n"));
            }
        });
        let watching = Self { process, events };
        watching.mark(cluster, namespace);
        watching
    }

    /// Waits until the watch has heard of everything so far: it sees an object that is made now.
    fn mark(&self, cluster: &Cluster, namespace: &str) {
        let name = format!("mark-{}", ulid::Ulid::generate().to_string().to_lowercase());
        let started = Instant::now();
        loop {
            let again = format!("{name}-{}", started.elapsed().as_millis());
            cluster.kubectl(&["-n", namespace, "create", "configmap", &again]);
            std::thread::sleep(Duration::from_millis(200));
            if self.events.lock().unwrap().contains(&name) {
                return;
            }
            assert!(started.elapsed() < Duration::from_secs(20), "the watch hears nothing");
        }
    }

    /// How often an object was deleted.
    pub fn deleted(&self, name: &str) -> usize {
        std::thread::sleep(Duration::from_millis(200));
        let events = self.events.lock().unwrap();
        let events = serde_json::Deserializer::from_str(&events).into_iter::<Value>().map_while(Result::ok);
        events.filter(|it| it["type"] == "DELETED" && it["object"]["metadata"]["name"] == name).count()
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
