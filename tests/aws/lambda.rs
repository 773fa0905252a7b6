//! Lambda: functions made, changed, published, called, routed and removed; their code is really run.

use std::os::unix::process::ExitStatusExt;

use serde_json::{Value, json};

use crate::common::text;
use crate::world::World;

/// Makes the role functions run as, a bucket, and in it `<name>.zip` whose function answers `<name>`.
const SCENE: &str = "client('iam').create_role(RoleName='fn', AssumeRolePolicyDocument='{\"Version\": \"2012-10-17\", \"Statement\": \
    [{\"Effect\": \"Allow\", \"Principal\": {\"Service\": \"lambda.amazonaws.com\"}, \"Action\": \"sts:AssumeRole\"}]}') and \
    client('s3').create_bucket(Bucket='code') and 1";

fn world() -> World {
    let world = World::with(&[("FM_FUNCTION", "0.15")]);
    world.eval(SCENE);
    for name in ["one", "two", "bad"] {
        archive(&world, name, &handler(name));
    }
    world.reset();
    world
}

fn handler(name: &str) -> String {
    match name {
        "bad" => {
            "def handler(event, context):\n    print('looking for', event)\n    raise ValueError('no such order')\n"
                .into()
        }
        name => format!(
            "import os\ndef handler(event, context):\n    print('asked for', event)\n    return {{'statusCode': 200, 'body': '{name} ' + \
             str(event.get('order', '')), 'table': os.environ.get('TABLE'), \
             'token': context.client_context and context.client_context['custom']['gennakerInvocation']}}\n"
        ),
    }
}

fn archive(world: &World, name: &str, source: &str) {
    let put = format!(
        "(lambda b, z: (z.writestr('index.py', {source:?}), z.close(), client('s3').put_object(Bucket='code', Key='{name}.zip', \
         Body=b.getvalue())) and 1)(*(lambda io, zipfile: (lambda b: (b, zipfile.ZipFile(b, 'w')))(io.BytesIO()))(__import__('io'), \
         __import__('zipfile')))"
    );
    world.eval(&put);
}

fn stage(kind: &str, more: &Value) -> Value {
    let mut stage = json!({
        "name": "Function", "type": kind, "account": "prod", "credentials": "prod", "cloudProvider": "aws", "region": "us-east-1",
        "functionName": "orders",
    });
    stage.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    stage
}

/// A deployment of this archive, with these keys over the usual ones.
fn deployment(code: &str, more: &Value) -> Value {
    let mut keys = json!({
        "runtime": "python3.12", "handler": "index.handler", "role": "arn:aws:iam::123456789012:role/fn", "s3bucket": "code",
        "s3key": format!("{code}.zip"), "memorySize": 128, "timeout": 3, "publish": true, "envVariables": {"TABLE": "orders"},
        "tags": {"team": "shop"}, "subnetIds": [], "securityGroupIds": [], "deadLetterConfig": {"targetArn": ""}, "kmskeyArn": "",
        "tracingConfig": {"mode": "PassThrough"}, "targetGroups": "",
    });
    keys.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    stage("Aws.LambdaDeploymentStage", &keys)
}

fn run(world: &World, stage: Value) -> String {
    world.pipeline("step", &json!([stage]));
    world.run_ok("step")
}

fn fails(world: &World, stage: Value) -> String {
    world.pipeline("step", &json!([stage]));
    world.run_fails("step")
}

fn seen(world: &World) -> Value {
    world.eval("client('lambda').get_function_configuration(FunctionName='shop-orders')")
}

fn versions(world: &World) -> Value {
    world.eval("[v['Version'] for v in client('lambda').list_versions_by_function(FunctionName='shop-orders')['Versions'] if v['Version'] != '$LATEST']")
}

fn alias(world: &World, name: &str) -> Value {
    let found = world.eval(&format!("client('lambda').get_alias(FunctionName='shop-orders', Name='{name}')"));
    let weights = &found["RoutingConfig"]["AdditionalVersionWeights"];
    json!([found["FunctionVersion"], if weights == &json!({}) { &Value::Null } else { weights }])
}

