//! Artifacts fetched from real servers, and taken through runs of the binary.

mod common;
mod servers;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use gennaker::artifacts::{Store, parse};
use gennaker::http::UrlPolicy;
use gennaker::model::{Artifact, Failure, FailureKind};
use ring::digest::{SHA256, digest};
use serde_json::{Value, json};

use common::{TestProject, text};
use servers::Server;

fn store(accounts: Value) -> Store {
    store_within(accounts, UrlPolicy::default())
}

fn store_within(accounts: Value, policy: UrlPolicy) -> Store {
    let account = |(name, settings): (&String, &Value)| (name.clone(), Ok(settings.as_object().unwrap().clone()));
    Store::new(accounts.as_object().unwrap().iter().map(account).collect::<BTreeMap<_, _>>(), policy)
}

fn artifact(value: Value) -> Artifact {
    Artifact::from_value(&value).unwrap()
}

async fn fetched(store: &Store, value: Value) -> String {
    text(&store.fetch(&artifact(value)).await.unwrap_or_else(|failure| panic!("{failure}: {:?}", failure.details)))
}

async fn refused(store: &Store, value: Value) -> Failure {
    store.fetch(&artifact(value)).await.unwrap_err()
}

fn sha256(bytes: &[u8]) -> String {
    digest(&SHA256, bytes).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test]
async fn files_are_read_with_the_credentials_of_their_server_only() {
    let server = Server::nginx(
        "location /private/ { if ($http_authorization != 'Basic cmVhZGVyOnBhc3M=') { return 401; } }
         location /old { return 302 /files/a.txt; }",
    );
    server.put("files/a.txt", "hello\n");
    server.put("private/b.txt", "secret\n");
    let store = store(json!({
        "files": {"type": "http/file", "username": "reader", "password": "pass", "baseUrl": server.url},
        "elsewhere": {"type": "http/file", "username": "reader", "password": "pass", "baseUrl": "https://example.com"},
    }));
    let at = |path: &str, account: &str| json!({"type": "http/file", "reference": format!("{}{path}", server.url), "artifactAccount": account});
    assert_eq!(fetched(&store, at("/files/a.txt", "no-auth-http-account")).await, "hello\n");
    assert_eq!(fetched(&store, at("/old", "files")).await, "hello\n");
    assert_eq!(fetched(&store, at("/private/b.txt", "files")).await, "secret\n");
    let relative = json!({"type": "http/file", "reference": "private/b.txt", "artifactAccount": "files"});
    assert_eq!(fetched(&store, relative).await, "secret\n");
    let none = refused(&store, at("/private/b.txt", "no-auth-http-account")).await;
    assert_eq!(none.kind, FailureKind::Permission);
    assert!(none.message.ends_with("was answered with 401 Unauthorized"), "{none}");
    let wrong_place = refused(&store, at("/private/b.txt", "elsewhere")).await;
    assert!(wrong_place.details[0].contains("were not sent: they are for https://example.com"), "{wrong_place:?}");
    assert!(!format!("{wrong_place:?}").contains("pass\""));
    let missing = refused(&store, at("/files/none", "files")).await;
    assert!(missing.message.contains("404 Not Found"), "{missing}");
}

#[tokio::test]
async fn files_of_code_hosts_are_read_at_their_version() {
    let server = Server::nginx(
        "location /repos/o/r/contents/app.yml { if ($http_authorization != 'token abc') { return 404; }
            if ($http_accept != 'application/vnd.github.v3.raw') { return 406; } return 200 'github $arg_ref'; }
         location /api/v4/ { if ($http_private_token != 'abc') { return 401; } return 200 'gitlab $arg_ref'; }
         location /rest/api/ { if ($http_authorization != 'Bearer abc') { return 401; } return 200 'bitbucket $arg_at'; }
         location /storage/v1/b/bucket/o/ { return 200 '$request_uri $http_authorization'; }",
    );
    let account = |kind: &str| json!({"type": kind, "token": "abc", "baseUrl": server.url});
    let store = store(json!({
        "github": account("github"), "gitlab": account("gitlab"), "bitbucket": account("bitbucket"),
        "gcs": account("gcs")
    }));
    let at = |kind: &str, path: &str, version: Option<&str>| json!({"type": kind, "reference": format!("{}{path}", server.url), "version": version});
    let github = |version| at("github/file", "/repos/o/r/contents/app.yml", version);
    assert_eq!(fetched(&store, github(Some("feature/x"))).await, "github feature%2Fx");
    assert_eq!(fetched(&store, github(None)).await, "github ");
    let gitlab = at("gitlab/file", "/api/v4/projects/1/repository/files/a%2Fb.yml/raw", Some("main"));
    assert_eq!(fetched(&store, gitlab).await, "gitlab main");
    let bitbucket = at("bitbucket/file", "/rest/api/1.0/projects/P/repos/r/raw/a.yml", Some("v1"));
    assert_eq!(fetched(&store, bitbucket).await, "bitbucket v1");
    let object = json!({"type": "gcs/object", "reference": "gs://bucket/a/o.yml"});
    assert_eq!(fetched(&store, object).await, "/storage/v1/b/bucket/o/a%2Fo.yml?alt=media Bearer abc");
}

fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .args(["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "init.defaultBranch=main"])
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(output.status.success(), "git {arguments:?}: {}", text(&output.stderr));
    text(&output.stdout).trim().to_owned()
}

/// A repository `app.git` with a branch, a tag and a folder; gives its first commit.
fn repository(folder: &Path) -> String {
    let work = folder.join("work");
    fs::create_dir_all(work.join("chart/templates")).unwrap();
    git(&work, &["init", "-q"]);
    fs::write(work.join("chart/templates/a.yml"), "one").unwrap();
    fs::write(work.join("README"), "first").unwrap();
    git(&work, &["add", "."]);
    git(&work, &["commit", "-qm", "first"]);
    git(&work, &["tag", "v1"]);
    let first = git(&work, &["rev-parse", "HEAD"]);
    fs::write(work.join("README"), "second").unwrap();
    git(&work, &["commit", "-qam", "second"]);
    git(&work, &["branch", "feature/x", "v1"]);
    git(folder, &["clone", "-q", "--bare", "work", "app.git"]);
    first
}

/// File names and contents of a `.tgz`.
fn unpacked(tgz: &[u8]) -> BTreeMap<String, String> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.tgz");
    fs::write(&file, tgz).unwrap();
    let list = Command::new("tar").arg("tzf").arg(&file).output().unwrap();
    let names = text(&list.stdout);
    let content = |name: &str| text(&Command::new("tar").arg("xzOf").arg(&file).arg(name).output().unwrap().stdout);
    names.lines().filter(|name| !name.ends_with('/')).map(|name| (name.to_owned(), content(name))).collect()
}

#[tokio::test]
async fn repositories_are_read_over_http_by_branch_tag_and_commit() {
    let mut first = String::new();
    let server = Server::script("git_http.py", |folder| {
        first = repository(folder);
        vec![folder.display().to_string(), "Basic dG9rZW46YWJj".to_owned()]
    });
    let store = store(json!({"git": {"type": "git/repo", "token": "abc"}, "none": {"type": "git/repo"}}));
    let at = |version: Value, location: Value| {
        json!({"type": "git/repo", "reference": format!("{}/app.git", server.url), "version": version,
            "location": location, "artifactAccount": "git"})
    };
    for (version, readme) in [
        (json!(null), "second"),
        (json!("main"), "second"),
        (json!("v1"), "first"),
        (json!("feature/x"), "first"),
        (json!(first), "first"),
    ] {
        let content = store.fetch(&artifact(at(version.clone(), json!(null)))).await.unwrap();
        let files = unpacked(&content);
        assert_eq!((files["README"].as_str(), files["chart/templates/a.yml"].as_str()), (readme, "one"), "{version}");
    }
    let folder = store.fetch(&artifact(at(json!("main"), json!("chart")))).await.unwrap();
    assert_eq!(unpacked(&folder).into_keys().collect::<Vec<_>>(), ["templates/a.yml"]);
    let resolved = store.resolve(&artifact(at(json!("v1"), json!(null)))).await.unwrap();
    assert_eq!(resolved.version, Some(first));
    let missing = refused(&store, at(json!("nowhere"), json!(null))).await;
    assert!(missing.message.ends_with("failed") && missing.details[0].contains("nowhere"), "{missing:?}");
    let mut bare = at(json!("main"), json!(null));
    bare["artifactAccount"] = json!("none");
    assert!(refused(&store, bare).await.message.contains("git fetch of http://127.0.0.1"));
    let option = refused(&store, at(json!("--upload-pack=touch /tmp/x"), json!(null))).await;
    assert_eq!(option.kind, FailureKind::User);
    let mut strange = at(json!("main"), json!(null));
    strange["reference"] = json!("ext::sh -c touch% /tmp/x");
    assert!(refused(&store, strange).await.message.contains("ext"));
}

