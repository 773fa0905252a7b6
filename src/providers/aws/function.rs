//! Lambda: functions, their code, settings and versions.

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::Aws;
use super::client::once_visible;
use super::error::{Fault, during, invalid};
use super::reading;
use crate::aws::{Call, percent_encode, service};
use crate::model::Map;
use crate::providers::{Error, ErrorKind, Function, FunctionCode, FunctionPhase, FunctionRef, Functions};

/// The largest archive that goes into a call.
const ARCHIVE_LIMIT: usize = 50 << 20;

impl Aws {
    /// An operation of Lambda on a function; its answer.
    pub(super) async fn lambda(&self, call: Call<'_>, region: &str) -> Result<Value, Fault> {
        let answer = self.calls.send(region, &call).await?;
        if answer.body.is_empty() {
            return Ok(Value::Null);
        }
        let read = serde_json::from_slice(&answer.body);
        read.map_err(|_| Fault::other(format!("lambda:{} was answered with something that is no JSON", call.operation)))
    }

    /// The same with a JSON body.
    pub(super) async fn lambda_with(&self, call: Call<'_>, region: &str, body: &Value) -> Result<Value, Fault> {
        let mut call = call.with_header("content-type", "application/json");
        call.body = body.to_string().into_bytes();
        self.lambda(call, region).await
    }

    /// The number of a function's versions that lists hold, all pages of them.
    pub(super) async fn lambda_list(&self, call: &Call<'_>, region: &str, list: &str) -> Result<Vec<Value>, Fault> {
        let mut found = Vec::new();
        let mut marker = String::new();
        loop {
            let page = match marker.as_str() {
                "" => call.clone(),
                marker => call.clone().with_query("Marker", marker),
            };
            let mut answer = self.lambda(page, region).await?;
            if let Some(Value::Array(items)) = answer.get_mut(list).map(Value::take) {
                found.extend(items);
            }
            match answer.get("NextMarker").and_then(Value::as_str) {
                Some(next) if !next.is_empty() => next.clone_into(&mut marker),
                _ => return Ok(found),
            }
        }
    }
}

/// A call that acts on a function: `path` is what follows its name.
pub(super) fn on<'a>(
    function: &FunctionRef,
    operation: &'a str,
    method: &'a str,
    (version, path): (&str, &str),
) -> Call<'a> {
    let name = percent_encode(&function.name, false);
    let mut call = Call::new(&service::LAMBDA, operation, method, format!("/{version}/functions/{name}{path}"));
    call.resource.clone_from(&function.name);
    call
}

/// The API's version in most paths.
pub(super) const V1: &str = "2015-03-31";

/// Nothing of this name.
pub(super) fn is_gone(fault: &Fault) -> bool {
    fault.code == "ResourceNotFoundException" || fault.error.kind == ErrorKind::NotFound
}

/// Somebody changed it, or a change is under way: look again.
pub(super) fn to_be_repeated(fault: Fault) -> Error {
    let mut error = fault.error;
    let passes = ["PreconditionFailedException", "ResourceConflictException"].contains(&fault.code.as_str());
    // A version that an alias stands for will not go however often it is asked for.
    if passes && !error.message.contains("alias") {
        error.kind = ErrorKind::Unavailable;
        error.retryable = true;
    }
    error
}

#[async_trait]
impl Functions for Aws {
    async fn get(&self, function: &FunctionRef, qualifier: Option<&str>) -> Result<Option<Function>, Error> {
        let region = self.account.region(&function.location)?;
        let mut call = on(function, "GetFunctionConfiguration", "GET", (V1, "/configuration"));
        if let Some(qualifier) = qualifier {
            call = call.with_query("Qualifier", qualifier);
        }
        match self.lambda(call, &region).await {
            Ok(answer) => Ok(Some(function_of(&answer))),
            Err(fault) if is_gone(&fault) => Ok(None),
            Err(fault) => Err(during("read function")(fault.into())),
        }
    }

    async fn check(&self, _function: &FunctionRef, settings: &Map) -> Result<(), Error> {
        settings_of(settings).map(|_| ())
    }

