//! What every stage takes, whatever its type (contract 2.3), and Spinnaker's bookkeeping keys that are left alone.

use crate::model::{Field, Shape, Unit, optional};

const WINDOW_HOURS: Shape = Shape::List(&Shape::Object(&[
    optional("startHour", Shape::Integer, "First hour, 0 to 23"),
    optional("startMin", Shape::Integer, "Minute in it"),
    optional("endHour", Shape::Integer, "Last hour, 0 to 23; before startHour means over midnight"),
    optional("endMin", Shape::Integer, "Minute in it"),
]));

const WINDOW_JITTER: Shape = Shape::Object(&[
    optional("enabled", Shape::Boolean, "Whether to wait a random time once the window is open"),
    optional("minDelay", Shape::Duration(Unit::Seconds), "At least so many seconds"),
    optional("maxDelay", Shape::Duration(Unit::Seconds), "At most so many seconds"),
    optional("skipManual", Shape::Boolean, "Not when a person started the execution"),
]);

const WINDOW: Shape = Shape::Object(&[
    optional("days", Shape::List(&Shape::Integer), "1 = Sunday to 7 = Saturday; empty means every day"),
    optional("whitelist", WINDOW_HOURS, "When it may run, in the configured time zone; empty means all day"),
    optional("jitter", WINDOW_JITTER, "A random wait, so that not everything starts at once"),
]);

const STAGE_ENABLED: Shape = Shape::Object(&[
    optional("type", Shape::Text, "`expression`; anything else is ignored"),
    optional("expression", Shape::Text, "Expression without `${}`; the stage is skipped unless it says true"),
]);

/// Options of every stage, sorted; the stage's own fields win over these.
pub const COMMON_FIELDS: &[Field] = &[
    optional("alias", Shape::Text, "Another stage type whose work is done instead"),
    optional("backoffPeriodMs", Shape::Duration(Unit::Milliseconds), "Least time between two polls of a task"),
    optional("comments", Shape::Text, "For people; may hold expressions"),
    optional("completeOtherBranchesThenFail", Shape::Boolean, "With failPipeline false: fail when other branches end"),
    optional("continuePipeline", Shape::Boolean, "Go on as if the stage had not failed; default false"),
    optional("expectedArtifacts", Shape::List(&Shape::Map), "Artifacts the stage produces"),
    optional("failOnFailedExpressions", Shape::Boolean, "Fail when an expression cannot be evaluated; default false"),
    optional("failPipeline", Shape::Boolean, "Whether a failure ends the pipeline (default) or only this branch"),
    optional("markSuccessfulOnTimeout", Shape::Boolean, "A stage that runs into stageTimeoutMs has succeeded"),
    optional("notifications", Shape::List(&Shape::Map), "Whom to tell"),
    optional("propagateAuthenticationContext", Shape::Boolean, "Later stages run as the judge"),
    optional("restrictExecutionDuringTimeWindow", Shape::Boolean, "Run only in restrictedExecutionWindow"),
    optional("restrictedExecutionWindow", WINDOW, "When the stage may run"),
    optional("sendNotifications", Shape::Boolean, "Whether notifications are sent"),
    optional("skippable", Shape::Boolean, "Whether people may skip it while it runs"),
    optional("stageEnabled", STAGE_ENABLED, "Run only when the expression says true"),
    optional("stageTimeoutMs", Shape::Duration(Unit::Milliseconds), "Longest time the stage may take"),
];

/// Keys the header of a stage is read from.
pub(super) const HEADER_KEYS: &[&str] =
    &["refId", "type", "name", "requisiteStageRefIds", "needs", "startTimeExpiry", "providerType"];

/// Keys Deck and the engine keep in stages for themselves: never worth a word.
pub(super) const BOOKKEEPING_KEYS: &[&str] = &[
    "canManuallySkip",
    "cloudProviderType",
    "group",
    "inheritanceControl",
    "inherited",
    "inject",
    "isNew",
    "lastModified",
    "manualSkip",
    "overrideTimeout",
    "overrides",
    "parentStageId",
    "provider",
    "selectedStrategy",
    "showAdvancedSettings",
    "statusUrlResolution",
    "syntheticStageOwner",
    "user",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_sorted() {
        assert!(COMMON_FIELDS.is_sorted_by(|a, b| a.name < b.name));
        assert!(BOOKKEEPING_KEYS.is_sorted());
    }
}