/// What a stage of the last run put out.
fn outputs(world: &World) -> Value {
    let records = world.project.journal();
    let last = records.iter().rev().find(|record| record["event"] == "taskCompleted" && record["outputs"].is_object());
    last.map(|record| record["outputs"].clone()).unwrap_or_default()
}

#[test]
fn a_function_is_made_changed_and_published_once() {
    let world = world();
    run(&world, deployment("one", &json!({"aliases": ["newest"]})));
    let made = seen(&world);
    assert_eq!(
        (&made["Handler"], &made["MemorySize"], &made["State"]),
        (&json!("index.handler"), &json!(128), &json!("Active"))
    );
    assert_eq!((versions(&world), alias(&world, "newest")), (json!(["1"]), json!(["$LATEST", null])));
    let journal = Value::Array(world.project.journal()).to_string();
    assert!(journal.contains("\"functionName\":\"shop-orders\"") && journal.contains("\"version\":\"1\""), "{journal}");
    // The same again changes nothing and makes no version.
    run(&world, deployment("one", &json!({"aliases": ["newest"]})));
    assert_eq!(world.calls().get("lambda.UpdateFunctionConfiguration"), None);
    run(&world, deployment("two", &json!({"memorySize": 256, "envVariables": {"TABLE": "sales"}})));
    let changed = seen(&world);
    assert_eq!(
        (&changed["MemorySize"], &changed["Environment"]["Variables"]),
        (&json!(256), &json!({"TABLE": "sales"}))
    );
    assert_ne!(changed["CodeSha256"], made["CodeSha256"]);
    let newest = versions(&world).as_array().unwrap().last().cloned().unwrap();
    run(&world, stage("Aws.LambdaUpdateCodeStage", &json!({"s3bucket": "code", "s3key": "one.zip", "publish": true})));
    assert_eq!(seen(&world)["CodeSha256"], made["CodeSha256"]);
    assert_ne!(versions(&world).as_array().unwrap().last().unwrap(), &newest);
    world.assert_contract();
}

#[test]
fn code_may_come_from_an_artifact() {
    let world = world();
    let zip = world.eval(
        "__import__('base64').b64encode(client('s3').get_object(Bucket='code', Key='two.zip')['Body'].read()).decode()",
    );
    run(
        &world,
        deployment(
            "one",
            &json!({"s3bucket": "", "s3key": "", "codeArtifact": {"type": "embedded/base64", "name": "code",
            "reference": zip, "artifactAccount": "embedded-artifact"}}),
        ),
    );
    let said = run(&world, stage("Aws.LambdaInvokeStage", &json!({"payload": {"order": 7}})));
    assert!(said.contains("shop-orders is called, 1 of 1"), "{said}");
    assert!(outputs(&world).to_string().contains("two 7"), "{}", outputs(&world));
    world.assert_contract();
}

#[test]
fn what_is_in_the_environment_of_a_function_is_shown_nowhere() {
    let world = world();
    world.pipeline("step", &json!([deployment("one", &json!({"envVariables": {"TABLE": {"fromEnv": "SHOP_TABLE"}}}))]));
    let output = world.project.command(&["run", "step"]).env("SHOP_TABLE", "hush-hush").output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(!Value::Array(world.project.journal()).to_string().contains("hush-hush"));
    assert_eq!(seen(&world)["Environment"]["Variables"], json!({"TABLE": "hush-hush"}));
}

