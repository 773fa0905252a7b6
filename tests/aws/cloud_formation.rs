//! CloudFormation: stacks made, changed, refused, undone and removed; change sets made, judged and carried out.

use std::os::unix::process::ExitStatusExt;

use serde_json::{Value, json};

use crate::common::{eventually, text};
use crate::world::World;

/// A template as people write it: `!Ref` and the like, and what CloudFormation itself fills in.
const QUEUES: &str = "Parameters:
  Name: {Type: String}
  Secret: {Type: String, NoEcho: true, Default: none}
Resources:
  Orders:
    Type: AWS::SQS::Queue
    Properties: {QueueName: !Ref Name}
Outputs:
  Url: {Value: !Ref Orders}
";

fn stack(more: &Value) -> Value {
    let mut stage = json!({
        "name": "Queues", "type": "deployCloudFormation", "account": "prod", "credentials": "prod", "cloudProvider": "aws",
        "regions": ["us-east-1"], "stackName": "shop", "source": "text", "templateBody": QUEUES,
        "parameters": {"Name": "orders"}, "tags": {"team": "shop"}, "capabilities": [],
    });
    stage.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    stage
}

fn run(world: &World, stage: Value) -> String {
    world.pipeline("step", &json!([stage]));
    world.run_ok("step")
}

fn fails(world: &World, stage: Value) -> String {
    world.pipeline("step", &json!([stage]));
    world.run_fails("step")
}

/// The stack as boto3 sees it.
fn seen(world: &World) -> Value {
    let stacks = world.eval("client('cloudformation').describe_stacks()['Stacks']");
    stacks.as_array().unwrap().first().cloned().unwrap_or(Value::Null)
}

fn queues(world: &World) -> Value {
    world.eval("sorted(u.rsplit('/')[-1] for u in client('sqs').list_queues().get('QueueUrls', []))")
}

#[test]
fn a_stack_is_made_changed_left_alone_and_removed() {
    let world = World::new();
    world.pipeline(
        "step",
        &json!([stack(&json!({})), {
        "name": "Say", "type": "evaluateVariables", "variables": [
            {"key": "url", "value": "${#stage('Queues')['outputs']['outputs']['Url']}"}]}]),
    );
    let said = world.run_ok("step");
    let made = seen(&world);
    assert_eq!(
        (&made["StackStatus"], &made["Tags"]),
        (&json!("CREATE_COMPLETE"), &json!([{"Key": "team", "Value": "shop"}]))
    );
    assert_eq!(queues(&world), json!(["orders"]));
    let journal = Value::Array(world.project.journal()).to_string();
    assert!(journal.contains("/orders\"") && journal.contains("\"stackStatus\":\"CREATE_COMPLETE\""), "{journal}");
    assert!(said.contains("none throttled"), "{said}");
    // Every event has the token of the operation, by which a wish is known again.
    let events = world.eval("client('cloudformation').describe_stack_events(StackName='shop')['StackEvents']");
    for event in events.as_array().unwrap() {
        assert!(event["ClientRequestToken"].as_str().unwrap().starts_with("gennaker-"), "{event}");
    }
    run(&world, stack(&json!({})));
    assert_eq!(seen(&world)["StackStatus"], "CREATE_COMPLETE", "nothing changed");
    run(&world, stack(&json!({"parameters": {"Name": "sales"}})));
    assert_eq!((&seen(&world)["StackStatus"], queues(&world)), (&json!("UPDATE_COMPLETE"), json!(["sales"])));
    let delete = json!({"name": "Away", "type": "deleteCloudFormation", "account": "prod", "regions": ["us-east-1"], "stackName": "shop"});
    run(&world, delete.clone());
    assert_eq!((seen(&world), queues(&world)), (Value::Null, json!([])));
    run(&world, delete);
    world.assert_contract();
}

