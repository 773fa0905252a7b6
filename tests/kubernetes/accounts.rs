//! How accounts prove who they are: exec plugins, service accounts, tokens, certificates, impersonation; and proxies.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::cluster::{Ran, Space};
use crate::common::text;
use crate::manifests::{config_map, deploy_with};
use crate::servers::Server;

fn plain(name: &str) -> Value {
    deploy_with(&[config_map(name, "a")], json!({"versioned": false}))
}

fn wait(seconds: u32) -> Value {
    json!({"type": "wait", "name": "Wait", "waitTime": seconds})
}

fn has(space: &Space, name: &str) -> bool {
    space.names("configmaps").iter().any(|found| found == name)
}

fn says(ran: &Ran, parts: &[&str]) {
    assert_eq!(ran.execution["status"], "TERMINAL", "{}", ran.said);
    for part in parts {
        assert!(ran.said.contains(part), "no '{part}' in\n{}", ran.said);
    }
}

/// An exec plugin: it counts its runs, keeps what it was asked, and writes what the file `credential` says.
struct Plugin {
    path: PathBuf,
}

impl Plugin {
    fn new(space: &Space) -> Self {
        let script =
            "#!/bin/sh\necho run >> \"$0.runs\"\nprintf %s \"$KUBERNETES_EXEC_INFO\" > \"$0.asked\"\n. \"$0.answer\"\n";
        let path = space.project.write("plugin", script);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        Self { path }
    }

    fn beside(&self, end: &str) -> PathBuf {
        PathBuf::from(format!("{}.{end}", self.path.display()))
    }

    /// Sets what it does: lines of a shell.
    fn answers(&self, lines: &str) {
        fs::write(self.beside("answer"), lines).unwrap();
    }

    fn gives(&self, version: &str, status: &Value) {
        let credential = json!({"apiVersion": format!("client.authentication.k8s.io/{version}"), "kind": "ExecCredential", "status": status});
        self.answers(&format!("cat <<'END'\n{credential}\nEND\n"));
    }

    fn runs(&self) -> usize {
        fs::read_to_string(self.beside("runs")).unwrap_or_default().lines().count()
    }

    fn asked(&self) -> Value {
        serde_json::from_str(&fs::read_to_string(self.beside("asked")).unwrap()).unwrap()
    }

    fn user(&self, version: &str) -> Value {
        json!({"exec": {"apiVersion": format!("client.authentication.k8s.io/{version}"), "command": self.path,
            "provideClusterInfo": true, "interactiveMode": "IfAvailable"}})
    }
}

/// A token of a service account that may edit the space's namespace.
fn token(space: &Space, name: &str) -> String {
    space.service_account(name);
    space.kubectl(&["create", "token", name]).trim().to_owned()
}

#[test]
fn exec_plugins_of_both_versions_give_tokens_once_for_a_run() {
    let space = Space::new();
    let token = token(&space, "robot");
    for version in ["v1beta1", "v1"] {
        let plugin = Plugin::new(&space);
        plugin.gives(version, &json!({"token": token, "expirationTimestamp": "2100-01-01T00:00:00Z"}));
        space.log_in(&plugin.user(version), &json!({}));
        let before = plugin.runs();
        space.run(&[plain(&format!("by-{version}"))]).ok();
        assert!(has(&space, &format!("by-{version}")));
        assert_eq!(plugin.runs() - before, 1, "one run asks it once");
        let asked = plugin.asked();
        assert_eq!(asked["apiVersion"], format!("client.authentication.k8s.io/{version}"));
        assert_eq!(asked["spec"]["interactive"], false);
        assert_eq!(asked["spec"]["cluster"]["server"], space.cluster.entry()["server"]);
    }
}

#[test]
fn exec_plugins_are_asked_again_before_their_token_ends() {
    let space = Space::new();
    let token = token(&space, "robot");
    let plugin = Plugin::new(&space);
    // It is renewed a minute before its end, or when half of a shorter life is over.
    plugin.answers(&format!(
        "end=$(date -u -d '+10 seconds' +%Y-%m-%dT%H:%M:%SZ)\necho '{{\"apiVersion\":\"client.authentication.k8s.io/v1\",\
         \"status\":{{\"token\":\"{token}\",\"expirationTimestamp\":\"'$end'\"}}}}'\n"
    ));
    space.log_in(&plugin.user("v1"), &json!({}));
    space.run(&[plain("first"), wait(7), plain("second")]).ok();
    assert!(has(&space, "second"));
    assert_eq!(plugin.runs(), 2);
}

