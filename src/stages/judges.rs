//! Who may judge: roles that a judgment asks for, and roles that users have (contract 9).

use std::collections::BTreeMap;

use super::cloud::texts;
use super::deploy_cloud_formation::EVALUATE;
use super::reading;
use crate::model::{Execution, Map, StageExecution, Status};

/// Roles by user, as the project's `roles` give them. Without any, everybody may judge, as in a Spinnaker without Fiat.
pub type Roles = BTreeMap<String, Vec<String>>;

/// Whether a user may answer the judgment with this context; the error says which role is missing.
pub fn may_judge(roles: &Roles, context: &Map, user: Option<&str>) -> Result<(), String> {
    let named = |key| texts(context, key);
    let wanted = Some(named("requiredJudgmentRoles")).filter(|roles| !roles.is_empty());
    let wanted = wanted.unwrap_or_else(|| named("selectedStageRoles"));
    if roles.is_empty() || wanted.is_empty() {
        return Ok(());
    }
    let has = |role: &String| {
        let of_user = user.and_then(|user| roles.get(user)).into_iter().flatten();
        of_user.into_iter().any(|one| one.eq_ignore_ascii_case(role))
    };
    if wanted.iter().any(has) {
        return Ok(());
    }
    let who = user.filter(|user| !user.is_empty()).unwrap_or("nobody");
    let role = if wanted.len() == 1 { "role" } else { "one of the roles" };
    Err(format!("{who} may not judge: it takes {role} {}", wanted.join(", ")))
}

/// Whether a stage asks somebody for a judgment, now or when it runs.
#[must_use]
pub fn asks(stage: &StageExecution) -> bool {
    let evaluates = || stage.tasks.iter().any(|task| task.name == EVALUATE && task.status == Status::Running);
    stage.kind == "manualJudgment" || stage.context.contains_key("judgmentInputs") && evaluates()
}

/// On whose behalf a stage acts: the last judge before it who passes his name on, else who runs the execution.
pub(crate) fn acting_user(execution: &Execution, stage: &StageExecution) -> Option<String> {
    let before = execution.ancestors(stage).into_iter();
    let mut judged = before.filter(|stage| {
        let passes = reading::flag(&stage.context, "propagateAuthenticationContext");
        stage.kind == "manualJudgment" && stage.status == Status::Succeeded && passes
    });
    judged.find_map(|stage| reading::filled(&stage.context, "lastModifiedBy"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::stages::testing::object;

    #[test]
    fn a_judge_has_one_of_the_roles_where_some_are_asked_for() {
        let roles = Roles::from([("ann".to_owned(), vec!["Ops".to_owned()])]);
        for (context, user, allowed) in [
            (json!({}), Some("ben"), true),
            (json!({"selectedStageRoles": []}), Some("ben"), true),
            (json!({"selectedStageRoles": ["ops", "dev"]}), Some("ann"), true),
            (json!({"selectedStageRoles": ["ops"]}), Some("ben"), false),
            (json!({"selectedStageRoles": ["ops"]}), None, false),
            (json!({"selectedStageRoles": ["ops"], "requiredJudgmentRoles": ["dev"]}), Some("ann"), false),
        ] {
            let context = object(context);
            assert_eq!(may_judge(&roles, &context, user).is_ok(), allowed, "{context:?} {user:?}");
            assert!(may_judge(&Roles::new(), &context, user).is_ok(), "no roles, no limits");
        }
        let denied = may_judge(&roles, &object(json!({"selectedStageRoles": ["ops", "dev"]})), Some("ben"));
        assert_eq!(denied.unwrap_err(), "ben may not judge: it takes one of the roles ops, dev");
    }
}