#[test]
fn templates_come_from_objects_artifacts_and_buckets() {
    let world = World::new();
    let template = json!({"Resources": {"A": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "object"}}}});
    run(&world, stack(&json!({"templateBody": [template], "parameters": {}})));
    assert_eq!(queues(&world), json!(["object"]));
    let text = template.to_string().replace("object", "artifact");
    let embedded = base64(&text);
    run(
        &world,
        stack(
            &json!({"source": "artifact", "templateBody": null, "parameters": {}, "stackArtifactAccount": "embedded-artifact",
            "stackArtifact": {"type": "embedded/base64", "name": "stack", "reference": embedded}}),
        ),
    );
    assert_eq!(queues(&world), json!(["artifact"]));
    world.eval("client('s3').create_bucket(Bucket='templates') and 1");
    let put = format!(
        "client('s3').put_object(Bucket='templates', Key='a/stack.json', Body={:?}) and 1",
        text.replace("artifact", "bucket")
    );
    world.eval(&put);
    run(
        &world,
        stack(&json!({"source": "artifact", "templateBody": null, "parameters": {},
            "stackArtifact": {"type": "s3/object", "reference": "s3://templates/a/stack.json"}})),
    );
    assert_eq!(queues(&world), json!(["bucket"]));
    world.assert_contract();
}

fn base64(text: &str) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(text)
}

#[test]
fn a_failure_is_told_in_the_words_of_the_resource() {
    let world = World::new();
    let failing = json!({"Resources": {
        "Good": {"Type": "AWS::SQS::Queue"},
        "Bad": {"Type": "AWS::SQS::Queue", "Metadata": {"FmFail": "The name is taken."}},
    }});
    let said = fails(&world, stack(&json!({"templateBody": failing, "parameters": {}})));
    assert!(said.contains("stack shop: Bad (AWS::SQS::Queue) CREATE_FAILED: The name is taken."), "{said}");
    assert!(said.contains("the stack is ROLLBACK_COMPLETE; it can only be deleted"), "{said}");
    assert!(!said.contains("cancelled"), "{said}");
    // A stack whose creation failed takes nothing else.
    let said = fails(&world, stack(&json!({})));
    assert!(said.contains("delete it with 'deleteCloudFormation' first"), "{said}");
    run(&world, json!({"name": "Away", "type": "deleteCloudFormation", "account": "prod", "stackName": "shop"}));
    run(&world, stack(&json!({})));
    let said = fails(&world, stack(&json!({"templateBody": failing, "parameters": {}})));
    assert!(said.contains("Bad (AWS::SQS::Queue) UPDATE_FAILED: The name is taken."), "{said}");
    assert!(said.contains("the stack is UPDATE_ROLLBACK_COMPLETE; what it was before is restored"), "{said}");
    assert_eq!(queues(&world), json!(["orders"]));
    world.assert_contract();
}