#[tokio::test]
async fn a_repository_larger_than_allowed_is_not_taken() {
    let folder = tempfile::tempdir().unwrap();
    repository(folder.path());
    let work = folder.path().join("work");
    let noise: Vec<u8> = (0..3_000_000_u32).flat_map(|i| i.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
    fs::write(work.join("big"), noise).unwrap();
    git(&work, &["add", "."]);
    git(&work, &["commit", "-qm", "big"]);
    let store = store(json!({"git": {"type": "git/repo", "sizeLimit": 100_000}}));
    let too_large = refused(&store, json!({"type": "git/repo", "reference": work.display().to_string()})).await;
    assert!(too_large.message.contains("more than 100000 bytes"), "{too_large:?}");
}

/// A chart's archive, which nobody looks into.
const CHART: &[u8] = b"chart archive";

#[tokio::test]
async fn charts_come_from_repositories_by_version_and_range() {
    let server = Server::nginx("");
    let entry = |version: &str, digest: &str| {
        format!("  - version: {version}\n    urls: [charts/web-{version}.tgz]\n    digest: '{digest}'\n")
    };
    let good = sha256(CHART);
    let entries: String =
        [entry("1.2.0", &good), entry("1.10.0", &good), entry("2.0.0", &sha256(b"other")), entry("3.0.0-rc.1", &good)]
            .concat();
    server.put("index.yaml", format!("apiVersion: v1\nentries:\n  web:\n{entries}"));
    for version in ["1.2.0", "2.0.0", "3.0.0-rc.1"] {
        server.put(&format!("charts/web-{version}.tgz"), CHART);
    }
    server.put("charts/web-1.10.0.tgz", CHART);
    let store = store(json!({"charts": {"type": "helm", "repository": server.url}}));
    let chart = |version: Option<&str>| json!({"type": "helm/chart", "name": "web", "version": version});
    for (asked, found) in [
        (Some("1.2.0"), "1.2.0"),
        (Some("v1.2.0"), "1.2.0"),
        (Some("^1"), "1.10.0"),
        (Some("~1.2"), "1.2.0"),
        (None, "2.0.0"),
        (Some("3.0.0-rc.1"), "3.0.0-rc.1"),
    ] {
        let resolved = store.resolve(&artifact(chart(asked))).await.unwrap();
        assert_eq!(resolved.version.as_deref(), Some(found), "{asked:?}");
    }
    assert_eq!(fetched(&store, chart(Some("^1"))).await, "chart archive");
    let changed = refused(&store, chart(None)).await;
    assert!(changed.message.contains("was promised"), "{changed}");
    let missing = refused(&store, chart(Some("4.x"))).await;
    assert_eq!(missing.details[0], "newest versions: 3.0.0-rc.1, 2.0.0, 1.10.0, 1.2.0");
    let other = refused(&store, json!({"type": "helm/chart", "name": "db"})).await;
    assert!(other.message.contains("has no chart 'db'"), "{other}");
    server.put("index.yaml", "entries: [not, a, map]");
    assert!(refused(&store, chart(None)).await.message.contains("is no index of a chart repository"));
}

/// Pushes a manifest with one layer; gives the manifest's digest.
fn push(registry: &Server, name: &str, tag: &str, media: &str, layer: &[u8]) -> String {
    let upload = |content: &[u8]| {
        let head = registry.curl(&["-X", "POST", "-i"], &format!("/v2/{name}/blobs/uploads/"), b"");
        let location = head.lines().find_map(|line| line.strip_prefix("Location: ")).unwrap().trim();
        let path = location.trim_start_matches(registry.url.as_str());
        let digest = format!("sha256:{}", sha256(content));
        let octets = "Content-Type: application/octet-stream";
        registry.curl(&["-X", "PUT", "-H", octets], &format!("{path}&digest={digest}"), content);
        json!({"digest": digest, "size": content.len(), "mediaType": media})
    };
    let kind = "application/vnd.oci.image.manifest.v1+json";
    let mut config = upload(b"{}");
    config["mediaType"] = json!("application/vnd.oci.image.config.v1+json");
    let manifest =
        json!({"schemaVersion": 2, "mediaType": kind, "config": config, "layers": [upload(layer)]}).to_string();
    let header = format!("Content-Type: {kind}");
    registry.curl(&["-X", "PUT", "-H", &header], &format!("/v2/{name}/manifests/{tag}"), manifest.as_bytes());
    format!("sha256:{}", sha256(manifest.as_bytes()))
}

#[tokio::test]
async fn tags_are_resolved_and_charts_fetched_from_a_registry() {
    let registry = Server::registry();
    let host = registry.url.trim_start_matches("http://").to_owned();
    let media = "application/vnd.oci.image.layer.v1.tar";
    let digest = push(&registry, "team/app", "1.2", media, b"layer");
    let store = store(json!({"charts": {"type": "helm", "repository": format!("oci://{host}/charts")}}));
    let image = parse(&format!("docker/image:{host}/team/app:1.2")).unwrap();
    let resolved = store.resolve(&image).await.unwrap();
    assert_eq!(resolved.reference, Some(format!("{host}/team/app@{digest}")));
    assert_eq!(store.resolve(&resolved).await.unwrap().reference, resolved.reference);
    let manifest: Value = serde_json::from_slice(&store.fetch(&resolved).await.unwrap()).unwrap();
    assert_eq!(manifest["layers"][0]["mediaType"], media);
    let missing = store.resolve(&parse(&format!("docker/image:{host}/team/app:9")).unwrap()).await.unwrap_err();
    assert!(missing.message.contains("has no such image"), "{missing}");

    let chart_layer = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";
    for version in ["1.0.0", "1.1.0", "2.0.0"] {
        push(&registry, "charts/web", version, chart_layer, format!("chart {version}").as_bytes());
    }
    let chart = |version: &str| json!({"type": "helm/chart", "name": "web", "version": version});
    assert_eq!(fetched(&store, chart("1.0.0")).await, "chart 1.0.0");
    assert_eq!(fetched(&store, chart("^1.0")).await, "chart 1.1.0");
    let by_name = json!({"type": "helm/image", "name": format!("oci://{host}/charts/web"), "version": "2.0.0"});
    assert_eq!(fetched(&store, by_name).await, "chart 2.0.0");
    let no_chart = json!({"type": "helm/image", "reference": format!("oci://{host}/team/app:1.2")});
    assert!(refused(&store, no_chart).await.message.contains("is no chart"));
}

#[tokio::test]
async fn a_registry_may_send_for_a_token() {
    let server = Server::script("unkind.py", |_| Vec::new());
    let host = server.url.trim_start_matches("http://").to_owned();
    let account = json!({"type": "docker", "username": "reader", "password": "pass", "address": server.url});
    let known = store(json!({"registry": account}));
    let image = |name: &str| artifact(json!({"type": "docker/image", "reference": name}));
    let digest = format!("{host}/a/b@sha256:{}", "ab".repeat(32));
    assert_eq!(known.resolve(&image(&format!("{host}/a/b:1"))).await.unwrap().reference, Some(digest));
    // The registry of names that name none.
    assert!(known.resolve(&image("a/b:1")).await.unwrap().reference.unwrap().starts_with("a/b@sha256:abab"));
    // A digest header that is none is worked out.
    let worked_out = known.resolve(&image("a/b:wrong-digest")).await.unwrap().reference.unwrap();
    assert_eq!(worked_out, format!("a/b@sha256:{}", sha256(b"{}")));
    let denied = store(json!({})).resolve(&image(&format!("{host}/a/b:1"))).await.unwrap_err();
    assert_eq!(denied.kind, FailureKind::Permission);
}

#[tokio::test]
async fn files_of_maven_are_found_by_range_and_snapshot() {
    let server = Server::nginx("");
    let folder = "com/example/app";
    let versions = "<version>1.0</version><version>1.5</version><version>2.0-SNAPSHOT</version><version>1.10</version>";
    server.put(
        &format!("{folder}/maven-metadata.xml"),
        format!("<metadata><versioning><versions>{versions}</versions></versioning></metadata>"),
    );
    for version in ["1.0", "1.5", "1.10"] {
        server.put(&format!("{folder}/{version}/app-{version}.jar"), format!("jar {version}"));
    }
    let snapshot = "<snapshotVersion><extension>jar</extension><value>2.0-20260101.120000-3</value></snapshotVersion>\
        <snapshotVersion><classifier>sources</classifier><extension>jar</extension><value>2.0-20260101.120000-2</value></snapshotVersion>";
    server.put(&format!("{folder}/2.0-SNAPSHOT/maven-metadata.xml"), format!("<metadata>{snapshot}</metadata>"));
    server.put(&format!("{folder}/2.0-SNAPSHOT/app-2.0-20260101.120000-3.jar"), "snapshot");
    server.put(&format!("{folder}/2.0-SNAPSHOT/app-2.0-20260101.120000-2-sources.jar"), "sources");
    let store = store(json!({"maven": {"type": "maven/file", "repositoryUrl": server.url}}));
    let file = |rest: &str| json!({"type": "maven/file", "reference": format!("com.example:app:{rest}")});
    for (rest, content) in [
        ("1.0", "jar 1.0"),
        ("[1.0,1.9]", "jar 1.5"),
        ("[1.0,2.0-alpha)", "jar 1.10"),
        ("RELEASE", "jar 1.10"),
        ("LATEST", "snapshot"),
        ("jar:2.0-SNAPSHOT", "snapshot"),
        ("jar:sources:2.0-SNAPSHOT", "sources"),
    ] {
        assert_eq!(fetched(&store, file(rest)).await, content, "{rest}");
    }
    let resolved = store.resolve(&artifact(file("[1.0,1.9]"))).await.unwrap();
    assert_eq!(resolved.reference.as_deref(), Some("com.example:app:1.5"));
    let none = refused(&store, file("[3,)")).await;
    assert_eq!(none.details[0], "its versions: 1.0, 1.5, 2.0-SNAPSHOT, 1.10");
}

/// Key and secret of a user who may do everything.
fn aws_user(moto: &Server) -> (String, String) {
    let unsigned = "Authorization: AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/iam/aws4_request, \
        SignedHeaders=host, Signature=x";
    let call =
        |form: &str| moto.curl(&["-H", unsigned], "/", format!("Version=2010-05-08&UserName=u&{form}").as_bytes());
    call("Action=CreateUser");
    let policy = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C\
        %22Action%22%3A%22%2A%22%2C%22Resource%22%3A%22%2A%22%7D%5D%7D";
    call(&format!("Action=PutUserPolicy&PolicyName=p&PolicyDocument={policy}"));
    let made = call("Action=CreateAccessKey");
    let one = |name: &str| {
        let after = made.split_once(&format!("<{name}>")).unwrap().1;
        after.split_once('<').unwrap().0.to_owned()
    };
    (one("AccessKeyId"), one("SecretAccessKey"))
}

#[tokio::test]
async fn objects_are_read_from_s3_signed() {
    let moto = Server::moto();
    let octets = "Content-Type: application/octet-stream";
    moto.curl(&["-X", "PUT"], "/bucket", b"");
    moto.curl(&["-X", "PUT", "-H", octets], "/bucket/dir/a%20file%2B%C3%A4.txt", b"object");
    let (key, secret) = aws_user(&moto);
    // From here on moto checks signatures.
    moto.curl(&["-X", "POST", "-H", "Content-Type: text/plain"], "/moto-api/reset-auth", b"0");
    let account = |secret: &str| {
        json!({"s3": {"type": "s3/object", "awsAccessKeyId": key, "awsSecretAccessKey": secret,
            "region": "us-east-1", "apiEndpoint": moto.url}})
    };
    let forged = refused(&store(account("s3cr3t")), json!({"type": "s3/object", "reference": "s3://bucket/x"})).await;
    assert!(forged.kind == FailureKind::Permission && !format!("{forged:?}").contains("s3cr3t"), "{forged:?}");
    let store = store(account(&secret));
    let object = |reference: &str| json!({"type": "s3/object", "reference": reference});
    assert_eq!(fetched(&store, object("s3://bucket/dir/a file+ä.txt")).await, "object");
    let missing = refused(&store, object("s3://bucket/none")).await;
    assert!(missing.message.contains("NoSuchKey") && !format!("{missing:?}").contains(&secret), "{missing:?}");
    assert_eq!(refused(&store, object("s3://bucket")).await.kind, FailureKind::User);
}

#[tokio::test]
async fn unkind_servers_are_told_of_in_time_and_within_bounds() {
    let server = Server::script("unkind.py", |_| Vec::new());
    let store =
        store(json!({"web": {"type": "http/file", "timeout": "300ms", "token": "s3cr3t", "baseUrl": server.url},
        "big": {"type": "http/file", "sizeLimit": 5_000_000}}));
    let at = |path: &str, account: &str| json!({"type": "http/file", "reference": format!("{}{path}", server.url), "artifactAccount": account});
    let begun = Instant::now();
    let slow = refused(&store, at("/slow", "web")).await;
    assert_eq!((slow.kind, slow.retryable), (FailureKind::Timeout, true));
    let huge = refused(&store, at("/huge", "big")).await;
    assert!(huge.message.contains("more than 5000000 bytes"), "{huge}");
    for path in ["/cut", "/nonsense", "/status/500", "/status/404", "/status/204", "/loop"] {
        let failure = refused(&store, at(path, "web")).await;
        assert!(failure.message.contains(&server.url), "{failure}");
    }
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    // Credentials stay with the server they are for.
    let other = Server::script("unkind.py", |_| Vec::new());
    let away = at(&format!("/away?{}/echo", other.url), "web");
    assert!(!fetched(&store, away).await.contains("s3cr3t"));
    assert!(fetched(&store, at("/echo", "web")).await.contains("s3cr3t"));
}

#[tokio::test]
async fn a_strict_policy_keeps_artifacts_from_private_addresses() {
    let server = Server::script("unkind.py", |_| Vec::new());
    let strict = || UrlPolicy::new(&[], &[], false).unwrap();
    let none = store_within(json!({}), strict());
    for value in [
        json!({"type": "http/file", "reference": format!("{}/echo", server.url)}),
        json!({"type": "http/file", "reference": "http://metadata.internal/"}),
        json!({"type": "git/repo", "reference": format!("{}/app.git", server.url)}),
        json!({"type": "git/repo", "reference": "/etc"}),
        json!({"type": "git/repo", "reference": "git@localhost:a/b"}),
        json!({"type": "docker/image", "reference": "localhost:5000/x:1"}),
    ] {
        let failure = refused(&none, value.clone()).await;
        assert_eq!(failure.kind, FailureKind::User, "{value}: {failure}");
    }
    // A server that may be called sends on to one that may not.
    let allowed = UrlPolicy::new(&[format!("^{}/", server.url)], &[], true).unwrap();
    let store = store_within(json!({}), allowed);
    let away = json!({"type": "http/file", "reference": format!("{}/away?http://10.0.0.1/secret", server.url)});
    let failure = refused(&store, away).await;
    assert!(failure.message.contains("'http://10.0.0.1/secret' may not be called"), "{failure}");
}

const PIPELINE: &str = r#"{
  "name": "release", "application": "hello", "spelEvaluator": "v4",
  "expectedArtifacts": [
    {"id": "image", "displayName": "image", "usePriorArtifact": PRIOR,
     "matchArtifact": {"type": "docker/image", "name": "gcr.io/hello", "artifactAccount": "registry"}},
    {"id": "notes", "useDefaultArtifact": true, "matchArtifact": {"type": "embedded/base64", "name": "notes"},
     "defaultArtifact": {"type": "embedded/base64", "name": "notes", "reference": "bm90ZXM="}},
    {"id": "unasked", "matchArtifact": {"type": "http/file"}}
  ],
  "stages": [
    {"type": "evaluateVariables", "name": "vars", "refId": "1", "requisiteStageRefIds": [], "variables": [
      {"key": "image", "value": "${#triggerResolvedArtifact('gcr.io/hello').reference}"},
      {"key": "notes", "value": "${#triggerResolvedArtifactByType('embedded/base64').name}"},
      {"key": "count", "value": "${trigger.artifacts.size()}"}]},
    {"type": "evaluateArtifacts", "name": "make", "refId": "2", "requisiteStageRefIds": ["1"],
     "artifactContents": [{"name": "a.yml", "contents": "a: ${image}"}],
     "expectedArtifacts": [{"id": "made", "matchArtifact": {"type": "embedded/base64", "name": "a.*"}}]},
    {"type": "pipeline", "name": "child", "refId": "3", "requisiteStageRefIds": ["2"], "application": "hello",
     "pipeline": "child"}
  ]
}"#;

