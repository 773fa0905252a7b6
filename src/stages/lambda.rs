//! What the Lambda stages have in common: which function, its code, its versions, what it is called with.

use serde_json::{Value, json};

use super::cloud::Cloud;
use super::secrets::Secrets;
use super::{Services, operation, reading};
use crate::artifacts;
use crate::engine::ports::{Call, TaskResult};
use crate::model::{Artifact, Failure, Field, Map, Shape, optional, required};
use crate::providers::{Function, FunctionCode, FunctionPhase, FunctionRef, Functions};

pub(super) const FUNCTION_NAME: Field =
    required("functionName", Shape::Text, "its name; the application is put before it unless it begins with that");
pub(super) const PREFIX: Field = optional(
    "prefixApplicationNameToFunction",
    Shape::Boolean,
    "whether a name that does not begin with the application gets it; true",
);
pub(super) const ALIAS_NAME: Field = optional("aliasName", Shape::Text, "an alias of the function");
pub(super) const S3_BUCKET: Field = optional("s3bucket", Shape::Text, "bucket with the archive of its code");
pub(super) const S3_KEY: Field = optional("s3key", Shape::Text, "key of the archive");
pub(super) const S3_VERSION: Field = optional("s3version", Shape::Text, "version of the archive's object");
pub(super) const CODE_ARTIFACT: Field =
    optional("codeArtifact", Shape::Map, "artifact with the archive, in place of s3bucket");
pub(super) const CODE_ARTIFACT_ID: Field =
    optional("codeArtifactId", Shape::Text, "the same by the id of an expected artifact");
pub(super) const IMAGE_URI: Field = optional("imageUri", Shape::Text, "image with its code, in place of an archive");
pub(super) const PUBLISH: Field = optional("publish", Shape::Boolean, "makes a version of it; false");
pub(super) const PAYLOAD_ARTIFACT: Field =
    optional("payloadArtifact", Shape::Map, "artifact that it is called with: {id}, or {account, artifact}");
pub(super) const PAYLOAD: Field = optional("payload", Shape::Any, "what it is called with, in place of an artifact");

/// A stage's function.
pub(super) struct Target {
    pub(super) cloud: Cloud,
    pub(super) function: FunctionRef,
}

impl Target {
    pub(super) fn of(call: &Call<'_>, services: &Services) -> Result<Self, Failure> {
        let cloud = Cloud::of(call.context, services)?;
        let name = reading::filled(call.context, "functionName")
            .ok_or_else(|| Failure::user("the stage names no function").detail("add functionName: <name>"))?;
        let application = &call.execution.application;
        let is_whole = reading::optional_flag(call.context, PREFIX.name) == Some(false)
            || application.is_empty()
            || name.starts_with(&format!("{application}-"));
        let name = if is_whole { name } else { format!("{application}-{name}") };
        let location = cloud.target_locations(call.context).into_iter().next().unwrap_or_default();
        let target = Self { cloud, function: FunctionRef { location, name } };
        target.functions()?;
        Ok(target)
    }

    pub(super) fn functions(&self) -> Result<&dyn Functions, Failure> {
        self.cloud.provider.functions().ok_or_else(|| self.cloud.lacks("functions"))
    }

    pub(super) fn name(&self) -> &str {
        &self.function.name
    }

    /// Records a change before it is made.
    pub(super) async fn announce(&self, call: &Call<'_>, verb: &str, detail: impl Into<String>) -> Result<(), Failure> {
        let FunctionRef { location, name } = &self.function;
        call.mutation(verb, format!("{}/{location}/{name}", self.cloud.account), detail).await
    }

    /// Done, with what Spinnaker's tasks leave behind.
    pub(super) fn accepted(&self, call: &Call<'_>, verb: &str) -> TaskResult {
        let mut result = operation::accepted(call, verb, &self.cloud, &[]);
        result.context.shift_remove("deploy.server.groups");
        result
    }