#[test]
fn calls_give_what_the_function_says() {
    let world = world();
    run(&world, deployment("one", &json!({})));
    let payload = json!({"account": "embedded-artifact", "artifact": {"type": "embedded/base64", "name": "order",
        "reference": "eyJvcmRlciI6IDN9", "artifactAccount": "embedded-artifact"}});
    run(
        &world,
        stage("Aws.LambdaInvokeStage", &json!({"payloadArtifact": payload, "executionCount": 3, "timeout": 20})),
    );
    let results = outputs(&world)["invokeResultsList"].clone();
    assert_eq!(results.as_array().unwrap().len(), 3, "{results}");
    assert_eq!(results[0]["body"], "one 3");
    assert_eq!(results[0]["logs"], "asked for {'order': 3}");
    let token =
        |at: usize| serde_json::from_str::<Value>(results[at]["response"].as_str().unwrap()).unwrap()["token"].clone();
    assert_ne!(token(0), token(1), "every call has a name of its own");
    run(&world, stage("Aws.LambdaUpdateCodeStage", &json!({"s3bucket": "code", "s3key": "bad.zip"})));
    let said = fails(&world, stage("Aws.LambdaInvokeStage", &json!({"payload": {"order": 4}})));
    assert!(said.contains("function shop-orders, version $LATEST: ValueError: no such order"), "{said}");
    assert!(said.contains("looking for {'order': 4}"), "{said}");
    world.assert_contract();
}

/// A function with two versions, `one` and `two`.
fn two_versions(world: &World) {
    run(world, deployment("one", &json!({})));
    run(world, deployment("two", &json!({})));
    assert_eq!(versions(world), json!(["1", "2"]));
}

fn routing(strategy: &str, more: &Value) -> Value {
    let mut keys = json!({"aliasName": "live", "deploymentStrategy": strategy});
    keys.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    stage("Aws.LambdaTrafficRoutingStage", &keys)
}

#[test]
fn an_alias_is_moved_shared_and_tested_first() {
    let world = world();
    two_versions(&world);
    run(&world, routing("$SIMPLE", &json!({"versionNameA": "$PREVIOUS"})));
    assert_eq!(alias(&world, "live"), json!(["1", null]));
    let weighted =
        json!({"versionNameA": "$LATEST", "versionNameB": "$PROVIDED", "versionNumberB": "1", "trafficPercentA": 10});
    run(&world, routing("$WEIGHTED", &weighted));
    assert_eq!(alias(&world, "live"), json!(["2", {"1": 0.9}]));
    assert_eq!(outputs(&world)["deployment:strategyUsed"], "WeightedDeploymentStrategy");
    let journal = Value::Array(world.project.journal()).to_string();
    assert!(journal.contains("\"deployment:minorVersionDeployed\":\"1\""), "{journal}");
    run(&world, routing("$SIMPLE", &json!({"versionNameA": "$OLDEST", "provisionedConcurrentExecutions": 2})));
    assert_eq!(alias(&world, "live"), json!(["1", null]));
    let warm = "client('lambda').get_provisioned_concurrency_config(FunctionName='shop-orders', Qualifier='live')";
    let warm = world.eval(warm);
    assert_eq!((&warm["Status"], &warm["RequestedProvisionedConcurrentExecutions"]), (&json!("READY"), &json!(2)));
    let test = |answer: &str| {
        let expected = json!({"artifact": {"type": "embedded/base64", "name": "answer", "reference": base64(answer),
            "artifactAccount": "embedded-artifact"}});
        routing("$BLUEGREEN", &json!({"payload": {"order": 5}, "outputArtifact": expected}))
    };
    let said = fails(&world, test("one 5\n"));
    for part in [
        "version 2 of shop-orders does not answer what was expected",
        "expected: one5",
        "answered: two5",
        "alias live stays as it is",
    ] {
        assert!(said.contains(part), "{part}\n{said}");
    }
    assert_eq!(alias(&world, "live"), json!(["1", null]));
    run(&world, test(" two\t5\n"));
    assert_eq!(alias(&world, "live"), json!(["2", null]));
    world.assert_contract();
}

fn base64(text: &str) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(text)
}

