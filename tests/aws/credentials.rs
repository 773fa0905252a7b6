//! Where credentials come from: every link of AWS's chain, and boto3 in the same setting gets the same ones.

use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::{Value, json};

use crate::common::text;
use crate::servers::Server;
use crate::world::{World, python};

/// What the sources in credentials.py ask for.
const TOKEN: &str = "open sesame";
/// Calls STS and Auto Scaling as the environment says, and prints who that is.
const BOTO: &str = "import boto3\nboto3.client('autoscaling').describe_auto_scaling_groups(MaxRecords=1)\n\
                    print(boto3.client('sts').get_caller_identity()['Arn'])";

/// An AWS and an account that says no more of credentials than these keys; the rest is the environment's.
struct Scene {
    world: World,
    environment: Vec<(String, String)>,
}

impl Scene {
    fn new(account: &Value, environment: &[(&str, &str)]) -> Self {
        let world = World::new();
        let mut settings = json!({"endpoint": null, "accessKeyId": null, "secretAccessKey": null});
        settings.as_object_mut().unwrap().extend(account.as_object().unwrap().clone());
        world.configure(&settings);
        let mut scene = Self { world, environment: Vec::new() };
        let url = scene.world.url.clone();
        scene.set(&[("AWS_ENDPOINT_URL", &url), ("AWS_REGION", "us-east-1"), ("AWS_DEFAULT_REGION", "us-east-1")]);
        scene.set(environment);
        if !environment.iter().any(|(name, _)| name.starts_with("AWS_EC2_METADATA")) {
            scene.set(&[("AWS_EC2_METADATA_DISABLED", "true")]);
        }
        scene
    }