    async fn create(&self, function: &FunctionRef, code: &FunctionCode, settings: &Map) -> Result<(), Error> {
        let region = self.account.region(&function.location)?;
        let mut body = settings_of(settings)?;
        let needed: &[&str] =
            if matches!(code, FunctionCode::Image(_)) { &["Role"] } else { &["Handler", "Role", "Runtime"] };
        if let Some(missing) = needed.iter().find(|key| !body.contains_key(**key)) {
            let key = missing.to_ascii_lowercase();
            return Err(invalid(format!(
                "function {} does not exist, and the stage names no {key} to make it with; add \
                 '{key}'",
                function.name
            )));
        }
        body.insert("FunctionName".to_owned(), function.name.as_str().into());
        body.insert("Code".to_owned(), code_of(code)?);
        if matches!(code, FunctionCode::Image(_)) {
            body.insert("PackageType".to_owned(), "Image".into());
        }
        if let Some(tags) = reading::object(settings, "tags")? {
            let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let tags: Map = tags.iter().map(|(key, value)| (key.clone(), text(value).into())).collect();
            body.insert("Tags".to_owned(), tags.into());
        }
        let body = Value::Object(body);
        // A role that was made a moment ago is not known to Lambda for some seconds.
        let make = || {
            let mut call = Call::new(&service::LAMBDA, "CreateFunction", "POST", format!("/{V1}/functions"));
            call.resource.clone_from(&function.name);
            let (region, body) = (&region, &body);
            async move { self.lambda_with(call, region, body).await.map_err(unseen_role) }
        };
        match once_visible(make).await {
            // Made by an earlier look that was cut short, or at this moment by somebody else: the code is updated next.
            Err(fault) if fault.code == "ResourceConflictException" => Ok(()),
            Err(fault) => Err(during("create function")(explained(fault, function))),
            Ok(_) => Ok(()),
        }
    }

    async fn update_code(&self, function: &FunctionRef, code: &FunctionCode, revision: &str) -> Result<(), Error> {
        let region = self.account.region(&function.location)?;
        let mut body = code_of(code)?;
        body["RevisionId"] = revision.into();
        let call = on(function, "UpdateFunctionCode", "PUT", (V1, "/code"));
        let done = self.lambda_with(call, &region, &body).await;
        done.map(|_| ()).map_err(|fault| during("update function code")(explained(fault, function)))
    }

    async fn configure(&self, function: &FunctionRef, settings: &Map) -> Result<Vec<String>, Error> {
        let region = self.account.region(&function.location)?;
        let call = on(function, "GetFunctionConfiguration", "GET", (V1, "/configuration"));
        let now = self.lambda(call, &region).await.map_err(Error::from)?;
        let wish = settings_of(settings)?;
        let changed: Vec<String> =
            wish.iter().filter(|(key, value)| !is_so(&now, key, value)).map(|(key, _)| key.clone()).collect();
        if changed.is_empty() {
            return Ok(changed);
        }
        let mut body: Map = wish.into_iter().filter(|(key, _)| changed.contains(key)).collect();
        body.insert("RevisionId".to_owned(), now["RevisionId"].clone());
        let call = on(function, "UpdateFunctionConfiguration", "PUT", (V1, "/configuration"));
        let done = self.lambda_with(call, &region, &Value::Object(body)).await;
        done.map_err(|fault| during("configure function")(explained(fault, function)))?;
        Ok(changed)
    }

    async fn publish(&self, function: &FunctionRef, description: &str, digest: &str) -> Result<String, Error> {
        let region = self.account.region(&function.location)?;
        let mut body = json!({"CodeSha256": digest});
        if !description.is_empty() {
            body["Description"] = description.into();
        }
        let call = on(function, "PublishVersion", "POST", (V1, "/versions"));
        let made =
            self.lambda_with(call, &region, &body).await.map_err(to_be_repeated).map_err(during("publish version"))?;
        Ok(made["Version"].as_str().unwrap_or_default().to_owned())
    }

    async fn versions(&self, function: &FunctionRef) -> Result<Vec<u64>, Error> {
        let region = self.account.region(&function.location)?;
        let call = on(function, "ListVersionsByFunction", "GET", (V1, "/versions"));
        let found = self.lambda_list(&call, &region, "Versions").await.map_err(Error::from)?;
        let number = |one: &Value| one["Version"].as_str().and_then(|text| text.parse().ok());
        let mut numbers: Vec<u64> = found.iter().filter_map(number).collect();
        numbers.sort_unstable_by(|one, other| other.cmp(one));
        Ok(numbers)
    }

