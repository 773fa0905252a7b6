//! The cluster of the tests: a real control plane of their own (`tests/servers/kubernetes`), or the one that
//! `GENNAKER_TEST_KUBECONFIG` names. Each test has a namespace of its own in it.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::common::{TestProject, text};

/// A control plane, shared by the tests of one binary.
pub struct Cluster {
    /// Kubeconfig of somebody who may do everything.
    pub admin: PathBuf,
    /// Whether pods are those of the stand-in for the kubelet, which does what images and annotations ask.
    pub stands_in: bool,
    folder: PathBuf,
    tools: PathBuf,
    /// Its servers end when this does: with the process.
    _servers: Option<Child>,
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/servers/kubernetes").join(name)
}

fn last_line(output: &Output) -> String {
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout).lines().last().unwrap_or_default().to_owned()
}

/// The cluster of this process.
pub fn cluster() -> &'static Cluster {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    CLUSTER.get_or_init(|| {
        let tools = last_line(&Command::new(script("tools.sh")).output().unwrap()).into();
        let folder = tempfile::Builder::new().prefix("gennaker-kubernetes-").tempdir().unwrap().keep();
        if let Some(admin) = std::env::var_os("GENNAKER_TEST_KUBECONFIG") {
            let cluster = Cluster { admin: admin.into(), stands_in: false, folder, tools, _servers: None };
            eprintln!("tests run against {}", cluster.kubectl(&["version"]).lines().last().unwrap_or_default());
            cluster.bring_definitions();
            return cluster;
        }
        Cluster::start(folder, tools)
    })
}

impl Cluster {
    /// A control plane of its own; it ends with the process, or before when this is dropped.
    pub fn own() -> Self {
        let folder = tempfile::Builder::new().prefix("gennaker-kubernetes-").tempdir().unwrap().keep();
        Self::start(folder, cluster().tools.clone())
    }

    fn start(folder: PathBuf, tools: PathBuf) -> Self {
        let mut servers = Command::new(script("up.sh"))
            .arg(&folder)
            .arg("--until-stdin-ends")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(servers.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert!(!line.is_empty(), "the control plane did not come up");
        let admin = folder.join("kubeconfig-admin");
        let cluster = Self { admin, stands_in: true, folder, tools, _servers: Some(servers) };
        cluster.bring_definitions();
        cluster
    }

    /// Applies the definitions of routes that are not there: a true cluster may have its own.
    fn bring_definitions(&self) {
        let there = self.kubectl(&["get", "customresourcedefinitions", "-o", "name"]);
        let all = std::fs::read_to_string(script("crds.yaml")).unwrap();
        let is_there = |document: &str| {
            let name = document.split("metadata: {name: ").nth(1).and_then(|rest| rest.split([',', '}']).next());
            name.is_some_and(|name| there.lines().any(|line| line.ends_with(&format!("/{name}"))))
        };
        let missing: Vec<&str> = all.split("\n---\n").filter(|document| !is_there(document)).collect();
        if !missing.is_empty() {
            self.apply(&missing.join("\n---\n"));
        }
    }

    /// Sends a signal to one of its servers: `kube-apiserver`.
    pub fn signal(&self, server: &str, signal: &str) {
        let process = std::fs::read_to_string(self.folder.join("pid").join(server)).unwrap();
        assert!(Command::new("kill").args([&format!("-{signal}"), process.trim()]).status().unwrap().success());
    }

    /// `kubectl` as its administrator.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(self.tools.join("kubectl-1.28"));
        command.arg("--kubeconfig").arg(&self.admin).args(args).env("HOME", &self.folder);
        command
    }

    /// What `kubectl` writes; it must succeed.
    pub fn kubectl(&self, args: &[&str]) -> String {
        let output = self.command(args).output().unwrap();
        assert!(output.status.success(), "kubectl {args:?}: {}", text(&output.stderr));
        text(&output.stdout)
    }

    /// A folder for the `PATH` that has one of the tests' programs under this name.
    pub fn tools_as(&self, space: &Space, name: &str, program: &str) -> String {
        let folder = space.project.path().join("bin");
        std::fs::create_dir_all(&folder).unwrap();
        let _ = std::os::unix::fs::symlink(self.tools.join(program), folder.join(name));
        folder.display().to_string()
    }

