//! Lambda: aliases, concurrency, event sources and calls.

use std::collections::BTreeMap;

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::Aws;
use super::client::Service;
use super::error::{during, invalid};
use super::function::{V1, is_gone, on, to_be_repeated};
use super::params::Params;
use super::reading;
use super::xml::Answer;
use crate::aws::{Call, service};
use crate::model::Map;
use crate::providers::{
    Error, FunctionAlias, FunctionRef, FunctionTraffic, FunctionTriggers, Functions, Invocation, Invoked,
};

/// The API's versions in paths that are younger than the others.
const RESERVED: &str = "2017-10-31";
const PROVISIONED: &str = "2019-09-30";
/// Streams are read from a place in them; queues have none.
const STREAMS: [&str; 2] = [":dynamodb:", ":kinesis:"];
/// Statement of a function's policy that lets load balancers call it.
const STATEMENT: &str = "gennaker-load-balancer";

#[async_trait]
impl FunctionTraffic for Aws {
    async fn alias(&self, function: &FunctionRef, name: &str) -> Result<Option<FunctionAlias>, Error> {
        let region = self.account.region(&function.location)?;
        let path = format!("/aliases/{name}");
        let call = on(function, "GetAlias", "GET", (V1, &path));
        match self.lambda(call, &region).await {
            Ok(answer) => Ok(Some(alias_of(&answer))),
            Err(fault) if is_gone(&fault) => Ok(None),
            Err(fault) => Err(during("read alias")(fault.into())),
        }
    }

    async fn put_alias(&self, function: &FunctionRef, alias: &FunctionAlias) -> Result<(), Error> {
        let region = self.account.region(&function.location)?;
        let weights: BTreeMap<&String, f64> = alias.other.iter().map(|(version, share)| (version, *share)).collect();
        let mut body = json!({
            "FunctionVersion": alias.version, "RoutingConfig": {"AdditionalVersionWeights": weights},
        });
        let path = format!("/aliases/{}", alias.name);
        let done = if alias.revision.is_empty() {
            body["Name"] = alias.name.as_str().into();
            self.lambda_with(on(function, "CreateAlias", "POST", (V1, "/aliases")), &region, &body).await
        } else {
            body["RevisionId"] = alias.revision.as_str().into();
            self.lambda_with(on(function, "UpdateAlias", "PUT", (V1, &path)), &region, &body).await
        };
        done.map(|_| ()).map_err(|fault| match fault.code.as_str() {
            // Made at this moment by somebody else: look again.
            "ResourceConflictException" => {
                let mut error = fault.error;
                error.retryable = true;
                error
            }
            _ => during("put alias")(to_be_repeated(fault)),
        })
    }

    async fn reserve(&self, function: &FunctionRef, count: Option<i64>) -> Result<(), Error> {
        let region = self.account.region(&function.location)?;
        let get = on(function, "GetFunctionConcurrency", "GET", (PROVISIONED, "/concurrency"));
        let now = self.lambda(get, &region).await.map_err(Error::from)?;
        if now["ReservedConcurrentExecutions"].as_i64() == count {
            return Ok(());
        }
        let done = match count {
            Some(count) => {
                let call = on(function, "PutFunctionConcurrency", "PUT", (RESERVED, "/concurrency"));
                self.lambda_with(call, &region, &json!({"ReservedConcurrentExecutions": count})).await
            }
            None => {
                self.lambda(on(function, "DeleteFunctionConcurrency", "DELETE", (RESERVED, "/concurrency")), &region)
                    .await
            }
        };
        done.map(|_| ()).map_err(to_be_repeated).map_err(during("reserve concurrency"))
    }

    async fn provision(&self, function: &FunctionRef, alias: &str, count: Option<i64>) -> Result<bool, Error> {
        let region = self.account.region(&function.location)?;
        let call = |operation, method| {
            on(function, operation, method, (PROVISIONED, "/provisioned-concurrency")).with_query("Qualifier", alias)
        };
        let now = match self.lambda(call("GetProvisionedConcurrencyConfig", "GET"), &region).await {
            Ok(answer) => answer,
            Err(fault) if fault.code == "ProvisionedConcurrencyConfigNotFoundException" || is_gone(&fault) => {
                Value::Null
            }
            Err(fault) => return Err(fault.into()),
        };
        if now["Status"] == "FAILED" && now["RequestedProvisionedConcurrentExecutions"].as_i64() == count {
            let reason = now["StatusReason"].as_str().unwrap_or("Lambda does not say why");
            return Err(invalid(format!("{}:{alias} cannot be kept warm: {reason}", function.name)));
        }
        if now["RequestedProvisionedConcurrentExecutions"].as_i64() == count {
            return Ok(now.is_null() || now["Status"] == "READY");
        }
        let done = match count {
            Some(count) => {
                let body = json!({"ProvisionedConcurrentExecutions": count});
                self.lambda_with(call("PutProvisionedConcurrencyConfig", "PUT"), &region, &body).await
            }
            None => self.lambda(call("DeleteProvisionedConcurrencyConfig", "DELETE"), &region).await,
        };
        done.map(|_| count.is_none()).map_err(to_be_repeated).map_err(during("provision concurrency"))
    }

