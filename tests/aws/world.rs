//! An AWS with a network, a target group behind a balancer, a classic balancer and two images; and a project for it.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};

use crate::common::{TestProject, text};

/// Sets the scene, and looks at it from outside: nothing of ours is in between.
const BOTO: &str = r#"
import json, sys, boto3
from botocore.config import Config
url = sys.argv[1]
more = dict(endpoint_url=url, region_name="us-east-1", aws_access_key_id="AKIASETUP", aws_secret_access_key="x",
            config=Config(retries={"max_attempts": 1}))
ec2, asg, v2, v1 = [boto3.client(name, **more) for name in ("ec2", "autoscaling", "elbv2", "elb")]
client = lambda name: boto3.client(name, **more)


def answer(words):
    if words[0] == "scene":
        subnets = ec2.describe_subnets()["Subnets"]
        vpc = subnets[0]["VpcId"]
        group = v2.create_target_group(Name="web", Protocol="HTTP", Port=80, VpcId=vpc)["TargetGroups"][0]["TargetGroupArn"]
        two = [subnet["SubnetId"] for subnet in subnets[:2]]
        front = v2.create_load_balancer(Name="front", Subnets=two)["LoadBalancers"][0]["LoadBalancerArn"]
        v2.create_listener(LoadBalancerArn=front, Protocol="HTTP", Port=80,
                           DefaultActions=[{"Type": "forward", "TargetGroupArn": group}])
        v1.create_load_balancer(LoadBalancerName="old", Subnets=two,
                                Listeners=[{"Protocol": "http", "LoadBalancerPort": 80, "InstancePort": 80}])
        ec2.create_tags(Resources=two, Tags=[{"Key": "immutable_metadata", "Value": json.dumps({"purpose": "internal"})}])
        ec2.create_security_group(GroupName="web", Description="web", VpcId=vpc)
        for name in ("web-1", "web-2"):
            one = ec2.run_instances(ImageId="ami-12c6146b", MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
            ec2.create_image(InstanceId=one, Name=name)
            ec2.terminate_instances(InstanceIds=[one])
        other = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
        v2.create_target_group(Name="elsewhere", Protocol="HTTP", Port=80, VpcId=other)
    elif words[0] == "groups":
        found = {}
        for one in asg.describe_auto_scaling_groups()["AutoScalingGroups"]:
            targets = [t for arn in one.get("TargetGroupARNs", [])
                       for t in v2.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]]
            ids = [i["InstanceId"] for i in one["Instances"]]
            mine = [t["TargetHealth"]["State"] for t in targets if t["Target"]["Id"] in ids]
            classic = [i["InstanceId"] for name in one.get("LoadBalancerNames", [])
                       for i in v1.describe_instance_health(LoadBalancerName=name)["InstanceStates"]]
            template = one.get("LaunchTemplate") or one["MixedInstancesPolicy"]["LaunchTemplate"]["LaunchTemplateSpecification"]
            if words[1:] == ["sizes"]:
                found[one["AutoScalingGroupName"]] = [one["MinSize"], one["DesiredCapacity"], one["MaxSize"]]
                continue
            data = ec2.describe_launch_template_versions(LaunchTemplateId=template["LaunchTemplateId"],
                Versions=[template["Version"]])["LaunchTemplateVersions"][0]["LaunchTemplateData"]
            image = ec2.describe_images(ImageIds=[data["ImageId"]])["Images"][0]["Name"]
            found[one["AutoScalingGroupName"]] = {
                "size": [one["MinSize"], one["DesiredCapacity"], one["MaxSize"]],
                "instances": len(ids),
                "healthy": mine.count("healthy"),
                "classic": len([i for i in classic if i in ids]),
                "suspended": sorted(p["ProcessName"] for p in one["SuspendedProcesses"]),
                "image": image,
                "type": data.get("InstanceType"),
                "zones": len({i["AvailabilityZone"] for i in one["Instances"]}),
                "tags": {t["Key"]: t["Value"] for t in one["Tags"]},
                "data": json.loads(json.dumps(data, default=str)),
                "subnets": one["VPCZoneIdentifier"].split(","),
                "ids": ids,
            }
        return found
    elif words[0] == "templates":
        return sorted(one["LaunchTemplateName"] for one in ec2.describe_launch_templates()["LaunchTemplates"])
    elif words[0] == "eval":
        return eval(words[1])