#[test]
fn queues_are_connected_and_disconnected() {
    let world = world();
    for name in ["a", "b"] {
        world.eval(&format!("client('sqs').create_queue(QueueName='{name}') and 1"));
    }
    let connected = || {
        world.eval("sorted([m['EventSourceArn'].split(':')[-1], m['BatchSize']] for m in client('lambda').list_event_source_mappings(FunctionName='shop-orders')['EventSourceMappings'])")
    };
    let arns = |names: &[&str]| {
        names.iter().map(|name| format!("arn:aws:sqs:us-east-1:123456789012:{name}")).collect::<Vec<_>>()
    };
    run(
        &world,
        deployment(
            "one",
            &json!({"triggerArns": arns(&["a", "b"]), "batchsize": 5, "reservedConcurrentExecutions": 7}),
        ),
    );
    assert_eq!(connected(), json!([["a", 5], ["b", 5]]));
    let reserved = || {
        world.eval(
            "client('lambda').get_function_concurrency(FunctionName='shop-orders').get('ReservedConcurrentExecutions')",
        )
    };
    assert_eq!(reserved(), 7);
    run(&world, deployment("one", &json!({"triggerArns": arns(&["b"]), "batchsize": 6})));
    assert_eq!((connected(), reserved()), (json!([["b", 6]]), json!(7)), "what is not named stays");
    run(&world, deployment("one", &json!({})));
    assert_eq!(connected(), json!([["b", 6]]), "what is not named stays");
    run(&world, deployment("one", &json!({"triggerArns": [], "reservedConcurrentExecutions": -1})));
    assert_eq!((connected(), reserved()), (json!([]), Value::Null));
    world.assert_contract();
}

#[test]
fn versions_and_functions_are_deleted() {
    let world = world();
    two_versions(&world);
    run(&world, deployment("one", &json!({})));
    run(&world, routing("$SIMPLE", &json!({"versionNameA": "$OLDEST"})));
    let delete = |version: &str, more: Value| {
        let mut keys = json!({"version": version});
        keys.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        stage("Aws.LambdaDeleteStage", &keys)
    };
    let said = fails(&world, delete("$PROVIDED", json!({"versionNumber": "1"})));
    assert!(said.contains("is referenced by alias live"), "{said}");
    run(&world, delete("$PROVIDED", json!({"versionNumber": "2"})));
    assert_eq!(versions(&world), json!(["1", "3"]));
    run(&world, routing("$SIMPLE", &json!({"versionNameA": "$LATEST"})));
    run(&world, delete("$MOVING", json!({"retentionNumber": 1})));
    assert_eq!(versions(&world), json!(["3"]));
    for _ in 0..2 {
        run(&world, delete("$ALL", json!({})));
    }
    assert_eq!(world.eval("client('lambda').list_functions()['Functions']"), json!([]));
    world.assert_contract();
}

#[test]
fn wrong_wishes_are_refused_with_what_to_change() {
    let world = world();
    for (stage, part) in [
        (deployment("one", &json!({"role": null})), "the stage names no role to make it with; add 'role'"),
        (deployment("one", &json!({"s3key": null})), "names only half of where its code is; add s3key"),
        (deployment("one", &json!({"s3key": null, "s3bucket": null})), "does not say where the function's code is"),
        (deployment("nothing", &json!({})), "NoSuchKey"),
        (deployment("one", &json!({"enableLambdaAtEdge": true})), "a function at the edge needs no 'envVariables'"),
        (deployment("one", &json!({"memorySize": "lots"})), "'memorySize' must be a whole number"),
        (
            stage("Aws.LambdaUpdateCodeStage", &json!({"s3bucket": "code", "s3key": "one.zip"})),
            "there is no function shop-orders in us-east-1",
        ),
        (stage("Aws.LambdaInvokeStage", &json!({})), "there is no function shop-orders in us-east-1"),
        (routing("$SIMPLE", &json!({"versionNameA": "$LATEST"})), "there is no function shop-orders in us-east-1"),
    ] {
        let said = fails(&world, stage.clone());
        assert!(said.contains(part), "{part}\n{said}");
    }
    run(&world, deployment("one", &json!({"publish": false})));
    for (stage, part) in [
        (routing("$SIMPLE", &json!({"versionNameA": "$LATEST"})), "has no version that is '$LATEST'"),
        (routing("$SIMPLE", &json!({"versionNameA": "$NEWEST"})), "'$NEWEST' is no word for a version"),
        (routing("$HALF", &json!({})), "$HALF"),
        (stage("Aws.LambdaInvokeStage", &json!({"payload": "{order"})), "is no JSON"),
        (
            deployment("one", &json!({"handler": "broken.handler"})),
            "function shop-orders: Failed: The handler is broken.",
        ),
    ] {
        let said = fails(&world, stage.clone());
        assert!(said.contains(part), "{part}\n{said}");
    }
    run(&world, stage("Aws.LambdaDeleteStage", &json!({"version": "$ALL"})));
    world.order(
        "fail",
        &json!({"action": "CreateFunction", "code": "AccessDeniedException", "status": 403, "message": "No."}),
    );
    let said = fails(&world, deployment("one", &json!({})));
    assert!(said.contains("lambda:CreateFunction on shop-orders is not allowed"), "{said}");
    world.assert_contract();
}

