//! What a deployment of a stack would do: its template compared with the one in use. Only reads.

use std::collections::{BTreeMap, BTreeSet};

use serde_yaml::Value;

use super::Aws;
use super::params::Params;
use super::stack::{explained, write_template};
use super::xml::Answer;
use crate::providers::{Error, StackPhase, StackWish, Stacks, Template};

/// What stands for a value that must not be seen.
const HIDDEN: &str = "****";

impl Aws {
    pub(super) async fn foresee_stack(&self, wish: &StackWish) -> Result<Vec<String>, Error> {
        let region = self.account.region(&wish.location)?;
        let mut params = Params::query();
        write_template(&mut params, wish)?;
        let valid = self.cloud_formation(&region, "ValidateTemplate", &params).await;
        let valid = valid.map_err(|fault| explained(fault, wish))?;
        let needed: Vec<&str> =
            valid.items("Capabilities").map(|one| one.content.as_str()).filter(|one| !has(wish, one)).collect();
        let mut lines = Vec::new();
        match Stacks::get(self, &region, &wish.name).await? {
            None => lines.push(format!("create stack {} in {region}", wish.name)),
            Some(stack) if stack.phase == StackPhase::Reviewed => {
                lines.push(format!("create stack {} in {region}, which only has change sets yet", wish.name));
            }
            Some(stack) if stack.is_ruined => {
                lines.push(format!(
                    "fail: stack {} is {} and has to be deleted with 'deleteCloudFormation' first",
                    stack.name, stack.status
                ));
                return Ok(lines);
            }
            Some(stack) => {
                lines.push(format!("update stack {} in {region} ({})", wish.name, stack.status));
                lines.extend(self.changed_parameters(&region, wish).await?);
            }
        }
        lines.extend(self.changed_resources(&region, wish, lines[0].starts_with("create")).await?);
        if !needed.is_empty() {
            lines.push(format!("fail: the template needs capabilities: [{}]", needed.join(", ")));
        }
        if lines.len() == 1 && lines[0].starts_with("update") {
            lines[0] = format!("leave stack {} in {region} as it is", wish.name);
        }
        Ok(lines)
    }

    async fn changed_parameters(&self, region: &str, wish: &StackWish) -> Result<Vec<String>, Error> {
        let params = Params::query().with("StackName", &wish.name);
        let answer = self.cloud_formation(region, "DescribeStacks", &params).await?;
        let Some(stack) = answer.items("Stacks").next() else { return Ok(Vec::new()) };
        let now: BTreeMap<String, String> = stack
            .items("Parameters")
            .map(|one| (one.string("ParameterKey"), one.string("ParameterValue")))
            .filter(|(_, value)| value != HIDDEN)
            .collect();
        let changed = wish.parameters.iter().filter(|(key, value)| now.get(*key).is_some_and(|now| now != *value));
        // Names only: a parameter may be a secret that nobody marked as one.
        Ok(changed.map(|(key, _)| format!("  change parameter {key}")).collect())
    }

    async fn changed_resources(&self, region: &str, wish: &StackWish, is_new: bool) -> Result<Vec<String>, Error> {
        let Template::Body(text) = &wish.template else {
            return Ok(vec!["  resources: those of the template in the bucket".to_owned()]);
        };
        let before = match is_new {
            true => String::new(),
            false => {
                let params = Params::query().with("StackName", &wish.name).with("TemplateStage", "Original");
                self.cloud_formation(region, "GetTemplate", &params).await?.string("TemplateBody")
            }
        };
        Ok(differences(&before, text))
    }
}

fn has(wish: &StackWish, capability: &str) -> bool {
    let given = |name: &str| wish.capabilities.iter().any(|one| one == name);
    given(capability) || capability == "CAPABILITY_IAM" && given("CAPABILITY_NAMED_IAM")
}

/// Resources of a template by name, each with its type; a text that cannot be read has none.
fn resources(text: &str) -> BTreeMap<String, (String, Value)> {
    let template: Value = serde_yaml::from_str(text).unwrap_or_default();
    let Some(resources) = template.get("Resources").and_then(Value::as_mapping) else { return BTreeMap::new() };
    let named = resources.iter().filter_map(|(name, resource)| {
        let kind = resource.get("Type").and_then(Value::as_str).unwrap_or("?");
        Some((name.as_str()?.to_owned(), (kind.to_owned(), resource.clone())))
    });
    named.collect()
}

/// Lines for resources that are added, changed and removed.
fn differences(before: &str, after: &str) -> Vec<String> {
    let (before, after) = (resources(before), resources(after));
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let line = |name: &&String| match (before.get(*name), after.get(*name)) {
        (None, Some((kind, _))) => Some(format!("  add {name} ({kind})")),
        (Some((kind, _)), None) => Some(format!("  remove {name} ({kind})")),
        (Some((old, _)), Some((kind, _))) if old != kind => Some(format!("  replace {name} ({old}) by a {kind}")),
        (Some((_, old)), Some((kind, new))) if old != new => Some(format!("  change {name} ({kind})")),
        _ => None,
    };
    names.iter().filter_map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_compared_by_resources_whatever_they_are_written_in() {
        let before = "Resources:\n  Queue: {Type: 'AWS::SQS::Queue', Properties: {QueueName: !Ref Name}}\n  Old: {Type: 'AWS::SNS::Topic'}\n";
        let after = r#"{"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}, "New": {"Type": "AWS::SQS::Queue"}}}"#;
        assert_eq!(
            differences(before, after),
            ["  add New (AWS::SQS::Queue)", "  remove Old (AWS::SNS::Topic)", "  change Queue (AWS::SQS::Queue)"]
        );
        assert!(differences(before, before).is_empty());
        assert_eq!(differences("", before).len(), 2);
    }
}