const CHILD: &str = r#"{
  "name": "child", "id": "child", "application": "hello", "spelEvaluator": "v4",
  "expectedArtifacts": [{"id": "c", "matchArtifact": {"type": "embedded/base64", "name": "a.yml"}}],
  "stages": [{"type": "evaluateVariables", "name": "vars", "refId": "1", "variables": [
    {"key": "got", "value": "${#fromBase64(#triggerResolvedArtifact('a.yml').reference)}"}]}]
}"#;

fn project(prior: &str) -> TestProject {
    let project = TestProject::new();
    project.write("pipelines/release.json", &PIPELINE.replace("PRIOR", prior));
    project.write("pipelines/child.json", CHILD);
    project
}

/// Values of a key anywhere in the newest executions' journals.
fn recorded(project: &TestProject, key: &str) -> Vec<Value> {
    fn collect(value: &Value, key: &str, found: &mut Vec<Value>) {
        match value {
            Value::Object(map) => {
                found.extend(map.get(key).cloned());
                map.values().for_each(|value| collect(value, key, found));
            }
            Value::Array(items) => items.iter().for_each(|value| collect(value, key, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(project.path().join(".gennaker/executions")).unwrap() {
        let journal = fs::read_to_string(entry.unwrap().path()).unwrap();
        for line in journal.lines().filter_map(|line| serde_json::from_str(line).ok()) {
            collect(&line, key, &mut found);
        }
    }
    found
}

#[test]
fn artifacts_given_by_hand_reach_stages_children_and_functions() {
    let project = project("false");
    project.ok(&["run", "release", "--artifact", "docker/image:gcr.io/hello:1.2"]);
    assert!(recorded(&project, "image").contains(&json!("gcr.io/hello:1.2")));
    assert!(recorded(&project, "notes").contains(&json!("notes")));
    assert!(recorded(&project, "count").contains(&json!(2)));
    assert!(recorded(&project, "got").contains(&json!("a: gcr.io/hello:1.2")), "{:?}", recorded(&project, "got"));
    let bound = recorded(&project, "boundArtifact");
    assert!(bound.iter().any(|artifact| artifact["name"] == "a.yml"));

    project.write("artifacts.json", r#"{"artifacts": [{"type": "docker/image", "kind": "docker", "name": "gcr.io/hello", "reference": "gcr.io/hello:3", "extra": 1}]}"#);
    project.ok(&["run", "release", "--artifacts", "artifacts.json"]);
    assert!(recorded(&project, "image").contains(&json!("gcr.io/hello:3")));
    assert!(recorded(&project, "metadata").contains(&json!({"extra": 1})));
}

#[test]
fn a_run_whose_artifacts_are_ambiguous_or_missing_is_refused_before_it_is_recorded() {
    let project = project("true");
    let twice = project.run(&[
        "run",
        "release",
        "--artifact",
        "docker/image:gcr.io/hello:1",
        "--artifact",
        "docker/image:gcr.io/hello:2",
    ]);
    assert!(!twice.status.success());
    let said = text(&twice.stderr);
    assert!(said.contains("expected artifact 'image' (docker/image gcr.io/hello) matches 2 artifacts"), "{said}");
    assert!(said.contains("matches docker/image gcr.io/hello:2"), "{said}");
    let none = project.run(&["run", "release"]);
    let said = text(&none.stderr);
    assert!(said.contains("error[GNK0068]: no artifact matches expected artifact 'image'"), "{said}");
    assert!(said.contains("release.json:") && said.contains("give one with --artifact TYPE:REFERENCE"), "{said}");
    let wrong = project.run(&["run", "release", "--artifact", "hello"]);
    assert!(text(&wrong.stderr).contains("write TYPE:REFERENCE"), "{}", text(&wrong.stderr));
    let executions = project.path().join(".gennaker/executions");
    assert!(fs::read_dir(executions).map_or(0, Iterator::count) == 0);
}

#[test]
fn the_last_executions_artifact_is_used_again() {
    let project = project("true");
    project.ok(&["run", "release", "--artifact", "docker/image:gcr.io/hello:1"]);
    project.ok(&["run", "release"]);
    let images = recorded(&project, "image");
    assert!(images.iter().filter(|image| **image == json!("gcr.io/hello:1")).count() >= 2, "{images:?}");
}

#[test]
fn the_command_fetches_and_resolves_with_the_projects_accounts() {
    let server =
        Server::nginx("location /a { if ($http_authorization != 'Bearer t0ken') { return 401; } return 200 ok; }");
    let project = TestProject::new();
    let account = format!(
        "artifacts:\n  web:\n    type: http/file\n    baseUrl: {}\n    token: {{fromFile: token}}\n",
        server.url
    );
    project.write("gennaker.yaml", &account);
    let url = format!("{}/a", server.url);
    let unread = project.run(&["artifact", "fetch", &url, "--account", "web"]);
    assert!(text(&unread.stderr).contains("the secret 'token' cannot be read"), "{}", text(&unread.stderr));
    project.write("token", "t0ken\n");
    assert_eq!(project.ok(&["artifact", "fetch", &url]), "ok");
    project.ok(&["artifact", "fetch", &url, "--to", "out"]);
    assert_eq!(fs::read_to_string(project.path().join("out")).unwrap(), "ok");
    assert!(!project.ok(&["config", "show"]).contains("t0ken"));
    let folder = tempfile::tempdir().unwrap();
    let commit = repository(folder.path());
    let json = format!(
        r#"{{"type": "git/repo", "reference": "{}", "version": "v1"}}"#,
        folder.path().join("app.git").display()
    );
    assert_eq!(project.ok(&["artifact", "resolve", &json]).trim(), commit);
}

/// A key as Google's tools write it, for a server that stands in for Google.
fn service_account_key(folder: &Path, token_uri: &str) -> Value {
    let key = folder.join("key.pem");
    let made = Command::new("openssl")
        .args(["genpkey", "-quiet", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out"])
        .arg(&key)
        .status()
        .expect("openssl is installed by tests/run");
    assert!(made.success());
    json!({
        "type": "service_account", "client_email": "reader@project.iam.gserviceaccount.com", "private_key_id": "k1",
        "private_key": fs::read_to_string(key).unwrap(), "token_uri": token_uri,
    })
}

#[tokio::test]
async fn objects_are_read_with_a_service_accounts_key() {
    let server = Server::script("oauth.py", |folder| vec![folder.display().to_string()]);
    let key = service_account_key(server.folder(), &format!("{}/token", server.url));
    fs::write(server.folder().join("key.json"), key.to_string()).unwrap();
    let path = server.folder().join("key.json").display().to_string();
    let account = |settings: Value| {
        let mut settings = settings;
        settings["type"] = json!("gcs");
        settings["baseUrl"] = json!(server.url);
        store(json!({"gcs": settings}))
    };
    let object = json!({"type": "gcs/object", "reference": "gs://bucket/a/o.yml"});
    let expected = "/storage/v1/b/bucket/o/a%2Fo.yml?alt=media read by reader@project.iam.gserviceaccount.com";
    assert_eq!(fetched(&account(json!({"jsonPath": path})), object.clone()).await, expected);
    assert_eq!(fetched(&account(json!({"json": key.to_string()})), object.clone()).await, expected);
    // A key that the server does not know is refused there.
    let other = service_account_key(tempfile::tempdir().unwrap().path(), &format!("{}/token", server.url));
    let failure = refused(&account(json!({"json": other.to_string()})), object.clone()).await;
    assert_eq!(failure.kind, FailureKind::Permission);
    assert!(failure.message.contains("400 Invalid JWT Signature"), "{failure}");
    let missing = refused(&account(json!({"jsonPath": "/nowhere/key.json"})), object).await;
    assert!(missing.message.contains("the key '/nowhere/key.json' of artifact account 'gcs'"), "{missing}");
}

#[test]
fn a_deploy_consumes_its_image_as_an_artifact() {
    let project = TestProject::new();
    project.write(
        "pipelines/deploy.yaml",
        "name: deploy\napplication: shop\nspelEvaluator: v4\n\
         expectedArtifacts:\n- {id: image, displayName: the image, matchArtifact: {type: docker/image, name: shop}, useDefaultArtifact: true,\n   defaultArtifact: {type: docker/image, name: shop, reference: 'shop:default'}}\n\
         stages:\n- {name: Deploy, type: deploy, clusters: [{stack: prod, imageArtifactId: IMAGE, command: [sleep, '60']}]}\n",
    );
    let yaml = fs::read_to_string(project.path().join("pipelines/deploy.yaml")).unwrap();
    project.write("pipelines/deploy.yaml", &yaml.replace("IMAGE", "image"));
    let planned = project.ok(&["plan", "deploy", "--artifact", "docker/image:shop:7"]);
    assert!(planned.contains("(image shop:7)"), "{planned}");
    let planned = project.ok(&["plan", "deploy"]);
    assert!(planned.contains("(image shop:default)"), "{planned}");
    project.write("pipelines/deploy.yaml", &yaml.replace("IMAGE", "none"));
    let planned = project.ok(&["plan", "deploy"]);
    assert!(planned.contains("'imageArtifactId' names expected artifact 'none', which was not found"), "{planned}");
    // A cluster that names no image at all takes the one that the trigger brings.
    project.write("pipelines/deploy.yaml", &yaml.replace("imageArtifactId: IMAGE, ", ""));
    let planned = project.ok(&["plan", "deploy", "--artifact", "local/image:shop:9"]);
    assert!(planned.contains("(image shop:9)"), "{planned}");
}

#[tokio::test]
async fn repositories_are_read_over_ssh_with_the_accounts_key() {
    let server = Server::sshd();
    let commit = repository(server.folder());
    let file = |name: &str| server.folder().join(name).display().to_string();
    let at = |account: &str| {
        let reference = format!("{}{}", server.url, file("app.git"));
        json!({"type": "git/repo", "reference": reference, "version": "v1", "artifactAccount": account})
    };
    let hosts = |name: &str| json!({"sshKnownHostsFilePath": file(name), "sshPrivateKeyFilePath": file("client")});
    let mut accounts = json!({
        "known": hosts("known_hosts"), "unknown": hosts("nobody"), "trusting": hosts("trusted"),
        "stranger": {"sshKnownHostsFilePath": file("known_hosts"), "sshPrivateKeyFilePath": file("stranger")},
    });
    accounts["trusting"]["sshTrustUnknownHosts"] = json!(true);
    let store = store(accounts);
    let resolved = store.resolve(&artifact(at("known"))).await.unwrap();
    assert_eq!(resolved.version.as_deref(), Some(commit.as_str()));
    let tgz = store.fetch(&artifact(at("known"))).await.unwrap();
    assert_eq!(unpacked(&tgz)["README"], "first");
    assert!(store.fetch(&artifact(at("trusting"))).await.is_ok());
    // Debian writes hosts hashed; the key is plain.
    assert!(fs::read_to_string(file("trusted")).unwrap().contains("ssh-ed25519"), "the host is known from then on");
    for (account, expected) in [("unknown", "Host key verification failed"), ("stranger", "Permission denied")] {
        let failure = refused(&store, at(account)).await;
        assert!(failure.details.iter().any(|line| line.contains(expected)), "{account}: {failure:?}");
    }
}