for line in sys.stdin:
    try:
        said = {"answer": answer(json.loads(line))}
    except Exception as error:
        said = {"error": repr(error)}
    print(json.dumps(said, default=str), flush=True)
"#;

/// Where the Python of the stand-in is: `GENNAKER_AWS_PYTHON`, or what tests/run installed.
pub(crate) fn python() -> PathBuf {
    std::env::var_os("GENNAKER_AWS_PYTHON")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("target/moto/bin/python"), PathBuf::from)
}

/// boto3 in a process of its own, which answers line by line: importing it takes as long as twenty looks.
struct Boto {
    process: Child,
    answers: BufReader<ChildStdout>,
}

impl Boto {
    fn start(url: &str) -> Self {
        let mut process = Command::new(python())
            .args(["-c", BOTO, url])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("tests/run installs boto3");
        let answers = BufReader::new(process.stdout.take().unwrap());
        Self { process, answers }
    }

    fn ask(&mut self, words: &Value) -> Value {
        writeln!(self.process.stdin.as_mut().unwrap(), "{words}").unwrap();
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }
}

/// The stand-in, a project with an account for it, and what may be asked of both.
pub(crate) struct World {
    pub(crate) project: TestProject,
    server: Mutex<Child>,
    boto: Mutex<Boto>,
    pub(crate) url: String,
}

