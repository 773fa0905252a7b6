//! The table of codes: what every kind of finding means, for `gennaker explain`.

/// What a code means.
#[derive(Clone, Copy, Debug)]
pub struct Explanation {
    /// `GNK0042`.
    pub code: &'static str,
    /// What it is about, in a few words.
    pub title: &'static str,
    /// A paragraph: why it is a finding and what to do.
    pub text: &'static str,
}

/// What a code means, letter case ignored; a bare number such as `42` is taken too.
#[must_use]
pub fn explain(code: &str) -> Option<&'static Explanation> {
    if let Ok(place) = CODES.binary_search_by(|explanation| explanation.code.cmp(code)) {
        return Some(&CODES[place]);
    }
    let number: u32 = code.trim().to_ascii_uppercase().trim_start_matches("GNK").parse().ok()?;
    let code = format!("GNK{number:04}");
    CODES.iter().find(|explanation| explanation.code == code)
}

const fn code(code: &'static str, title: &'static str, text: &'static str) -> Explanation {
    Explanation { code, title, text }
}

/// Every code, sorted.
pub const CODES: &[Explanation] = &[
    code(
        "GNK0001",
        "text that is no YAML or JSON",
        "The file breaks the rules of YAML or JSON at the marked place, so nothing in it can be read. Files named `.json` are read as strict JSON, as Spinnaker does; anything else may be YAML. YAML is indented with spaces only; JSON knows no comments and no comma before a closing bracket.",
    ),
    code(
        "GNK0002",
        "a key that stands twice",
        "The same key stands twice in one object. In JSON the last one counts, as in Spinnaker, and the finding is a warning; in YAML, where doubled keys are always mistakes of copying, it is an error. Keep one of them.",
    ),
    code(
        "GNK0003",
        "nesting too deep",
        "Lists and objects are nested more than 127 levels deep. No pipeline needs that; such files come from generators that loop. They are refused before they can exhaust the stack.",
    ),
    code(
        "GNK0004",
        "a text too large",
        "The file, or what its YAML aliases (`*name`) expand to, is larger than any pipeline can be. Aliases of lists of aliases multiply quickly; write the values out, or merge fewer of them.",
    ),
    code(
        "GNK0005",
        "a value that JSON cannot hold",
        "Pipelines are JSON at heart, also when they are written as YAML. YAML tags (`!text value`) and the numbers `.inf` and `.nan` have no counterpart there. Write the value without the tag, or in quotes.",
    ),
    code(
        "GNK0006",
        "a document without content",
        "The file is empty or holds only comments, so there is no pipeline in it.",
    ),
    code(
        "GNK0007",
        "a document that is no pipeline",
        "A pipeline is an object with a list of `stages`. A file may also hold a list of pipelines, an object with a list of `pipelines` (the export of an application), or several YAML documents. Execution records and single operations are something else and are not run as pipelines.",
    ),
    code(
        "GNK0008",
        "a template",
        "The file is a template: text with Jinja or Go template marks, a dinghyfile, or a pipeline template of Spinnaker (schema 1 or v2) or its configuration. Templates have to be rendered to a pipeline before they can run.",
    ),
    code(
        "GNK0010",
        "a value of the wrong type",
        "The value is not of the type this key takes. The finding says what is there and what is taken. Text with an expression `${…}` may stand in a stage for anything, because its type shows only when it is evaluated.",
    ),
    code(
        "GNK0011",
        "an unknown key of the pipeline",
        "Spinnaker knows no such key at the top of a pipeline, so nothing reads it. Unknown keys are kept and visible to expressions as part of the execution, but most of them are typing errors.",
    ),
    code(
        "GNK0012",
        "no application",
        "Every pipeline belongs to an application: it names clusters and groups pipelines and executions. Write `application: name` in the pipeline, set `application` in gennaker.yaml, or give `--application`.",
    ),
    code(
        "GNK0020",
        "something that is no stage",
        "Every item of `stages` is an object with a `type`. An empty item (`-` with nothing behind it, or `null`) is no stage.",
    ),
    code(
        "GNK0021",
        "a stage without type",
        "The `type` says what a stage does; without it Spinnaker refuses to start the pipeline. `gennaker docs stages` lists all types.",
    ),
    code(
        "GNK0022",
        "an unknown stage type",
        "There is no stage of this type. The nearest names are given when there are any; `gennaker docs stages` lists all of them. Types of custom plugins of a Spinnaker installation are not known here; run their work with `webhook`, `runJob` or a local job.",
    ),
    code(
        "GNK0023",
        "a stage type that is not supported",
        "Spinnaker has this stage type, gennaker deliberately does not. The finding gives the reason and what to use instead.",
    ),
    code(
        "GNK0024",
        "two stages with the same refId",
        "`refId` is the name other stages require a stage by, so it must be unique in its pipeline. In our YAML it may be left out: it is then derived from the stage's name.",
    ),
    code(
        "GNK0025",
        "a required stage that is not there",
        "`requisiteStageRefIds` (or `needs`) names a stage that the pipeline does not have. `requisiteStageRefIds` takes refIds only; `needs` takes refIds and names.",
    ),
    code(
        "GNK0026",
        "stages that require each other",
        "The named stages form a circle: each waits for the one before it, so none can ever start. Remove one of the requirements.",
    ),
    code(
        "GNK0027",
        "a missing field",
        "The stage cannot work without this field. `gennaker docs stage TYPE` describes all fields of a type.",
    ),
    code(
        "GNK0028",
        "a field of the wrong type",
        "The value does not have the shape this field of the stage takes. Numbers and booleans written as text are taken, and any text with an expression `${…}`, because its type shows only when it is evaluated.",
    ),
    code(
        "GNK0029",
        "an unknown key of a stage",
        "Nothing reads this key of the stage. It is kept in the stage's context, where expressions can see it, but most such keys are typing errors. Values that are only meant for expressions belong into an `evaluateVariables` stage.",
    ),
    code(
        "GNK0030",
        "a pipeline without stages",
        "A pipeline without `stages` cannot start, and one with an empty list ends at once as failed, as in Spinnaker.",
    ),
    code(
        "GNK0031",
        "a name that means several stages",
        "`needs` names a stage by a name that several stages have. Give the stages distinct names, or write their refIds.",
    ),
    code(
        "GNK0032",
        "an account that is not there",
        "The stage works on an account that the project does not have. Accounts are listed in gennaker.yaml under `accounts`, each with its provider; `local` is there without being listed.",
    ),
    code(
        "GNK0033",
        "a stage type that is not configured",
        "Preconfigured webhooks and jobs are stage types that an installation of Spinnaker configures. Here they are configured in gennaker.yaml, with the same keys: webhooks under `services: webhook: preconfigured`, jobs under `services: job: preconfigured: kubernetes`. Copy the entry from the settings of Spinnaker's orca.",
    ),
    code(
        "GNK0034",
        "a disabled pipeline",
        "The document says `disabled: true`: as in Spinnaker, it is not started, neither by triggers nor by hand. Take the key out, or set it to false, to run the pipeline.",
    ),
    code(
        "GNK0040",
        "an expression that cannot be read",
        "The text between `${` and `}` is not a valid expression, so it would stay in place unevaluated, and the stage would fail or use the raw text. The marked place is where reading stopped.",
    ),
    code(
        "GNK0041",
        "an expression about a stage that is not there",
        "`#stage('name')` finds a stage by its name or id, and fails at run time when there is none. No stage of this pipeline has the name. Names are case sensitive.",
    ),
    code(
        "GNK0042",
        "no evaluator version",
        "`spelEvaluator` decides when expressions are evaluated. Without it Spinnaker takes `v3`, which evaluates the whole pipeline when it starts as well: expressions about earlier stages then fail or are evaluated too soon. New pipelines should say `spelEvaluator: v4`: every stage is evaluated when it starts.",
    ),
    code(
        "GNK0043",
        "an unknown evaluator version",
        "`spelEvaluator` is `v2`, `v3` or `v4`. Anything else is silently taken as `v3` by Spinnaker.",
    ),
    code(
        "GNK0044",
        "an expression that fails",
        "Evaluating the expression ended with the error of Spinnaker's own evaluator (`EL1008E` and its like). In a pipeline the text stays as it is, and the stage's `expressionEvaluationSummary` tells the reason; with `failOnFailedExpressions` the stage fails. `gennaker eval --explain` shows the value of every part.",
    ),
    code(
        "GNK0045",
        "an expression that gives null",
        "The expression was evaluated and gave null: mostly because a key is not there. Spinnaker then keeps the text as it is, `${…}` and all. Write `?:` and a default to give it a value: `${parameters.region ?: 'us-east-1'}`.",
    ),
    code(
        "GNK0046",
        "an expression that can never be evaluated",
        "Whatever the context holds, the expression fails: it calls a function that does not exist, names a Java type that expressions may not use, or reads a variable that nothing sets. Expressions may use String, Math, Date, SimpleDateFormat, UUID and some of java.time; files, processes, threads and reflection are out of reach on purpose.",
    ),
    code(
        "GNK0047",
        "a parameter that is not declared",
        "The expression reads a parameter that `parameterConfig` does not declare. It is null, and the text stays as it is, unless a trigger or another pipeline gives it. Declare it, or give it a default: `${parameters.region ?: 'us-east-1'}`.",
    ),
    code(
        "GNK0050",
        "execution windows in the default time zone",
        "Execution windows are read in the configured time zone. It is `America/Los_Angeles` unless set otherwise, as in Spinnaker, which is rarely what the author of a window has in mind. Set `timeZone` in gennaker.yaml. Days count from 1 = Sunday to 7 = Saturday.",
    ),
    code(
        "GNK0051",
        "an execution window that never opens",
        "`restrictExecutionDuringTimeWindow` is on, but `restrictedExecutionWindow` has neither days nor hours: Spinnaker fails such a stage (\"incorrect time windows\"). Give `days`, `whitelist`, or both.",
    ),
    code(
        "GNK0052",
        "an execution window that cannot be read",
        "Days of an execution window are numbers from 1 (Sunday) to 7 (Saturday), hours from 0 to 23, minutes from 0 to 59.",
    ),
    code(
        "GNK0053",
        "a timeout that is ignored",
        "`stageTimeoutMs` and `backoffPeriodMs` must be numbers of milliseconds: Spinnaker ignores text there, even text that holds a number. In our YAML a duration such as `90s` or `2h` is taken and becomes the number.",
    ),
    code(
        "GNK0054",
        "an option that is ignored",
        "`failOnFailedExpressions` must be `true` or `false` itself. Spinnaker ignores the same words as text, so the stage would go on with unevaluated expressions.",
    ),
    code(
        "GNK0055",
        "failure options that contradict each other",
        "`continuePipeline: true` ignores a failure of the stage before `failPipeline` or `completeOtherBranchesThenFail` are looked at. Halt the pipeline: `failPipeline: true, continuePipeline: false`. Halt this branch: `failPipeline: false, continuePipeline: false`. Ignore the failure: `continuePipeline: true, failPipeline: false`.",
    ),
    code(
        "GNK0056",
        "stages that can never start",
        "A stage starts when all stages it requires have ended well. These stages require, directly or through others, a stage that can never start.",
    ),
    code(
        "GNK0057",
        "a duration that cannot be read",
        "Durations are a number and a unit: `250ms`, `90s`, `5m`, `2h`, `1d`, or a sum such as `1h30m`. They become a whole number of the unit the field counts in. Plain numbers count in that unit already.",
    ),
    code(
        "GNK0058",
        "an artifact that nothing produces",
        "A stage or a trigger asks for an expected artifact by its id, but neither the pipeline's `expectedArtifacts` nor those of a stage have it, so nothing is ever bound to it and the stage fails when it runs.",
    ),
    code(
        "GNK0059",
        "an expected artifact that cannot be read",
        "An expected artifact is an object with an `id`, a `matchArtifact` and, if wished, `useDefaultArtifact`, `usePriorArtifact` and a `defaultArtifact`. Artifacts are objects with `type`, `name`, `reference`, `version`, `location` and `artifactAccount`.",
    ),
    code(
        "GNK0060",
        "a parameter declared twice",
        "Two entries of `parameterConfig` have the same name. The value given for the name would go to both, the default of the last one would win.",
    ),
    code(
        "GNK0061",
        "a parameter declaration that cannot be read",
        "Every entry of `parameterConfig` is an object with a `name`. In our YAML `parameters` may be an object instead: `name: default`, or `name: {default, description, required, options}`.",
    ),
    code(
        "GNK0062",
        "a default that is no option",
        "The parameter has a list of options, and its default is not one of them. Spinnaker does not check this; people choosing from the list could never choose it.",
    ),
    code(
        "GNK0063",
        "a parameter without value",
        "The parameter is required, was not given, and has no default. Give it with `-p name=value`. Spinnaker itself enforces this only in its user interface.",
    ),
    code(
        "GNK0064",
        "a value that is no option",
        "The value given for the parameter is not among its options. Spinnaker itself enforces this only in its user interface.",
    ),
    code("GNK0065", "a value that is no date", "The parameter takes a date in the form `2024-12-31`."),
    code(
        "GNK0066",
        "a parameter that is not declared",
        "The pipeline declares no such parameter: mostly a typing error. Declare it, or say `--unchecked-parameters` to pass the value on all the same, as Spinnaker does; expressions read it as `parameters.name`.",
    ),
    code(
        "GNK0067",
        "a condition on an unknown parameter",
        "The parameter is asked for only under a condition on another parameter, which the pipeline does not declare.",
    ),
    code(
        "GNK0068",
        "an expected artifact that is not there",
        "The trigger asks for an expected artifact of the pipeline by its id, or one is to be taken from the last execution, but none of the artifacts given matches it, or several do. Each part of `matchArtifact` that is not empty must equal that of the artifact, or match it as a regular expression. Give an artifact with `--artifact` or `--artifacts`, set `useDefaultArtifact` with a `defaultArtifact`, or make the match narrower or wider.",
    ),
    code(
        "GNK0070",
        "no such pipeline",
        "No file and no pipeline has this name. A pipeline is named by the path of its file, by the name of a file below `pipelines/`, by its `name`, by `application/name`, or by `file:name` when the file holds several.",
    ),
    code(
        "GNK0071",
        "a name that means several pipelines",
        "Several pipelines have this name. Name the file, or say `file:name` or `application/name`.",
    ),
    code("GNK0072", "a file that cannot be read", "The file could not be opened or is not UTF-8 text."),
    code(
        "GNK0080",
        "an unknown setting",
        "gennaker.yaml has no such setting. `gennaker docs config` prints all of them with a description.",
    ),
    code(
        "GNK0081",
        "a setting of the wrong type",
        "The setting takes another type of value. `gennaker docs config` prints all settings with an example.",
    ),
    code(
        "GNK0082",
        "a setting that makes no sense",
        "The value has the right type but cannot be meant: an unknown time zone, an empty path, an unknown choice.",
    ),
    code(
        "GNK0083",
        "an account without provider",
        "An account says which provider it belongs to: `provider: local`, `provider: kubernetes` and so on. The rest of its settings are the provider's.",
    ),
    code(
        "GNK0084",
        "a secret that cannot be read",
        "A setting of the form `{fromEnv: NAME}` or `{fromFile: path}` is read when it is used. The environment variable is not set, or the file cannot be read.",
    ),
    code(
        "GNK0085",
        "an expression in the configuration",
        "Expressions `${…}` belong to pipelines and are never evaluated in gennaker.yaml. Use `{fromEnv: NAME}` or `{fromFile: path}` to bring in values from outside.",
    ),
    code(
        "GNK0090",
        "a template that cannot be loaded",
        "The template's source could not be read. A source is a file (relative to the file that names it), an `http:` or `https:` address, `git+https://host/repository//path?ref=branch`, or `spinnaker://ID` of a template below `templates/` or `pipelines/` of the project, where `ID` is the template's `id`.",
    ),
    code(
        "GNK0091",
        "a template that inherits from itself",
        "A template of schema 1 names its parent in `source`. Following the parents has come back to a template that was there already, so there is no root to begin with. Remove the `source` of the topmost one.",
    ),
    code(
        "GNK0092",
        "a template of an unknown schema",
        "Pipeline templates have `schema: \"1\"` (Jinja, with modules and partials) or `schema: v2` (expressions on `templateVariables`). A configuration and its template have the same schema.",
    ),
    code(
        "GNK0093",
        "a template variable without a fitting value",
        "A template declares variables; the configuration gives values for those without default, and of the declared type: int, float, string, bool, list, or object, which takes anything. `null` is a value only for variables that say `nullable: true`.",
    ),
    code(
        "GNK0094",
        "a template that cannot be rendered",
        "A text of the template is no valid Jinja, uses a variable that is not there, or calls a module, partial or pipeline that cannot be found. As in Spinnaker, a whole expression that is null is an error unless it is a variable that may be null; `{{ x|default('y') }}` gives a value of its own.",
    ),
    code(
        "GNK0095",
        "a part of a template with the wrong shape",
        "Stages of a template of schema 1 have `id`, `type` and `config`, and at most one of `dependsOn` and a rule of `inject`; modules and partials have an `id`. Rules of `inheritanceControl` name a path that is there and a value of the same kind.",
    ),
    code(
        "GNK0096",
        "a change to a protected template",
        "The template says `protect: true`: configurations may give values for its variables, but no stages of their own.",
    ),
    code(
        "GNK0097",
        "a stage that cannot be put into a template",
        "A configuration adds stages to a template by `dependsOn` (schema v2: `requisiteStageRefIds`) or by `inject` with one of `first`, `last`, `before` and `after`; the stages named must be there, and no circle may come out of it.",
    ),
    code(
        "GNK0098",
        "a template that grows without end",
        "Rendering is bounded: five levels of templates that render to templates, twenty modules inside of each other, a number of steps and a size. A template that reaches a bound mostly contains itself.",
    ),
    code(
        "GNK0099",
        "a dinghyfile that cannot be rendered",
        "A dinghyfile is a Go template of JSON. Known are `module`, `local_module`, `appModule`, `var`, `pipelineID`, `makeSlice`, Go's own actions and functions, and the usual ones of Sprig. Modules lie in the folder of modules, or for `local_module` beside the dinghyfile.",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_sorted_and_explained() {
        assert!(CODES.is_sorted_by(|a, b| a.code < b.code));
        assert!(CODES.iter().all(|code| code.code.len() == 7 && code.text.ends_with('.') && code.text.len() > 40));
        assert_eq!(explain("gnk0042").map(|e| e.code), Some("GNK0042"));
        assert_eq!(explain("42").map(|e| e.code), Some("GNK0042"));
        assert!(explain("GNK9999").is_none());
    }
}