    async fn delete(&self, function: &FunctionRef, version: Option<&str>) -> Result<(), Error> {
        let region = self.account.region(&function.location)?;
        let mut call = on(function, "DeleteFunction", "DELETE", (V1, ""));
        if let Some(version) = version {
            call = call.with_query("Qualifier", version);
        }
        match self.lambda(call, &region).await {
            Err(fault) if is_gone(&fault) => Ok(()),
            other => other.map(|_| ()).map_err(to_be_repeated).map_err(during("delete function")),
        }
    }
}

/// Lambda calls a role that it cannot see yet one that it may not assume.
fn unseen_role(mut fault: Fault) -> Fault {
    if fault.error.message.contains("cannot be assumed by Lambda") {
        fault.error.kind = ErrorKind::NotFound;
    }
    fault
}

fn explained(fault: Fault, function: &FunctionRef) -> Error {
    let mut error = to_be_repeated(fault);
    if error.message.contains("cannot be assumed by Lambda") {
        error.kind = ErrorKind::Invalid;
        error.message =
            format!("{}; the role of function {} must trust lambda.amazonaws.com", error.message, function.name);
    }
    if error.message.contains("S3 Error Code") {
        error.message = format!("{}; correct 's3bucket' and 's3key'", error.message);
    }
    error
}

fn code_of(code: &FunctionCode) -> Result<Value, Error> {
    Ok(match code {
        FunctionCode::Bucket { bucket, key, version } => {
            let mut place = json!({"S3Bucket": bucket, "S3Key": key});
            if let Some(version) = version {
                place["S3ObjectVersion"] = version.as_str().into();
            }
            place
        }
        FunctionCode::Archive(bytes) if bytes.len() > ARCHIVE_LIMIT => {
            return Err(invalid(format!(
                "the archive has {} bytes, and a call takes {ARCHIVE_LIMIT}; put it into a bucket and name it with \
                 's3bucket' and 's3key'",
                bytes.len()
            )));
        }
        FunctionCode::Archive(bytes) => json!({"ZipFile": STANDARD.encode(bytes)}),
        FunctionCode::Image(uri) => json!({"ImageUri": uri}),
    })
}

/// Settings as Spinnaker writes them, in Lambda's words; what they leave out stays as it is.
fn settings_of(settings: &Map) -> Result<Map, Error> {
    let mut body = Map::new();
    for (key, name) in
        [("description", "Description"), ("handler", "Handler"), ("role", "Role"), ("runtime", "Runtime")]
    {
        if let Some(text) = reading::text(settings, key)? {
            body.insert(name.to_owned(), text.into());
        }
    }
    if let Some(key) = reading::first_text(settings, &["kmskeyArn", "KMSKeyArn"])? {
        body.insert("KMSKeyArn".to_owned(), key.into());
    }
    for (key, name) in [("memorySize", "MemorySize"), ("timeout", "Timeout")] {
        if let Some(number) = reading::integer(settings, key)? {
            body.insert(name.to_owned(), number.into());
        }
    }
    if settings.contains_key("layers") {
        body.insert("Layers".to_owned(), reading::texts(settings, "layers")?.into());
    }
    if let Some(variables) = reading::object(settings, "envVariables")? {
        body.insert("Environment".to_owned(), json!({"Variables": variables}));
    }
    let (subnets, groups) = (reading::texts(settings, "subnetIds")?, reading::texts(settings, "securityGroupIds")?);
    if !subnets.is_empty() || !groups.is_empty() {
        body.insert("VpcConfig".to_owned(), json!({"SubnetIds": subnets, "SecurityGroupIds": groups}));
    }
    for (key, inner, name, to) in [
        ("tracingConfig", "mode", "TracingConfig", "Mode"),
        ("deadLetterConfig", "targetArn", "DeadLetterConfig", "TargetArn"),
    ] {
        let object = reading::object(settings, key)?.cloned().unwrap_or_default();
        if let Some(text) = reading::text(&object, inner)? {
            body.insert(name.to_owned(), json!({to: text}));
        }
    }
    Ok(body)
}