    /// Applies manifests as somebody else would.
    pub fn apply(&self, manifests: &str) {
        let mut child =
            self.command(&["apply", "-f", "-"]).stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(manifests.as_bytes()).unwrap();
        assert!(child.wait().unwrap().success(), "kubectl apply of {manifests}");
    }

    /// The cluster of the kubeconfig, as another one would name it; its certificate is in it.
    pub fn entry(&self) -> Value {
        let text = self.kubectl(&["config", "view", "--raw", "--minify", "--flatten", "-o", "json"]);
        serde_json::from_str::<Value>(&text).unwrap()["clusters"][0]["cluster"].clone()
    }

    /// A file of the tests' own cluster: `ca.crt`, `server.key`.
    pub fn pki(&self, name: &str) -> String {
        self.folder.join("pki").join(name).display().to_string()
    }

    /// Kubeconfig of `readonly`, `limited` or `certificate`, who exist in the tests' own cluster.
    pub fn kubeconfig_of(&self, name: &str) -> PathBuf {
        self.folder.join(format!("kubeconfig-{name}"))
    }
}

/// A project and a namespace that nobody else has.
pub struct Space {
    pub project: TestProject,
    pub namespace: String,
    pub cluster: &'static Cluster,
}

/// An execution that has ended.
pub struct Ran {
    pub code: Option<i32>,
    pub said: String,
    pub execution: Value,
}

impl Space {
    pub fn new() -> Self {
        Self::on(cluster())
    }

    pub fn on(cluster: &'static Cluster) -> Self {
        let namespace = format!("t-{}", ulid::Ulid::generate().to_string().to_lowercase());
        cluster.kubectl(&["create", "namespace", &namespace]);
        let project = TestProject::new();
        let space = Self { project, namespace, cluster };
        space.configure(&json!({}));
        space
    }

    /// Writes the settings: account `k8s` with these more, and `readonly` and `limited`.
    pub fn configure(&self, more: &Value) {
        let account = |file: PathBuf, more: &Value| {
            let mut account = json!({"provider": "kubernetes", "kubeconfigFile": file, "namespace": self.namespace, "rolloutTolerance": 2});
            account.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            account
        };
        let admin = &self.cluster.admin;
        let mut accounts =
            json!({"k8s": account(admin.clone(), more), "my-kubernetes-account": account(admin.clone(), &json!({}))});
        // A cluster that is given has no other users that the tests know.
        if self.cluster.stands_in {
            for (name, more) in
                [("readonly", json!({})), ("certificate", json!({})), ("limited", json!({"namespaces": ["limited"]}))]
            {
                accounts[name] = account(self.cluster.kubeconfig_of(name), &more);
            }
        }
        let settings = json!({"application": "shop", "accounts": accounts});
        self.project.write("gennaker.yaml", &settings.to_string());
    }

    /// Lets accounts use a kubeconfig of this user; the cluster is as it is, but for this.
    pub fn log_in(&self, user: &Value, more: &Value) -> PathBuf {
        let mut cluster = self.cluster.entry();
        cluster.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let kubeconfig = json!({"apiVersion": "v1", "kind": "Config", "current-context": "c",
            "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
            "clusters": [{"name": "c", "cluster": cluster}], "users": [{"name": "u", "user": user}]});
        let file = self.project.write("kubeconfig.json", &kubeconfig.to_string());
        self.configure(&json!({"kubeconfigFile": file}));
        file
    }

    /// Makes a service account that may edit this namespace.
    pub fn service_account(&self, name: &str) {
        self.kubectl(&["create", "serviceaccount", name]);
        let account = format!("--serviceaccount={}:{name}", self.namespace);
        self.kubectl(&["create", "rolebinding", name, "--clusterrole=edit", &account]);
    }

    pub fn kubectl(&self, args: &[&str]) -> String {
        let mut all = vec!["-n", self.namespace.as_str()];
        all.extend(args);
        self.cluster.kubectl(&all)
    }

    /// An object, or null.
    pub fn get(&self, kind: &str, name: &str) -> Value {
        let text = self.kubectl(&["get", kind, name, "-o", "json", "--ignore-not-found"]);
        if text.trim().is_empty() { Value::Null } else { serde_json::from_str(&text).unwrap() }
    }