#[test]
fn wrong_wishes_are_refused_with_what_to_change() {
    let world = World::new();
    let role = json!({"Resources": {"Role": {"Type": "AWS::IAM::Role", "Properties": {
        "RoleName": "shop", "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []}}}}});
    for (more, part) in [
        (json!({"templateBody": role, "parameters": {}}), "add capabilities: [CAPABILITY_NAMED_IAM] to the stage"),
        (json!({"templateBody": "Resources:\n  A: {Type: x\n  B: y\n"}), "YAML not well-formed. (line"),
        (
            json!({"templateBody": "Resources: {A: {}}"}),
            "[/Resources/A] Every Resources object must contain a Type member",
        ),
        (json!({"parameters": {}}), "Parameters: [Name] must have values"),
        (json!({"parameters": {"Name": "a", "Nmae": "b"}}), "Parameters: [Nmae] do not exist in the template"),
        (json!({"templateBody": ""}), "the stage has no template"),
        (json!({"source": "artifact"}), "but names none"),
        (json!({"regions": ["eu-central-1"]}), "has no region 'eu-central-1', only us-east-1, us-west-2"),
        (json!({"templateBody": "#".repeat(51_201)}), "has 51201 bytes"),
        (json!({"parameters": {"Name": {"fromEnv": "NO_SUCH_VARIABLE"}}}), "NO_SUCH_VARIABLE, which is not set"),
    ] {
        let said = fails(&world, stack(&more));
        assert!(said.contains(part), "{part}\n{said}");
        assert_eq!(seen(&world), Value::Null, "{more}");
    }
    for (action, code, part) in [
        ("CreateStack", "AccessDenied", "its policy must allow cloudformation:CreateStack"),
        ("DescribeStacks", "AccessDenied", "its policy must allow cloudformation:DescribeStacks"),
        ("CreateStack", "LimitExceededException", "ask AWS for a higher quota"),
    ] {
        world.order("fail", &json!({"action": action, "code": code, "status": 403, "message": "No."}));
        let said = fails(&world, stack(&json!({})));
        assert!(said.contains(part), "{part}\n{said}");
    }
    let missing = json!({"name": "Forget", "type": "deleteCloudFormationChangeSet", "account": "prod", "stackName": "nowhere", "changeSetName": "a"});
    run(&world, missing);
    assert!(!world.project.path().join(".gennaker").join("AKIA").exists());
    world.assert_contract();
}

#[test]
fn secret_parameters_are_recorded_nowhere() {
    let world = World::new();
    world.pipeline(
        "step",
        &json!([stack(&json!({"parameters": {"Name": "orders", "Secret": {"fromEnv": "SHOP_SECRET"}}}))]),
    );
    let output = world.project.command(&["run", "step"]).env("SHOP_SECRET", "hush-hush").output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(!Value::Array(world.project.journal()).to_string().contains("hush-hush"));
    assert!(!text(&output.stderr).contains("hush-hush"));
    assert_eq!(seen(&world)["StackStatus"], "CREATE_COMPLETE");
}

#[test]
fn a_plan_shows_what_would_change_and_changes_nothing() {
    let world = World::new();
    world.pipeline("step", &json!([stack(&json!({}))]));
    let plan = || {
        let output = world.run(&["plan", "step"]);
        assert!(output.status.success(), "{}", text(&output.stderr));
        text(&output.stdout)
    };
    let said = plan();
    assert!(said.contains("create stack shop in us-east-1") && said.contains("add Orders (AWS::SQS::Queue)"), "{said}");
    assert_eq!(seen(&world), Value::Null);
    world.run_ok("step");
    assert!(plan().contains("leave stack shop in us-east-1 as it is"), "{}", plan());
    let more = QUEUES.replace("Resources:\n", "Resources:\n  Sales: {Type: AWS::SQS::Queue}\n");
    world.pipeline("step", &json!([stack(&json!({"templateBody": more, "parameters": {"Name": "sales"}}))]));
    let said = plan();
    for part in ["update stack shop", "change parameter Name", "add Sales (AWS::SQS::Queue)"] {
        assert!(said.contains(part), "{part}\n{said}");
    }
    assert_eq!(seen(&world)["StackStatus"], "CREATE_COMPLETE");
    world.assert_contract();
}

fn change_set(more: &Value) -> Value {
    let mut stage =
        stack(&json!({"isChangeSet": true, "executeChangeSet": true, "changeSetName": "cs-${execution['id']}"}));
    stage.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    stage
}

fn sets(world: &World) -> Value {
    world.eval("[s['ChangeSetName'] for s in client('cloudformation').list_change_sets(StackName='shop')['Summaries']]")
}

#[test]
fn change_sets_are_carried_out_left_or_removed() {
    let world = World::new();
    run(&world, change_set(&json!({"executeChangeSet": false, "changeSetName": "first"})));
    assert_eq!((&seen(&world)["StackStatus"], sets(&world)), (&json!("REVIEW_IN_PROGRESS"), json!(["first"])));
    run(
        &world,
        json!({"name": "Forget", "type": "deleteCloudFormationChangeSet", "account": "prod", "stackName": "shop", "changeSetName": "first"}),
    );
    eventually("the stack going with the last of its change sets", || seen(&world) == Value::Null);
    run(&world, change_set(&json!({})));
    assert_eq!((&seen(&world)["StackStatus"], queues(&world)), (&json!("CREATE_COMPLETE"), json!(["orders"])));
    let said = run(&world, change_set(&json!({})));
    assert_eq!((&seen(&world)["StackStatus"], sets(&world)), (&json!("CREATE_COMPLETE"), json!([])), "{said}");
    let renamed = |action: &str| {
        change_set(
            &json!({"parameters": {"Name": "sales"}, "templateBody": QUEUES.replace("!Ref Name", "sales"), "actionOnReplacement": action}),
        )
    };
    let said = fails(&world, renamed("fail"));
    assert!(said.contains("of stack shop replaces resources"), "{said}");
    run(&world, renamed("skip"));
    assert_eq!((queues(&world), sets(&world).as_array().unwrap().len()), (json!(["orders"]), 2));
    run(&world, renamed("execute"));
    assert_eq!((queues(&world), sets(&world)), (json!(["sales"]), json!([])));
    world.assert_contract();
}

#[test]
fn a_replacement_waits_for_somebodys_word() {
    let world = World::new();
    run(&world, stack(&json!({})));
    let renamed =
        change_set(&json!({"parameters": {"Name": "sales"}, "templateBody": QUEUES.replace("!Ref Name", "sales")}));
    world.pipeline("step", &json!([renamed]));
    for (words, status, queue) in [
        (vec!["continue", "--input", "skip"], true, "orders"),
        (vec!["stop"], false, "orders"),
        (vec!["continue", "--input", "execute"], true, "sales"),
    ] {
        let mut child = world.project.command(&["run", "step"]).stdin(std::process::Stdio::null()).spawn().unwrap();
        eventually("a question", || {
            let mut args = vec!["judge", "latest", "Queues"];
            args.extend(&words);
            let id = world
                .project
                .journal()
                .first()
                .map(|first| first["execution"]["id"].as_str().unwrap_or_default().to_owned());
            let id = id.unwrap_or_default();
            args[1] = &id;
            world.run(&args).status.success()
        });
        // Without a terminal the run ends where it waits, and goes on when it is resumed.
        let ended = child.wait().unwrap();
        let is_over = world.project.journal().last().unwrap()["event"] == "executionCompleted";
        let good = if is_over { ended.success() } else { world.run(&["resume"]).status.success() };
        assert_eq!((good, queues(&world)), (status, json!([queue])), "{words:?}");
    }
    world.assert_contract();
}

/// Kills a run before and after every record; what it ends with is the same as without.
#[test]
fn a_deployment_that_is_killed_makes_nothing_twice() {
    let world = World::with(&[("FM_STACK", "0.1")]);
    world.configure(&json!({"pollInterval": "20ms"}));
    world.pipeline("step", &json!([stack(&json!({}))]));
    world.run_ok("step");
    let records = world.project.journal().len();
    for position in 2..=records {
        for moment in ["before", "after"] {
            world.eval("client('cloudformation').delete_stack(StackName='shop') and 1");
            eventually("no stack", || seen(&world) == Value::Null);
            world.reset();
            let crash = format!("{moment}:{position}");
            let mut command = world.project.command(&["run", "step"]);
            let killed = command.env("GENNAKER_CRASH", &crash).output().unwrap();
            let is_over = world.project.journal().last().unwrap()["event"] == "executionCompleted";
            assert!(killed.status.signal() == Some(9) || killed.status.success(), "{crash}: {}", text(&killed.stderr));
            if !is_over {
                let resumed = world.run(&["resume"]);
                assert!(resumed.status.success(), "{crash}: {}", text(&resumed.stderr));
            }
            let calls = world.calls();
            assert_eq!(
                (&seen(&world)["StackStatus"], &calls["cloudformation.UpdateStack"]),
                (&json!("CREATE_COMPLETE"), &Value::Null),
                "{crash}"
            );
        }
    }
    world.assert_contract();
}

#[test]
fn a_busy_stack_is_waited_for() {
    let world = World::with(&[("FM_STACK", "1.5")]);
    world.eval(&format!("client('cloudformation').create_stack(StackName='shop', TemplateBody={QUEUES:?}, Parameters=[{{'ParameterKey': 'Name', 'ParameterValue': 'before'}}]) and 1"));
    run(&world, stack(&json!({})));
    assert_eq!((&seen(&world)["StackStatus"], queues(&world)), (&json!("UPDATE_COMPLETE"), json!(["orders"])));
    world.assert_contract();
}

#[test]
fn the_example_of_the_documentation_runs() {
    let world = World::new();
    world.example("CloudFormation");
    world.run_ok("example");
    assert_eq!(queues(&world), json!(["shop-orders"]));
    let journal = Value::Array(world.project.journal()).to_string();
    assert!(
        journal.contains("\"queue\":\"https://sqs.us-east-1.amazonaws.com/123456789012/shop-orders\""),
        "{journal}"
    );
}