#[test]
fn a_plan_changes_nothing() {
    let world = world();
    world.pipeline("step", &json!([deployment("one", &json!({}))]));
    let plan = || {
        let output = world.run(&["plan", "step"]);
        assert!(output.status.success(), "{}", text(&output.stderr));
        text(&output.stdout)
    };
    let said = plan();
    assert!(said.contains("create function shop-orders in us-east-1") && said.contains("publish a version"), "{said}");
    assert_eq!(world.eval("client('lambda').list_functions()['Functions']"), json!([]));
    two_versions(&world);
    run(&world, routing("$SIMPLE", &json!({"versionNameA": "$OLDEST"})));
    world.pipeline("step", &json!([routing("$SIMPLE", &json!({"versionNameA": "$LATEST"}))]));
    assert!(plan().contains("point alias shop-orders:live at 2 (now 1)"), "{}", plan());
    assert_eq!(alias(&world, "live"), json!(["1", null]));
    world.assert_contract();
}

/// Kills a deployment before and after every record: there is one function, and as many versions as without.
#[test]
fn a_deployment_that_is_killed_publishes_nothing_twice() {
    let world = world();
    world.configure(&json!({"pollInterval": "20ms"}));
    run(&world, deployment("one", &json!({})));
    world.pipeline("step", &json!([deployment("two", &json!({"memorySize": 192}))]));
    world.run_ok("step");
    let records = world.project.journal().len();
    assert_eq!(versions(&world), json!(["1", "2"]));
    let (mut made, mut is_two) = (2, true);
    for position in (2..=records).step_by(2) {
        for moment in ["before", "after"] {
            is_two = !is_two;
            made += 1;
            world.pipeline(
                "step",
                &json!([deployment(if is_two { "two" } else { "one" }, &json!({"memorySize": 128 + made}))]),
            );
            let crash = format!("{moment}:{position}");
            let killed = world.project.command(&["run", "step"]).env("GENNAKER_CRASH", &crash).output().unwrap();
            assert!(killed.status.signal() == Some(9) || killed.status.success(), "{crash}: {}", text(&killed.stderr));
            if world.project.journal().last().unwrap()["event"] != "executionCompleted" {
                let resumed = world.run(&["resume"]);
                assert!(resumed.status.success(), "{crash}: {}", text(&resumed.stderr));
            }
            assert_eq!(versions(&world).as_array().unwrap().len(), made, "{crash}");
        }
    }
    world.assert_contract();
}

#[test]
fn the_example_of_the_documentation_runs() {
    let world = world();
    run(&world, deployment("two", &json!({})));
    world.example("Lambda");
    world.run_ok("example");
    assert_eq!(alias(&world, "live"), json!(["2", {"1": 0.9}]));
    world.assert_contract();
}