    fn set(&mut self, environment: &[(&str, &str)]) {
        self.environment.extend(environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    }

    fn write(&self, name: &str, body: &str) -> PathBuf {
        self.world.project.write(name, body)
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = self.world.project.command(args);
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    fn check(&self) -> Output {
        self.command(&["account", "check", "prod"]).output().unwrap()
    }

    /// Ids of the keys that calls of an action were signed with, in order.
    fn keys(&self, action: &str) -> Vec<String> {
        let asked = self.world.asked().into_iter().filter(|call| call["action"] == action);
        asked.map(|call| call["key"].as_str().unwrap_or_default().to_owned()).collect()
    }

    fn parameters(&self, action: &str) -> Value {
        let asked = self.world.asked().into_iter().rfind(|call| call["action"] == action);
        asked.unwrap_or_else(|| panic!("nobody asked for {action}"))["parameters"].clone()
    }

    /// Both sign with a key that begins so, and AWS takes both for this one.
    fn both_are(&self, key: &str, arn: &str) {
        self.world.reset();
        let output = self.check();
        let said = format!("{}{}", text(&output.stdout), text(&output.stderr));
        assert!(output.status.success() && said.contains(arn), "gennaker is not {arn}:\n{said}");
        let ours = self.keys("DescribeAutoScalingGroups");
        assert!(!ours.is_empty() && ours.iter().all(|one| one.starts_with(key)), "gennaker signs with {ours:?}");
        self.world.reset();
        let mut boto = Command::new(python());
        boto.args(["-c", BOTO]).env_clear().env("PATH", std::env::var_os("PATH").unwrap());
        boto.env("HOME", self.world.project.path());
        let output = boto.envs(self.environment.iter().map(|(name, value)| (name, value))).output().unwrap();
        let said = format!("{}{}", text(&output.stdout), text(&output.stderr));
        assert!(output.status.success() && said.contains(arn), "boto3 is not {arn}:\n{said}");
        let theirs = self.keys("DescribeAutoScalingGroups");
        assert!(!theirs.is_empty() && theirs.iter().all(|one| one.starts_with(key)), "boto3 signs with {theirs:?}");
    }

    /// Gennaker fails with these words, in a line that names the account.
    fn fails(&self, part: &str) {
        let output = self.check();
        let said = format!("{}{}", text(&output.stdout), text(&output.stderr));
        assert!(!output.status.success() && said.contains(part), "{part}:\n{said}");
        assert!(said.contains("'prod'"), "{said}");
    }
}

fn sources() -> Server {
    Server::script("credentials.py", |_| Vec::new())
}

#[test]
fn the_environment_comes_first() {
    let scene = Scene::new(&json!({}), &[("AWS_ACCESS_KEY_ID", "AKIAENV"), ("AWS_SECRET_ACCESS_KEY", "x")]);
    scene.write(".aws/credentials", "[default]\naws_access_key_id = AKIAFILE\naws_secret_access_key = x\n");
    scene.both_are("AKIAENV", "123456789012");
}

#[test]
fn roles_are_assumed_one_after_the_other_with_external_id_and_session_name() {
    let roles = json!([
        {"roleArn": "arn:aws:iam::123456789012:role/hub", "externalId": "x-1"},
        {"roleArn": "arn:aws:iam::210987654321:role/deployer", "sessionName": "ci-77"},
    ]);
    let scene =
        Scene::new(&json!({"assumeRole": roles}), &[("AWS_ACCESS_KEY_ID", "AKIAENV"), ("AWS_SECRET_ACCESS_KEY", "x")]);
    let output = scene.check();
    let said = format!("{}{}", text(&output.stdout), text(&output.stderr));
    assert!(said.contains("arn:aws:sts::210987654321:assumed-role/deployer/ci-77"), "{said}");
    let assumed: Vec<Value> = scene.world.asked().into_iter().filter(|call| call["action"] == "AssumeRole").collect();
    assert_eq!(assumed.len(), 2, "{assumed:?}");
    let hub = &assumed[0]["parameters"];
    assert_eq!((&assumed[0]["key"], &hub["ExternalId"]), (&json!("AKIAENV"), &json!("x-1")));
    assert_eq!(hub["RoleSessionName"], "gennaker");
    let deployer = &assumed[1];
    assert!(deployer["key"].as_str().unwrap().starts_with("ASIA"), "the first role assumes the second: {deployer}");
    assert_eq!(
        (&deployer["parameters"]["RoleSessionName"], &deployer["parameters"]["ExternalId"]),
        (&json!("ci-77"), &Value::Null)
    );
    assert!(scene.keys("DescribeAutoScalingGroups").iter().all(|key| key.starts_with("ASIA")));
}

#[test]
fn a_runs_session_carries_its_execution() {
    let account = json!({"accountId": "123456789012", "assumeRole": "role/deployer", "externalId": "x-2"});
    let scene = Scene::new(&account, &[("AWS_ACCESS_KEY_ID", "AKIAENV"), ("AWS_SECRET_ACCESS_KEY", "x")]);
    scene.world.deploy_pipeline(&json!({}));
    scene.world.reset();
    let output = scene.command(&["run", "deploy"]).output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    let (execution, _) = scene.world.project.executions().pop().unwrap();
    let assumed = scene.parameters("AssumeRole");
    assert_eq!(
        (&assumed["RoleSessionName"], &assumed["ExternalId"]),
        (&json!(format!("gennaker-{execution}")), &json!("x-2"))
    );
    assert_eq!(scene.keys("AssumeRole").len(), 1, "once for all calls");
}

#[test]
fn a_ci_systems_identity_is_exchanged_for_a_role() {
    let scene = Scene::new(
        &json!({}),
        &[("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/ci"), ("AWS_ROLE_SESSION_NAME", "job-12")],
    );
    let token = scene.write("token", "header.payload.signature");
    let mut scene = scene;
    scene.set(&[("AWS_WEB_IDENTITY_TOKEN_FILE", token.to_str().unwrap())]);
    scene.both_are("ASIA", "arn:aws:sts::123456789012:assumed-role/ci/job-12");
    let asked = scene.parameters("AssumeRoleWithWebIdentity");
    assert_eq!(asked["WebIdentityToken"], "header.payload.signature");
    std::fs::remove_file(&token).unwrap();
    scene.fails(&format!(
        "the token file {} (AWS_WEB_IDENTITY_TOKEN_FILE) cannot be read: No such file",
        token.display()
    ));
}

#[test]
fn a_container_asks_its_agent() {
    let sources = sources();
    let url = format!("{}/container", sources.url);
    let scene = Scene::new(
        &json!({}),
        &[("AWS_CONTAINER_CREDENTIALS_FULL_URI", &url), ("AWS_CONTAINER_AUTHORIZATION_TOKEN", TOKEN)],
    );
    scene.both_are("ASIACONTAINER", "123456789012");
    let wrong = Scene::new(
        &json!({}),
        &[("AWS_CONTAINER_CREDENTIALS_FULL_URI", &url), ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "wrong")],
    );
    wrong.fails("credentials");
}

#[test]
fn an_instance_asks_its_metadata_with_a_token() {
    let sources = sources();
    let scene = Scene::new(
        &json!({}),
        &[("AWS_EC2_METADATA_SERVICE_ENDPOINT", &sources.url), ("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "IPv4")],
    );
    scene.both_are("ASIAINSTANCE", "123456789012");
    let seen: Vec<String> = serde_json::from_str(&sources.curl(&["-X", "GET"], "/seen", b"")).unwrap();
    assert_eq!(seen.first().map(String::as_str), Some("/latest/api/token"), "{seen:?}");
}

#[test]
fn people_log_in_with_identity_center() {
    let sources = sources();
    let scene =
        Scene::new(&json!({"profile": "people"}), &[("AWS_ENDPOINT_URL_SSO", &sources.url), ("AWS_PROFILE", "people")]);
    scene.write(
        ".aws/config",
        "[profile people]\nregion = us-east-1\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = Deployer\n\
         [sso-session corp]\nsso_region = us-east-1\nsso_start_url = https://corp.awsapps.com/start\n",
    );
    // As 'aws sso login' leaves it: the file is named by the SHA-1 of the session's name.
    let cache = ".aws/sso/cache/38f1edcb6c9ed1b28bd8d7e9ce1df3f1b1ecf7ce.json";
    let digest = Command::new("sh").args(["-c", "printf corp | sha1sum | cut -d' ' -f1"]).output().unwrap();
    let cache = cache.replace("38f1edcb6c9ed1b28bd8d7e9ce1df3f1b1ecf7ce", text(&digest.stdout).trim());
    let login = |until: &str| json!({"startUrl": "https://corp.awsapps.com/start", "region": "us-east-1", "accessToken": TOKEN, "expiresAt": until});
    scene.write(&cache, &login("2099-01-01T00:00:00Z").to_string());
    scene.both_are("ASIAPORTAL", "123456789012");
    scene.write(&cache, &login("2020-01-01T00:00:00Z").to_string());
    scene.fails("log in with 'aws sso login'");
}

#[test]
fn a_profile_may_name_a_process() {
    let scene = Scene::new(&json!({"profile": "vault"}), &[("AWS_PROFILE", "vault")]);
    let answer = json!({"Version": 1, "AccessKeyId": "ASIAPROCESS", "SecretAccessKey": "x", "SessionToken": "t"});
    let program = scene.write("vault.sh", &format!("#!/bin/sh\necho '{answer}'\n"));
    let config = |command: &str| format!("[profile vault]\nregion = us-east-1\ncredential_process = {command}\n");
    scene.write(".aws/config", &config(&format!("sh {}", program.display())));
    scene.both_are("ASIAPROCESS", "123456789012");
    scene.write(".aws/config", &config("sh -c 'echo no such vault >&2; exit 3'"));
    scene.fails("credentials could not be got");
}

#[test]
fn a_profile_may_assume_a_role_with_another_profile() {
    let scene = Scene::new(&json!({"profile": "deployer"}), &[("AWS_PROFILE", "deployer")]);
    scene.write(
        ".aws/config",
        "[profile base]\naws_access_key_id = AKIABASE\naws_secret_access_key = x\n\
         [profile deployer]\nregion = us-east-1\nrole_arn = arn:aws:iam::123456789012:role/deployer\nsource_profile = base\n\
         external_id = x-3\nrole_session_name = laptop\n",
    );
    scene.both_are("ASIA", "arn:aws:sts::123456789012:assumed-role/deployer/laptop");
    let assumed = scene.parameters("AssumeRole");
    assert_eq!((&assumed["ExternalId"], &assumed["RoleSessionName"]), (&json!("x-3"), &json!("laptop")));
    assert_eq!(scene.keys("AssumeRole"), ["AKIABASE"]);
    scene.write(".aws/config", "[profile deployer]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = nobody\n");
    scene.fails("nobody");
}

#[test]
fn credentials_are_renewed_in_the_middle_of_a_run() {
    let sources = sources();
    // Renewed two minutes ahead: these are good for two seconds.
    let url = format!("{}/container?seconds=122", sources.url);
    let scene = Scene::new(
        &json!({}),
        &[("AWS_CONTAINER_CREDENTIALS_FULL_URI", &url), ("AWS_CONTAINER_AUTHORIZATION_TOKEN", TOKEN)],
    );
    scene.world.deploy_pipeline(&json!({}));
    let text_of = std::fs::read_to_string(scene.world.project.path().join("pipelines/deploy.yaml")).unwrap();
    let mut pipeline: Value = serde_json::from_str(&text_of).unwrap();
    let deploy = pipeline["stages"][0].clone();
    pipeline["stages"] = json!([
        {"name": "First", "type": "deploy", "refId": "1", "clusters": deploy["clusters"]},
        {"name": "Later", "type": "wait", "refId": "2", "requisiteStageRefIds": ["1"], "waitTime": 3},
        {"name": "Second", "type": "deploy", "refId": "3", "requisiteStageRefIds": ["2"], "clusters": deploy["clusters"]},
    ]);
    scene.write("pipelines/deploy.yaml", &pipeline.to_string());
    scene.world.reset();
    // AWS may also end them before their time: they are fetched again, and the call is made again.
    let ended = json!({"action": "CreateAutoScalingGroup", "code": "ExpiredToken", "status": 403,
        "message": "The security token included in the request is expired"});
    scene.world.order("fail", &ended);
    let output = scene.command(&["run", "deploy"]).output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    let keys = scene.keys("CreateAutoScalingGroup");
    assert_eq!(keys.len(), 3, "the first was refused: {keys:?}");
    assert!(keys[0] != keys[1] && keys[1] != keys[2], "{keys:?}");
    assert_eq!(scene.world.groups().as_object().unwrap().len(), 2);
}

#[test]
fn no_credentials_at_all_name_every_place_that_was_looked_at() {
    let scene = Scene::new(&json!({}), &[]);
    scene.fails("there are no credentials: none in the environment (AWS_ACCESS_KEY_ID), in profile 'default'");
}