    async fn connect(
        &self,
        function: &FunctionRef,
        alias: Option<&str>,
        triggers: &FunctionTriggers,
    ) -> Result<Vec<String>, Error> {
        let region = self.account.region(&function.location)?;
        let target = alias.map_or_else(|| function.name.clone(), |alias| format!("{}:{alias}", function.name));
        let path = format!("/{V1}/event-source-mappings");
        let list =
            Call::new(&service::LAMBDA, "ListEventSourceMappings", "GET", &path).with_query("FunctionName", &target);
        let found = self.lambda_list(&list, &region, "EventSourceMappings").await.map_err(Error::from)?;
        let of = |source: &str| found.iter().find(|one| one["EventSourceArn"] == source && one["State"] != "Deleting");
        let mut lines = Vec::new();
        for source in &triggers.sources {
            let mut body = reading_of(source, &triggers.settings)?;
            let (call, verb) = match of(source) {
                Some(there) => {
                    body.shift_remove("StartingPosition");
                    if body.iter().all(|(key, value)| is_so(there, key, value)) {
                        continue;
                    }
                    let path = format!("{path}/{}", there["UUID"].as_str().unwrap_or_default());
                    (Call::new(&service::LAMBDA, "UpdateEventSourceMapping", "PUT", path), "changed")
                }
                None => {
                    body.insert("EventSourceArn".to_owned(), source.as_str().into());
                    (Call::new(&service::LAMBDA, "CreateEventSourceMapping", "POST", &path), "connected")
                }
            };
            body.insert("FunctionName".to_owned(), target.as_str().into());
            let call = Call { resource: source.clone(), ..call };
            let done = self.lambda_with(call, &region, &Value::Object(body)).await;
            done.map_err(to_be_repeated).map_err(during("connect event source"))?;
            lines.push(format!("{source} is {verb}"));
        }
        let kept = |one: &Value| triggers.sources.iter().any(|source| one["EventSourceArn"] == source.as_str());
        for one in found.iter().filter(|one| !kept(one) && one["State"] != "Deleting") {
            let path = format!("{path}/{}", one["UUID"].as_str().unwrap_or_default());
            let call = Call::new(&service::LAMBDA, "DeleteEventSourceMapping", "DELETE", path);
            match self.lambda(call, &region).await {
                Err(fault) if !is_gone(&fault) => return Err(during("disconnect event source")(to_be_repeated(fault))),
                _ => lines.push(format!("{} is disconnected", one["EventSourceArn"].as_str().unwrap_or_default())),
            }
        }
        Ok(lines)
    }

    async fn register(&self, function: &FunctionRef, target_group: &str) -> Result<(), Error> {
        let region = self.account.region(&function.location)?;
        let params = Params::query().with_list("Names", [target_group]);
        let found = self.calls.query(Service::Elbv2, &region, "DescribeTargetGroups", &params).await?;
        let arn = found.items("TargetGroups").next().map(|one| one.string("TargetGroupArn"));
        let arn = arn.ok_or_else(|| {
            invalid(format!("target group '{target_group}' does not exist in {region}; create it first"))
        })?;
        let there = Functions::get(self, function, None).await?;
        let id = there.map(|there| there.arn).unwrap_or_default();
        let body = json!({
            "Action": "lambda:InvokeFunction", "Principal": "elasticloadbalancing.amazonaws.com", "SourceArn": arn,
            "StatementId": STATEMENT,
        });
        match self.lambda_with(on(function, "AddPermission", "POST", (V1, "/policy")), &region, &body).await {
            // Load balancers may call it already.
            Err(fault) if fault.code != "ResourceConflictException" => return Err(fault.into()),
            _ => {}
        }
        let params = Params::query().with("TargetGroupArn", arn).with("Targets.member.1.Id", id);
        self.calls.query(Service::Elbv2, &region, "RegisterTargets", &params).await?;
        Ok(())
    }

    async fn invoke(&self, function: &FunctionRef, invocation: &Invocation) -> Result<Invoked, Error> {
        let region = self.account.region(&function.location)?;
        let context = json!({"custom": {"gennakerInvocation": invocation.token}});
        let mut call = on(function, "Invoke", "POST", (V1, "/invocations"))
            .with_header("content-type", "application/json")
            .with_header("x-amz-log-type", "Tail")
            .with_header("x-amz-client-context", STANDARD.encode(context.to_string()));
        if let Some(qualifier) = &invocation.qualifier {
            call = call.with_query("Qualifier", qualifier);
        }
        call.body.clone_from(&invocation.payload);
        // It is not known what it does: what was not answered is not sent a second time.
        call.is_repeatable = false;
        call.timeout = Some(invocation.timeout);
        let answer = self.calls.send(&region, &call).await.map_err(|fault| during("invoke function")(fault.into()))?;
        let payload = answer.text();
        let logs = answer.header("x-amz-log-result").and_then(|text| STANDARD.decode(text).ok()).unwrap_or_default();
        let error = answer.header("x-amz-function-error").map(|kind| words_of(kind, &payload));
        Ok(Invoked {
            error,
            logs: String::from_utf8_lossy(&logs).lines().map(str::to_owned).collect(),
            version: answer.header("x-amz-executed-version").unwrap_or_default().to_owned(),
            payload,
        })
    }
}