impl Drop for World {
    fn drop(&mut self) {
        // A failed look may have left either in disorder.
        let mut server = self.server.lock().unwrap_or_else(PoisonError::into_inner);
        let mut boto = self.boto.lock().unwrap_or_else(PoisonError::into_inner);
        for process in [&mut *server, &mut boto.process] {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

impl World {
    /// Instances take a fifth of a second to boot, to be healthy, and to drain.
    pub(crate) fn new() -> Self {
        Self::with(&[("FM_BOOT", "0.2"), ("FM_HEALTH", "0.2"), ("FM_DRAIN", "0.3"), ("FM_DELETE", "0.2")])
    }

    pub(crate) fn with(times: &[(&str, &str)]) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/servers/aws/server.py");
        let log = tempfile::tempfile().unwrap();
        let mut process = Command::new(python())
            .arg(script)
            .envs(times.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .expect("tests/run installs moto and boto3");
        let mut port = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut port).unwrap();
        let url = format!("http://127.0.0.1:{}", port.trim());
        let boto = Mutex::new(Boto::start(&url));
        let world = Self { project: TestProject::new(), server: Mutex::new(process), boto, url };
        world.boto(&["scene"]);
        world.reset();
        world.configure(&json!({}));
        world
    }

    /// Writes the project's account, with these settings over the usual ones.
    pub(crate) fn configure(&self, more: &Value) {
        let account = self.account(more);
        self.project.write("gennaker.yaml", &json!({"accounts": {"prod": account}}).to_string());
    }

    /// The account's settings.
    pub(crate) fn account(&self, more: &Value) -> Value {
        let mut account = json!({
            "provider": "aws", "regions": ["us-east-1", "us-west-2"], "endpoint": self.url, "accessKeyId": "AKIATEST",
            "secretAccessKey": "x", "pollInterval": "100ms", "settleTime": 0,
        });
        account.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        account.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        account
    }

    /// Writes a pipeline of these stages.
    pub(crate) fn pipeline(&self, name: &str, stages: &Value) {
        let pipeline = json!({
            "name": name, "application": "shop", "spelEvaluator": "v4", "parameters": {"image": "web-1"}, "stages": stages,
        });
        self.project.write(&format!("pipelines/{name}.yaml"), &pipeline.to_string());
    }

    /// Writes a pipeline `deploy` of one cluster, with these keys over the usual ones.
    pub(crate) fn deploy_pipeline(&self, more: &Value) {
        let mut cluster = json!({
            "account": "prod", "application": "shop", "stack": "prod", "strategy": "redblack", "region": "us-east-1",
            "capacity": {"min": 3, "max": 3, "desired": 3}, "amiName": "${parameters.image}", "instanceType": "t3.small",
            "securityGroups": ["web"], "targetGroups": ["web"], "tags": {"team": "shop"},
        });
        cluster.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        cluster.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        self.pipeline("deploy", &json!([{"name": "Deploy", "type": "deploy", "clusters": [cluster]}]));
    }

    pub(crate) fn deploy(&self, image: &str) -> String {
        let output = self.run(&["run", "deploy", "-p", &format!("image={image}")]);
        let said = text(&output.stderr);
        assert!(output.status.success(), "{said}");
        said
    }

    pub(crate) fn run(&self, args: &[&str]) -> Output {
        self.project.run(args)
    }

    /// Runs a pipeline that must succeed; what it said.
    pub(crate) fn run_ok(&self, name: &str) -> String {
        let output = self.run(&["run", name]);
        let said = text(&output.stderr);
        assert!(output.status.success(), "{said}");
        said
    }

    /// Runs a pipeline that must fail; what it said.
    pub(crate) fn run_fails(&self, name: &str) -> String {
        let output = self.run(&["run", name]);
        assert!(!output.status.success(), "{}", text(&output.stderr));
        text(&output.stderr)
    }

    pub(crate) fn boto(&self, words: &[&str]) -> Value {
        let mut boto = self.boto.lock().unwrap();
        let said = boto.ask(&json!(words));
        assert!(said.get("error").is_none(), "{words:?}: {said}");
        said["answer"].clone()
    }

    /// What boto3 sees of the groups.
    pub(crate) fn groups(&self) -> Value {
        self.boto(&["groups"])
    }

    /// Their sizes, whether their templates are there or not.
    pub(crate) fn groups_without_templates(&self) -> Value {
        self.boto(&["groups", "sizes"])
    }

    /// A value boto3 answers; `ec2`, `asg`, `v2` and `v1` are its clients.
    pub(crate) fn eval(&self, expression: &str) -> Value {
        self.boto(&["eval", expression])
    }

    /// Writes a pipeline `example` of the first YAML block below a heading of docs/aws.md.
    pub(crate) fn example(&self, heading: &str) {
        let docs = include_str!("../../docs/aws.md");
        let (_, section) = docs.split_once(&format!("\n## {heading}\n")).expect("a heading of docs/aws.md");
        let block = section.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next()).expect("an example");
        let stages: Value = serde_yaml::from_str(block).unwrap();
        self.pipeline("example", &stages);
    }

    fn curl(&self, word: &str, body: Option<&Value>) -> Value {
        let mut command = Command::new("curl");
        command.args(["-sS", "--max-time", "10"]).arg(format!("{}/_test/{word}", self.url));
        if body.is_some() {
            command.args(["-X", "POST", "--data-binary", "@-"]);
        }
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let body = body.map(ToString::to_string).unwrap_or_default();
        child.stdin.take().unwrap().write_all(body.as_bytes()).unwrap();
        serde_json::from_slice(&child.wait_with_output().unwrap().stdout).unwrap()
    }

    /// An order to the stand-in, see server.py.
    pub(crate) fn order(&self, word: &str, body: &Value) {
        self.curl(word, Some(body));
    }

    pub(crate) fn reset(&self) {
        self.order("reset", &json!({}));
    }

    /// Calls since the last reset by service and action.
    pub(crate) fn calls(&self) -> Value {
        self.curl("calls", None)
    }

    /// Action, signing key and parameters of each call since the last reset.
    pub(crate) fn asked(&self) -> Vec<Value> {
        self.curl("asked", None).as_array().unwrap().clone()
    }

    pub(crate) fn throttled(&self) -> u64 {
        self.curl("throttled", None).as_u64().unwrap()
    }

    /// Every request was one that AWS's own description of its APIs allows.
    pub(crate) fn assert_contract(&self) {
        assert_eq!(self.curl("violations", None), json!([]));
    }
}