    /// The function; a failure when there is none.
    pub(super) async fn found(&self) -> Result<Function, Failure> {
        let found = self.functions()?.get(&self.function, None).await?;
        found.ok_or_else(|| {
            let FunctionRef { location, name } = &self.function;
            Failure::user(format!("there is no function {name} in {location}"))
                .detail("correct functionName or region, or make it with a 'lambdaDeployment' stage")
        })
    }

    /// The function as soon as it takes changes, also after one that failed; what is waited for until then.
    pub(super) async fn idle(&self, call: &Call<'_>) -> Result<Result<Function, TaskResult>, Failure> {
        let function = self.found().await?;
        match &function.phase {
            FunctionPhase::Ready | FunctionPhase::Failed(_) => Ok(Ok(function)),
            FunctionPhase::Busy(what) => {
                call.progress(format!("{}: {what}", self.name()));
                Ok(Err(self.cloud.look_again()))
            }
        }
    }

    /// The same; it is a failure when the last change failed.
    pub(super) async fn ready(&self, call: &Call<'_>) -> Result<Result<Function, TaskResult>, Failure> {
        let looked = self.idle(call).await?;
        match &looked {
            Ok(Function { phase: FunctionPhase::Failed(why), .. }) => {
                Err(Failure::new(format!("function {}: {why}", self.name())))
            }
            _ => Ok(looked),
        }
    }

    /// The number that a word for a version stands for now: `$LATEST` is the newest one that was published.
    pub(super) async fn version(&self, word: &str, number: Option<String>) -> Result<Option<String>, Failure> {
        let word = word.trim();
        if word.starts_with("$PROVIDED") {
            return Ok(number);
        }
        if !word.starts_with('$') {
            return Ok(Some(word.to_owned()).filter(|word| !word.is_empty()));
        }
        let numbers = self.functions()?.versions(&self.function).await?;
        let chosen = match word {
            "$LATEST" => numbers.first(),
            "$PREVIOUS" => numbers.get(1),
            "$OLDEST" => numbers.last(),
            _ => {
                return Err(Failure::user(format!("'{word}' is no word for a version"))
                    .detail("write $LATEST, $PREVIOUS, $OLDEST, or $PROVIDED with a number"));
            }
        };
        Ok(chosen.map(ToString::to_string))
    }
}

/// Where a stage says its function's code is; `None` when it does not.
pub(super) async fn code(call: &Call<'_>, services: &Services) -> Result<Option<FunctionCode>, Failure> {
    let text = |key: &str| reading::filled(call.context, key);
    if let Some(image) = text("imageUri") {
        return Ok(Some(FunctionCode::Image(image)));
    }
    match (text("s3bucket"), text("s3key")) {
        (Some(bucket), Some(key)) => return Ok(Some(FunctionCode::Bucket { bucket, key, version: text("s3version") })),
        (None, None) => {}
        (bucket, _) => {
            let missing = if bucket.is_none() { "s3bucket" } else { "s3key" };
            return Err(Failure::user(format!("the stage names only half of where its code is; add {missing}")));
        }
    }
    let keys = ("codeArtifactId", "codeArtifact");
    let Some(artifact) = artifacts::consumed(call.execution, call.stage, call.context, keys)? else { return Ok(None) };
    // What is in a bucket is read by Lambda itself.
    let place = artifact.reference.as_deref().and_then(|reference| reference.strip_prefix("s3://")?.split_once('/'));
    if let Some((bucket, key)) = place {
        let version = artifact.version.clone();
        return Ok(Some(FunctionCode::Bucket { bucket: bucket.to_owned(), key: key.to_owned(), version }));
    }
    Ok(Some(FunctionCode::Archive(services.artifacts.fetch(&artifact).await?)))
}

/// The code, which must be named.
pub(super) async fn needed_code(call: &Call<'_>, services: &Services) -> Result<FunctionCode, Failure> {
    code(call, services).await?.ok_or_else(|| {
        Failure::user("the stage does not say where the function's code is")
            .detail("add s3bucket and s3key, codeArtifactId, codeArtifact, or imageUri")
    })
}

