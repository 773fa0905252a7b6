//! The suite of all providers on processes of this machine.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU16, Ordering};

use serde_json::{Value, json};

use crate::common::TestProject;
use crate::common::suite::{Cloud, Seen};

/// Ports of one world.
const PORTS: u16 = 30;
/// Tests of one run use ports beside each other.
static NEXT: AtomicU16 = AtomicU16::new(0);

struct Local {
    project: TestProject,
    first_port: u16,
}

impl Cloud for Local {
    fn start() -> Self {
        let offset = (std::process::id() % 20) as u16 * 1200;
        let first_port = 33_000 - 1200 + (offset + NEXT.fetch_add(PORTS, Ordering::Relaxed)) % 30_000;
        let project = TestProject::new();
        for image in ["web-1", "web-2"] {
            project.write(&format!("{image}/release"), image);
        }
        Self { project, first_port }
    }

    fn project(&self) -> &TestProject {
        &self.project
    }

    fn configure(&self, more: &Value) {
        let account = json!({"provider": "local", "pollInterval": "50ms", "settleTime": 0});
        let mut settings = json!({"accounts": {"prod": account}});
        settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.project.write("gennaker.yaml", &settings.to_string());
    }

    fn region(&self) -> &'static str {
        "local"
    }

    fn cluster(&self, image: &str) -> Value {
        json!({
            "image": format!("./{image}"), "command": "exec \"$GENNAKER\" respond",
            "portRange": format!("{}-{}", self.first_port, self.first_port + PORTS - 1),
            "environment": {"GENNAKER_TEST_MARK": self.project.path()},
            "healthCheck": {"type": "http", "path": "/health", "interval": "50ms"},
            "stopTimeout": 2, "drainTimeout": "100ms",
        })
    }

    fn sick(&self) -> Value {
        json!({"command": ["sleep", "1000"], "healthCheck": {"type": "http", "gracePeriod": "1h"}})
    }

    fn groups(&self) -> BTreeMap<String, Seen> {
        let shown: Value = serde_json::from_str(&self.project.ok(&["clusters", "-o", "json"])).unwrap();
        let seen = |group: &Value| {
            let number = |key: &str| group["capacity"][key].as_u64().unwrap();
            let instances = group["instances"].as_array().unwrap();
            let seen = Seen {
                min: number("min"),
                desired: number("desired"),
                max: number("max"),
                disabled: group["disabled"].as_bool().unwrap(),
                image: group["image"]["imageName"].as_str().unwrap_or_default().to_owned(),
                ids: instances.iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect(),
                serving: instances.iter().filter(|one| one["healthState"] == "Up").count() as u64,
            };
            (group["name"].as_str().unwrap().to_owned(), seen)
        };
        shown.as_array().unwrap().iter().map(seen).collect()
    }

    fn finish(&self) {
        // What runs is what is shown, and nothing else.
        let shown: usize = self.groups().values().map(|group| group.ids.len()).sum();
        let running = || self.project.processes().iter().filter(|(_, line)| line.contains("respond")).count();
        crate::common::eventually("as many processes as instances", || running() == shown);
    }
}

crate::conformance!(Local);