    /// Names of objects of a kind, sorted.
    pub fn names(&self, kind: &str) -> Vec<String> {
        let text = self.kubectl(&["get", kind, "-o", "jsonpath={range .items[*]}{.metadata.name}{'\\n'}{end}"]);
        text.lines()
            .map(str::to_owned)
            .filter(|name| name != "kube-root-ca.crt" && !name.starts_with("default-token"))
            .collect()
    }

    /// Names of the pods a service sends to, when it sends to as many as this.
    pub fn behind(&self, service: &str, count: usize) -> Vec<String> {
        let mut found = Vec::new();
        let path = "jsonpath={range .subsets[*].addresses[*]}{.targetRef.name}{'\\n'}{end}";
        self.until(&format!("{count} pods being behind {service}"), || {
            found = self.kubectl(&["get", "endpoints", service, "-o", path]).lines().map(str::to_owned).collect();
            found.len() == count
        });
        found
    }

    /// Waits at most 20 seconds.
    pub fn until(&self, what: &str, mut check: impl FnMut() -> bool) {
        let started = Instant::now();
        while !check() {
            assert!(started.elapsed() < Duration::from_secs(20), "{what} did not come true");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Writes a pipeline of these stages, one after the other.
    pub fn write(&self, name: &str, stages: &[Value]) {
        let mut stages = stages.to_vec();
        for (index, stage) in stages.iter_mut().enumerate() {
            stage["refId"] = index.to_string().into();
            stage["requisiteStageRefIds"] = if index == 0 { json!([]) } else { json!([(index - 1).to_string()]) };
        }
        let pipeline = json!({"name": name, "application": "shop", "spelEvaluator": "v4", "stages": stages});
        self.project.write(&format!("pipelines/{name}.json"), &pipeline.to_string());
    }

    /// Runs a pipeline of these stages.
    pub fn run(&self, stages: &[Value]) -> Ran {
        self.run_with(stages, &[])
    }

    pub fn run_with(&self, stages: &[Value], more: &[&str]) -> Ran {
        self.write("test", stages);
        let mut args = vec!["run", "pipelines/test.json"];
        args.extend(more);
        let output = self.project.run(&args);
        self.ended(&output)
    }

    /// The newest execution, which a command has just ended.
    pub fn ended(&self, output: &Output) -> Ran {
        let id = self.project.executions().pop().unwrap_or_else(|| panic!("nothing ran: {}", text(&output.stderr))).0;
        let execution = serde_json::from_str(&self.project.ok(&["history", "show", "-o", "json", &id])).unwrap();
        Ran { code: output.status.code(), said: text(&output.stderr), execution }
    }
}

impl Drop for Space {
    fn drop(&mut self) {
        let _ = self.cluster.command(&["delete", "namespace", &self.namespace, "--wait=false"]).output();
    }
}

impl Ran {
    /// It must have succeeded.
    pub fn ok(self) -> Self {
        assert_eq!(self.execution["status"], "SUCCEEDED", "{}", self.said);
        assert_eq!(self.code, Some(0), "{}", self.said);
        self
    }

    /// It must have failed, saying this.
    pub fn fails(self, part: &str) -> Self {
        assert_eq!(self.execution["status"], "TERMINAL", "{}", self.said);
        assert!(self.said.contains(part), "no '{part}' in\n{}", self.said);
        self
    }

    /// The first stage of this name.
    pub fn stage(&self, name: &str) -> &Value {
        let stages = self.execution["stages"].as_array().unwrap();
        stages.iter().find(|stage| stage["name"] == name).unwrap_or_else(|| panic!("no stage '{name}' in {stages:#?}"))
    }

    /// A value of a stage's outputs.
    pub fn output(&self, stage: &str, key: &str) -> &Value {
        &self.stage(stage)["outputs"][key]
    }

    /// Kinds of the stages that ran, synthetic ones included.
    pub fn kinds(&self) -> Vec<&str> {
        self.execution["stages"].as_array().unwrap().iter().map(|stage| stage["type"].as_str().unwrap()).collect()
    }
}