/// The stage's settings of its function, with what `{fromEnv: NAME}` and `{fromFile: path}` in its environment name.
pub(super) fn settings(call: &Call<'_>, services: &Services) -> Result<Map, Failure> {
    let mut settings = call.context.clone();
    if let Some(Value::Object(variables)) = settings.get_mut("envVariables") {
        let mut secrets = Secrets::default();
        for (name, value) in variables {
            *value = secrets.resolve(value, &format!("'envVariables.{name}'"), &services.root)?.into();
        }
    }
    Ok(settings)
}

/// What an artifact field of these stages holds: `{id}` of an expected artifact, `{account, artifact}`, or an artifact.
pub(super) async fn content(call: &Call<'_>, services: &Services, key: &str) -> Result<Option<Vec<u8>>, Failure> {
    let Some(field) = reading::object(call.context, key) else { return Ok(None) };
    let id =
        reading::filled(field, "id").and_then(|id| artifacts::bound(call.execution, call.stage, call.context, &id));
    let written = field.get("artifact").filter(|inner| inner.is_object());
    let written = written.or_else(|| field.get("type").and_then(|_| call.context.get(key)));
    let artifact = match (id, written) {
        (Some(found), _) => Some(found),
        (None, Some(value)) => {
            let read = Artifact::from_value(value).map_err(|wrong| Failure::user(format!("'{key}': {wrong}")))?;
            Some(read)
        }
        (None, None) => match reading::filled(field, "id") {
            Some(id) => {
                return Err(Failure::user(format!("'{key}' names expected artifact '{id}', which was not found")));
            }
            None => None,
        },
    };
    let Some(mut artifact) = artifact else { return Ok(None) };
    if let Some(account) = reading::filled(field, "account") {
        artifact.artifact_account.get_or_insert(account);
    }
    services.artifacts.fetch(&artifact).await.map(Some)
}

/// What the function is called with: `payload`, the artifact, or nothing.
pub(super) async fn payload(call: &Call<'_>, services: &Services) -> Result<Vec<u8>, Failure> {
    let bytes = match call.context.get("payload") {
        Some(Value::String(text)) if !text.trim().is_empty() => text.clone().into_bytes(),
        Some(value @ (Value::Object(_) | Value::Array(_) | Value::Number(_) | Value::Bool(_))) => {
            value.to_string().into_bytes()
        }
        _ => content(call, services, "payloadArtifact").await?.unwrap_or_default(),
    };
    if !bytes.is_empty()
        && let Err(wrong) = serde_json::from_slice::<serde::de::IgnoredAny>(&bytes)
    {
        return Err(Failure::user(format!("what the function is called with is no JSON: {wrong}")));
    }
    Ok(bytes)
}

/// What a function answered, as Spinnaker reads it: `body` or `payload` of an object, the whole answer otherwise.
pub(super) fn body_of(answer: &str) -> String {
    let read: Value = serde_json::from_str(answer).unwrap_or_default();
    let inner = ["body", "payload"].iter().find_map(|key| read.get(*key));
    match inner {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Null) | None => answer.to_owned(),
        Some(other) => other.to_string(),
    }
}

/// What later stages read of a function.
pub(super) fn outputs(target: &Target, function: &Function) -> Map {
    let shown = json!({
        "functionName": target.name(),
        "functionARN": function.arn,
        "revisionId": function.revision,
        "lambdaObject": function.shown,
    });
    shown.as_object().cloned().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read_as_spinnaker_reads_them() {
        for (answer, body) in [
            ("\"ok\"", "\"ok\""),
            (r#"{"statusCode": 200, "body": "ok"}"#, "ok"),
            (r#"{"payload": {"a": 1}}"#, r#"{"a":1}"#),
            (r#"{"a": 1}"#, r#"{"a": 1}"#),
            ("?", "?"),
        ] {
            assert_eq!(body_of(answer), body, "{answer}");
        }
    }
}