#[test]
fn exec_plugins_are_asked_again_when_their_token_is_refused() {
    let space = Space::new();
    space.service_account("robot");
    space.kubectl(&["create", "secret", "generic", "bound"]);
    let bound = space.kubectl(&["create", "token", "robot", "--bound-object-kind=Secret", "--bound-object-name=bound"]);
    let plugin = Plugin::new(&space);
    plugin.gives("v1", &json!({"token": bound.trim()}));
    space.log_in(&plugin.user("v1"), &json!({}));
    // API servers believe a token for ten seconds more.
    space.write("test", &[plain("first"), wait(15), plain("second")]);
    let mut running = space.project.start(&mut space.project.command(&["run", "pipelines/test.json"]));
    space.until("the first being there", || has(&space, "first"));
    space.kubectl(&["delete", "secret", "bound"]);
    let fresh = space.kubectl(&["create", "token", "robot"]);
    plugin.gives("v1", &json!({"token": fresh.trim()}));
    space.until("the second being there", || !running.is_running());
    let (code, said) = running.end();
    assert_eq!(code, 0, "{said}");
    assert!(has(&space, "second"));
    assert_eq!(plugin.runs(), 2);
}

#[test]
fn exec_plugins_give_certificates() {
    let space = Space::new();
    if !space.cluster.stands_in {
        return;
    }
    let read = |name: &str| fs::read_to_string(space.cluster.pki(name)).unwrap();
    let plugin = Plugin::new(&space);
    plugin.gives("v1", &json!({"clientCertificateData": read("client.crt"), "clientKeyData": read("client.key")}));
    space.log_in(&plugin.user("v1"), &json!({}));
    space.run(&[plain("certified")]).ok();
    assert_eq!(plugin.runs(), 1);
}

#[test]
fn exec_plugins_that_fail_are_named_with_what_they_wrote() {
    let space = Space::new();
    let plugin = Plugin::new(&space);
    plugin.answers("echo 'your session has ended: log in' >&2\nexit 255\n");
    space.log_in(&plugin.user("v1"), &json!({}));
    says(
        &space.run(&[plain("a")]),
        &[
            "account 'k8s'",
            &format!("exec plugin '{}' failed", plugin.path.display()),
            "your session has ended: log in",
        ],
    );
    let user = json!({"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "no-such-plugin",
        "installHint": "install no-such-plugin from its vendor"}});
    space.log_in(&user, &json!({}));
    says(&space.run(&[plain("a")]), &["exec plugin 'no-such-plugin' does not start", "from its vendor"]);
}

