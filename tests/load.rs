//! Requests never fail while server groups are replaced under them: `wrk` against the load balancer during real
//! pipelines, with connections that are kept and with a connection for each request.

mod common;

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use common::{TestProject, eventually, text};

/// Requests that a test has to see answered before it believes that none fails.
const ENOUGH: u64 = 100_000;

/// One load at a time: side by side they would only measure how two cores are shared.
static ALONE: std::sync::Mutex<()> = std::sync::Mutex::new(());

/// A load balancer on a free port, and pipelines that deploy behind it.
struct Site {
    project: TestProject,
    address: String,
    version: u32,
}

impl Site {
    fn new(protocol: &str) -> Self {
        let project = TestProject::new();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        drop(listener);
        let strategies = [
            ("redblack", "scaleDown: true\n    maxRemainingAsgs: 2"),
            ("rollingredblack", "targetPercentages: [50, 100]"),
            ("highlander", "drainTimeout: 5"),
        ];
        for (strategy, more) in strategies {
            let document = format!(
                "name: {strategy}\napplication: shop\nspelEvaluator: v4\nparameters: {{version: \"1\"}}\nstages:\n\
                 - name: Listen\n  type: upsertLoadBalancer\n  loadBalancers:\n\
                 \x20 - {{name: shop, listen: \"{address}\", protocol: {protocol}}}\n\
                 - name: Deploy\n  type: deploy\n  needs: Listen\n  clusters:\n  - account: local\n    application: shop\n\
                 \x20   strategy: {strategy}\n    {more}\n    capacity: {{min: 2, max: 2, desired: 2}}\n\
                 \x20   loadBalancers: [shop]\n    command: exec \"$GENNAKER\" respond\n\
                 \x20   environment: {{BODY: \"${{parameters.version}}\", {}}}\n\
                 \x20   healthCheck: {{type: http, path: /health, interval: 50ms}}\n",
                project.mark_entry()
            );
            project.write(&format!("pipelines/{strategy}.yaml"), &document);
        }
        project.write(
            "pipelines/rollback.yaml",
            "name: rollback\napplication: shop\nstages:\n- name: Back\n  type: rollbackCluster\n\
             \x20 credentials: local\n  cloudProvider: local\n  cluster: shop\n  regions: [local]\n\
             \x20 targetHealthyRollbackPercentage: 100\n",
        );
        Self { project, address, version: 0 }
    }

    fn deploy(&mut self, strategy: &str) {
        self.version += 1;
        self.project.ok(&["run", strategy, "-p", &format!("version={}", self.version)]);
    }

    fn answer(&self) -> String {
        let output = Command::new("curl").args(["-s", &format!("http://{}/", self.address)]).output().unwrap();
        text(&output.stdout).trim().to_owned()
    }
}

/// A running `wrk`.
struct Load(Child);

impl Load {
    fn start(site: &Site, arguments: &[&str]) -> Self {
        let child = Command::new("wrk")
            .args(["-t1", "-d300s"]) // it ends by itself, should this test be killed
            .args(arguments)
            .arg(format!("http://{}/", site.address))
            .stdout(Stdio::piped())
            .spawn()
            .expect("wrk is installed by tests/run");
        Self(child)
    }

    /// Ends it as Ctrl-C would; gives the number of requests, after checking that none of them failed.
    fn finish(self, during: &str) -> u64 {
        let pid = self.0.id().to_string();
        assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
        let printed = text(&self.0.wait_with_output().unwrap().stdout);
        for failure in ["Socket errors", "Non-2xx"] {
            assert!(!printed.contains(failure), "requests failed during {during}:\n{printed}");
        }
        let requests = printed.lines().find_map(|line| line.trim().split_once(" requests in "));
        requests.unwrap_or_else(|| panic!("wrk counted nothing:\n{printed}")).0.parse().unwrap()
    }
}

/// Requests a second this machine answers while nothing is deployed.
fn requests_per_second(site: &Site, arguments: &[&str]) -> f64 {
    let (load, started) = (Load::start(site, arguments), Instant::now());
    std::thread::sleep(Duration::from_secs(2));
    let elapsed = started.elapsed();
    load.finish("quiet seconds") as f64 / elapsed.as_secs_f64()
}

/// Ten deployments in a row under one load, as far apart as it takes to see enough requests.
fn never_fails(protocol: &str, arguments: &[&str]) {
    let mut site = Site::new(protocol);
    site.deploy("redblack");
    eventually("the first version answers", || site.answer() == "1");
    let apart = Duration::from_secs_f64(2.0 * ENOUGH as f64 / requests_per_second(&site, arguments) / 10.0);
    let load = Load::start(&site, arguments);
    for round in 0..10 {
        let next = Instant::now() + apart;
        site.deploy(["redblack", "rollingredblack"][round % 2]);
        std::thread::sleep(next.saturating_duration_since(Instant::now()));
    }
    let requests = load.finish("red/black and rolling deployments");
    assert!(requests >= ENOUGH, "{requests} requests are too few to believe that none fails");
    assert_eq!(site.answer(), site.version.to_string());
    eprintln!("{protocol}: {requests} requests during ten deployments, 0 failed");
}

#[test]
fn kept_connections_see_no_failure_during_ten_deployments() {
    let _alone = ALONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    never_fails("http", &["-c16"]);
}

#[test]
fn a_connection_for_each_request_sees_no_failure_during_ten_deployments() {
    let _alone = ALONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    never_fails("tcp", &["-c8", "-H", "Connection: close"]);
}

#[test]
fn highlander_and_rollback_lose_no_request() {
    let _alone = ALONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let mut site = Site::new("http");
    site.deploy("highlander");
    site.deploy("redblack");
    let load = Load::start(&site, &["-c8"]);
    for _ in 0..3 {
        site.deploy("highlander");
        site.deploy("redblack");
        let before = site.version - 1;
        site.project.ok(&["run", "rollback"]);
        eventually("the version before answers", || site.answer() == before.to_string());
    }
    let requests = load.finish("highlander deployments and rollbacks");
    assert!(requests > 1000, "{requests} requests prove little");
}