/// Whether a function's setting is as wished: Lambda answers with more than it was told.
fn is_so(now: &Value, key: &str, wish: &Value) -> bool {
    let has = &now[key];
    match (key, wish) {
        ("Layers", Value::Array(wish)) => {
            let arns: Vec<&Value> = has.as_array().into_iter().flatten().map(|layer| &layer["Arn"]).collect();
            arns == wish.iter().collect::<Vec<_>>()
        }
        ("Environment", _) => {
            let empty = json!({});
            has.get("Variables").unwrap_or(&empty) == &wish["Variables"]
        }
        (_, Value::Object(wish)) => wish.iter().all(|(key, value)| is_same_set(&has[key], value)),
        _ => has == wish,
    }
}

fn is_same_set(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && other.iter().all(|item| one.contains(item))
        }
        _ => one == other,
    }
}

fn function_of(answer: &Value) -> Function {
    let text = |key: &str| answer[key].as_str().unwrap_or_default().to_owned();
    let mut shown = answer.as_object().cloned().unwrap_or_default();
    // Whatever is in the environment of a function may be a secret.
    if let Some(variables) = answer.pointer("/Environment/Variables").and_then(Value::as_object) {
        let names: Vec<&String> = variables.keys().collect();
        shown.insert("Environment".to_owned(), json!({"Names": names}));
    }
    let words = |key: &str, why: &str| {
        let reason = text(why);
        if reason.is_empty() { text(key) } else { format!("{}: {reason}", text(key)) }
    };
    let phase = match (text("State").as_str(), text("LastUpdateStatus").as_str()) {
        ("Pending", _) => FunctionPhase::Busy(words("State", "StateReason")),
        ("Failed", _) => FunctionPhase::Failed(words("State", "StateReason")),
        (_, "InProgress") => FunctionPhase::Busy(words("LastUpdateStatus", "LastUpdateStatusReason")),
        (_, "Failed") => FunctionPhase::Failed(words("LastUpdateStatus", "LastUpdateStatusReason")),
        _ => FunctionPhase::Ready,
    };
    Function { arn: text("FunctionArn"), revision: text("RevisionId"), digest: text("CodeSha256"), phase, shown }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(value: Value) -> Map {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn settings_are_spinnakers_in_lambdas_words() {
        let body = settings_of(&map(json!({
            "role": "arn:aws:iam::1:role/a", "memorySize": "256", "timeout": 3, "description": "", "envVariables": {"A": "b"},
            "tracingConfig": {"mode": "Active"}, "deadLetterConfig": {"targetArn": ""}, "subnetIds": [], "kmskeyArn": "",
        })))
        .unwrap();
        assert_eq!(
            Value::Object(body),
            json!({"Role": "arn:aws:iam::1:role/a", "MemorySize": 256, "Timeout": 3,
                "Environment": {"Variables": {"A": "b"}}, "TracingConfig": {"Mode": "Active"}})
        );
    }

    #[test]
    fn only_what_differs_is_changed() {
        let now = json!({
            "Timeout": 3, "Layers": [{"Arn": "l:1", "CodeSize": 3}], "Environment": {"Variables": {"A": "b"}},
            "VpcConfig": {"SubnetIds": ["b", "a"], "SecurityGroupIds": [], "VpcId": "vpc-1"},
        });
        for (key, wish, so) in [
            ("Timeout", json!(3), true),
            ("Timeout", json!(4), false),
            ("Layers", json!(["l:1"]), true),
            ("Layers", json!([]), false),
            ("Environment", json!({"Variables": {"A": "b"}}), true),
            ("Environment", json!({"Variables": {}}), false),
            ("VpcConfig", json!({"SubnetIds": ["a", "b"], "SecurityGroupIds": []}), true),
            ("VpcConfig", json!({"SubnetIds": ["a"], "SecurityGroupIds": []}), false),
            ("Description", json!("x"), false),
        ] {
            assert_eq!(is_so(&now, key, &wish), so, "{key} {wish}");
        }
    }

    #[test]
    fn values_of_the_environment_are_not_shown() {
        let answer = json!({"FunctionArn": "a", "State": "Active", "LastUpdateStatus": "InProgress",
            "Environment": {"Variables": {"KEY": "hush"}}});
        let function = function_of(&answer);
        assert_eq!(function.shown["Environment"], json!({"Names": ["KEY"]}));
        assert_eq!(function.phase, FunctionPhase::Busy("InProgress".into()));
    }
}