#[test]
fn a_pod_uses_its_own_service_account() {
    let space = Space::new();
    let token = token(&space, "robot");
    let entry = space.cluster.entry();
    let server = entry["server"].as_str().unwrap().trim_start_matches("https://").trim_end_matches('/');
    let (host, port) = server.rsplit_once(':').unwrap_or((server, "443"));
    let authority = entry["certificate-authority-data"].as_str().unwrap();
    let settings =
        json!({"application": "shop", "accounts": {"k8s": {"provider": "kubernetes", "serviceAccount": true}}});
    space.project.write("gennaker.yaml", &settings.to_string());
    space.project.write("pod/token", &token);
    space.project.write("pod/namespace", &space.namespace);
    space.project.write("pod/ca.base64", authority);
    space.write("test", &[plain("own")]);
    // Kubelets put it where no setting can move it to: a mount of this process alone.
    let place = "/run/secrets/kubernetes.io/serviceaccount";
    let script = format!(
        "mount -t tmpfs none /run && mkdir -p {place} && cp pod/* {place} && base64 -d pod/ca.base64 > {place}/ca.crt && exec \"$@\""
    );
    let inner = space.project.command(&["run", "pipelines/test.json"]);
    let mut command = Command::new("unshare");
    command
        .args(["--mount", "--map-root-user", "sh", "-c", &script, "sh"])
        .arg(inner.get_program())
        .args(inner.get_args());
    command.current_dir(space.project.path()).env_clear();
    command.envs(inner.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.env("KUBERNETES_SERVICE_HOST", host).env("KUBERNETES_SERVICE_PORT", port);
    let ran = space.ended(&command.output().unwrap()).ok();
    assert!(has(&space, "own"), "{}", ran.said);
    assert_eq!(space.get("configmap", "own")["metadata"]["namespace"], space.namespace);
    // Elsewhere there is none.
    says(&space.run(&[plain("a")]), &["account 'k8s'", "KUBERNETES_SERVICE_HOST", "works in a pod only"]);
}

#[test]
fn accounts_act_as_somebody_else() {
    let space = Space::new();
    let text = space.cluster.kubectl(&["config", "view", "--raw", "--minify", "--flatten", "-o", "json"]);
    let mut user = serde_json::from_str::<Value>(&text).unwrap()["users"][0]["user"].clone();
    user["as"] = "jane".into();
    user["as-groups"] = json!(["interns"]);
    space.log_in(&user, &json!({}));
    says(&space.run(&[plain("a")]), &["configMap a", "\"jane\" cannot", "configmaps", "account check"]);
    let checked = space.project.run(&["account", "check", "k8s"]);
    assert!(
        (crate::common::text(&checked.stdout) + &crate::common::text(&checked.stderr)).contains("may do"),
        "{checked:?}"
    );
    space.kubectl(&["create", "rolebinding", "interns", "--clusterrole=edit", "--group=interns"]);
    space.until("the binding being known", || space.run(&[plain("a")]).execution["status"] == "SUCCEEDED");
}

#[test]
fn tokens_come_from_files_and_clusters_through_proxies() {
    let space = Space::new();
    let file = space.project.write("token", &token(&space, "robot"));
    let proxy = Server::tinyproxy();
    space.log_in(&json!({"tokenFile": file}), &json!({"proxy-url": proxy.url}));
    space.run(&[plain("through")]).ok();
    assert!(has(&space, "through"));
    let requests = fs::read_to_string(proxy.folder().join("requests")).unwrap();
    assert!(requests.contains("CONNECT"), "{requests}");
    drop(proxy);
    space.log_in(&json!({"tokenFile": file}), &json!({"proxy-url": "http://127.0.0.1:9"}));
    let mut stage = plain("a");
    stage["stageTimeoutMs"] = 5_000.into();
    says(&space.run(&[stage]), &["the API server does not answer", "proxy"]);
}

/// A certificate of the cluster's authority for this subject, made on that day to last for another.
pub fn certificate(space: &Space, name: &str, subject: &str, extension: &str, day: &str) -> (String, String) {
    let at = |end: &str| space.project.path().join(format!("{name}.{end}")).display().to_string();
    let (authority, authority_key) = (space.cluster.pki("ca.crt"), space.cluster.pki("ca.key"));
    fs::write(at("ext"), extension).unwrap();
    let openssl = |command: &mut Command| {
        let output = command.output().expect("openssl and faketime are installed by tests/run");
        assert!(output.status.success(), "{}", text(&output.stderr));
    };
    openssl(Command::new("openssl").args(["ecparam", "-genkey", "-name", "prime256v1", "-noout", "-out", &at("key")]));
    openssl(Command::new("openssl").args(["req", "-new", "-key", &at("key"), "-subj", subject, "-out", &at("csr")]));
    openssl(
        Command::new("faketime")
            .args([
                day,
                "openssl",
                "x509",
                "-req",
                "-days",
                "1",
                "-set_serial",
                "7",
                "-in",
                &at("csr"),
                "-CA",
                &authority,
            ])
            .args(["-CAkey", &authority_key, "-extfile", &at("ext"), "-out", &at("crt")]),
    );
    assert!(Path::new(&at("crt")).exists());
    (at("crt"), at("key"))
}

#[test]
fn a_client_certificate_that_has_ended_is_told_with_its_date() {
    let space = Space::new();
    if !space.cluster.stands_in {
        return;
    }
    let (certificate, key) =
        certificate(&space, "old", "/O=system:masters/CN=old", "extendedKeyUsage=clientAuth\n", "2021-03-04 00:00:00");
    space.log_in(&json!({"client-certificate": certificate, "client-key": key}), &json!({}));
    says(&space.run(&[plain("a")]), &["configMap a", "Unauthorized", "2021-03-05", "client certificate"]);
}

#[test]
fn a_server_whose_certificate_has_ended_is_not_talked_to() {
    let space = Space::new();
    if !space.cluster.stands_in {
        return;
    }
    let extension = "subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth\n";
    let (certificate, key) = certificate(&space, "server", "/CN=kube-apiserver", extension, "2021-03-04 00:00:00");
    let upstream = space.cluster.entry()["server"].as_str().unwrap().to_owned();
    let front = Server::script("between.py", |folder| {
        let log = folder.join("log").display().to_string();
        vec![upstream, space.cluster.pki("ca.crt"), certificate, key, log]
    });
    space.log_in(&json!({"token": "never-sent"}), &json!({"server": front.url.replace("http:", "https:")}));
    says(&space.run(&[plain("a")]), &["configMap a", "certificate expired", "this machine's clock"]);
    assert!(!front.folder().join("log").exists(), "nothing was asked");
}

#[test]
fn a_clock_that_is_wrong_is_suspected() {
    let space = Space::new();
    if !space.cluster.stands_in {
        return;
    }
    space.write("test", &[plain("a")]);
    for (date, part) in
        [("2050-01-01 00:00:00", "certificate expired"), ("2001-01-01 00:00:00", "certificate not valid yet")]
    {
        let inner = space.project.command(&["run", "pipelines/test.json"]);
        let mut command = Command::new("faketime");
        command.arg("--exclude-monotonic").arg(date).arg(inner.get_program()).args(inner.get_args());
        command.current_dir(space.project.path()).env_clear();
        command.envs(inner.get_envs().filter_map(|(name, value)| Some((name, value?))));
        let output = command.output().expect("faketime is installed by tests/run");
        let said = text(&output.stderr);
        assert_ne!(output.status.code(), Some(0), "{said}");
        for part in [part, "this machine's clock", &date[..10]] {
            assert!(said.contains(part), "no '{part}' in\n{said}");
        }
    }
    assert!(!has(&space, "a"));
}
