//! The suite of all providers on the stand-in for AWS, looked at with boto3.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::common::TestProject;
use crate::common::suite::{Cloud, Seen};
use crate::world::World;

struct Aws(World);

impl Cloud for Aws {
    fn start() -> Self {
        Self(World::with(&[("FM_BOOT", "0.1"), ("FM_HEALTH", "0.1"), ("FM_DRAIN", "0.1"), ("FM_DELETE", "0.1")]))
    }

    fn project(&self) -> &TestProject {
        &self.0.project
    }

    fn configure(&self, more: &Value) {
        let mut settings = json!({"accounts": {"prod": self.0.account(&json!({"regions": ["us-east-1"]}))}});
        settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.0.project.write("gennaker.yaml", &settings.to_string());
    }

    fn region(&self) -> &'static str {
        "us-east-1"
    }

    fn cluster(&self, image: &str) -> Value {
        json!({"amiName": image, "instanceType": "t3.small", "securityGroups": ["web"], "targetGroups": ["web"]})
    }

    fn sick(&self) -> Value {
        json!({"tags": {"fm-health": "bad"}})
    }

    fn groups(&self) -> BTreeMap<String, Seen> {
        let found = self.0.groups();
        let seen = |(name, group): (&String, &Value)| {
            let number = |value: &Value| value.as_u64().unwrap();
            let ids = group["ids"].as_array().unwrap();
            let seen = Seen {
                min: number(&group["size"][0]),
                desired: number(&group["size"][1]),
                max: number(&group["size"][2]),
                disabled: group["suspended"].as_array().unwrap().contains(&json!("AddToLoadBalancer")),
                image: group["image"].as_str().unwrap().to_owned(),
                ids: ids.iter().map(|id| id.as_str().unwrap().to_owned()).collect(),
                serving: number(&group["healthy"]),
            };
            (name.clone(), seen)
        };
        found.as_object().unwrap().iter().map(seen).collect()
    }

    fn finish(&self) {
        self.0.assert_contract();
        // Every template has its group.
        let mut groups: Vec<String> = self.0.groups().as_object().unwrap().keys().cloned().collect();
        groups.sort();
        assert_eq!(self.0.boto(&["templates"]), json!(groups));
    }
}

crate::conformance!(Aws);