/// What a function that failed says: `ValueError: no such order`.
fn words_of(kind: &str, payload: &str) -> String {
    let body: Value = serde_json::from_str(payload).unwrap_or_default();
    let text = |key: &str| body[key].as_str().map(str::to_owned);
    match (text("errorType"), text("errorMessage")) {
        (Some(kind), Some(words)) => format!("{kind}: {words}"),
        (None, Some(words)) => words,
        _ => format!("{kind} error"),
    }
}

fn alias_of(answer: &Value) -> FunctionAlias {
    let text = |key: &str| answer[key].as_str().unwrap_or_default().to_owned();
    let weights = answer.pointer("/RoutingConfig/AdditionalVersionWeights").and_then(Value::as_object);
    let other = weights.into_iter().flatten().next();
    FunctionAlias {
        name: text("Name"),
        version: text("FunctionVersion"),
        other: other.and_then(|(version, share)| Some((version.clone(), share.as_f64()?))),
        revision: text("RevisionId"),
    }
}

/// How an event source is read, in Lambda's words.
fn reading_of(source: &str, settings: &Map) -> Result<Map, Error> {
    let mut body = Map::new();
    let mut number = |key: &str, name: &str| -> Result<(), Error> {
        if let Some(number) = reading::integer(settings, key)?.filter(|number| *number >= 0) {
            body.insert(name.to_owned(), number.into());
        }
        Ok(())
    };
    number("batchsize", "BatchSize")?;
    number("maxBatchingWindowSecs", "MaximumBatchingWindowInSeconds")?;
    if STREAMS.iter().any(|kind| source.contains(kind)) {
        number("maxRecordAgeSecs", "MaximumRecordAgeInSeconds")?;
        number("maxRetryAttempts", "MaximumRetryAttempts")?;
        number("parallelizationFactor", "ParallelizationFactor")?;
        number("tumblingWindowSecs", "TumblingWindowInSeconds")?;
        if let Some(flag) = reading::flag(settings, "bisectBatchOnError")? {
            body.insert("BisectBatchOnFunctionError".to_owned(), flag.into());
        }
        let position = reading::text(settings, "startingPosition")?.unwrap_or_else(|| "LATEST".to_owned());
        body.insert("StartingPosition".to_owned(), position.into());
        let destinations = reading::object(settings, "destinationConfig")?.cloned().unwrap_or_default();
        let mut config = Map::new();
        for (key, name) in [("onFailureArn", "OnFailure"), ("onSuccessArn", "OnSuccess")] {
            if let Some(arn) = reading::text(&destinations, key)? {
                config.insert(name.to_owned(), json!({"Destination": arn}));
            }
        }
        if !config.is_empty() {
            body.insert("DestinationConfig".to_owned(), config.into());
        }
    }
    body.insert("Enabled".to_owned(), true.into());
    Ok(body)
}

fn is_so(there: &Value, key: &str, wish: &Value) -> bool {
    match key {
        "Enabled" => ["Enabled", "Enabling", "Creating", "Updating"].iter().any(|state| there["State"] == *state),
        _ => there[key] == *wish,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queues_and_streams_are_read_in_their_own_ways() {
        let settings = json!({"batchsize": 10, "tumblingWindowSecs": -1, "maxRetryAttempts": 2,
            "destinationConfig": {"onFailureArn": "arn:f", "onSuccessArn": ""}});
        let settings = settings.as_object().unwrap();
        let queue = reading_of("arn:aws:sqs:us-east-1:1:orders", settings).unwrap();
        assert_eq!(Value::Object(queue), json!({"BatchSize": 10, "Enabled": true}));
        let stream = reading_of("arn:aws:kinesis:us-east-1:1:stream/orders", settings).unwrap();
        assert_eq!(
            Value::Object(stream),
            json!({"BatchSize": 10, "MaximumRetryAttempts": 2, "StartingPosition": "LATEST",
                "DestinationConfig": {"OnFailure": {"Destination": "arn:f"}}, "Enabled": true})
        );
    }

    #[test]
    fn a_failed_call_is_told_in_the_functions_words() {
        let payload = r#"{"errorMessage": "no such order", "errorType": "ValueError", "stackTrace": []}"#;
        assert_eq!(words_of("Unhandled", payload), "ValueError: no such order");
        assert_eq!(words_of("Unhandled", "?"), "Unhandled error");
    }
}
