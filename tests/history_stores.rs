//! The history's promises, kept by every store: the folder, and S3 as moto and MiniStack speak it.

mod servers;

use std::time::{Duration, Instant};

use gennaker::history::{
    Acquired, ErrorKind, Event, FileHistory, History, Holder, LogMark, ProcessIdentity, Record, Request, S3History,
    S3Options, Wanted,
};
use gennaker::model::{Execution, Map, Status};
use serde_json::json;
use servers::Server;
use ulid::Ulid;

/// A prefix of its own in the bucket 'history' of a server.
fn s3(server: &Server, prefix: &str) -> S3History {
    let place = format!(
        "s3://history/{prefix}?endpoint={}&region=us-east-1&accessKeyId=key&secretAccessKey=secret",
        server.url
    );
    S3History::new(S3Options::read(&place, &Map::new()).unwrap())
}

fn with_bucket(server: Server) -> Server {
    server.curl(&["-X", "PUT"], "/history", b"");
    server
}

fn execution(id: &str, pipeline: &str, build_time: i64) -> Record {
    let execution = Execution {
        id: id.to_owned(),
        root_id: id.to_owned(),
        application: "shop".to_owned(),
        name: pipeline.to_owned(),
        pipeline_config_id: format!("shop/{pipeline}"),
        build_time,
        ..Execution::default()
    };
    Record { seq: 1, at: build_time, event: Event::ExecutionRecorded { execution: Box::new(execution) } }
}

fn record(seq: u64, at: i64, event: Event) -> Record {
    Record { seq, at, event }
}

/// An id whose time is so many seconds after an epoch of ours.
fn id(seconds: u64) -> String {
    Ulid::from_parts(1_700_000_000_000 + seconds * 1000, u128::from(seconds) << 64 | 7).to_string()
}

fn at(seconds: u64) -> i64 {
    1_700_000_000_000 + i64::try_from(seconds).unwrap() * 1000
}

fn holder(owner: &str, host: &str) -> Holder {
    let process = ProcessIdentity { host: host.into(), ..ProcessIdentity::current() };
    Holder { owner: owner.into(), process, purpose: "testing".into(), ..Holder::default() }
}

async fn kind<T>(result: impl Future<Output = Result<T, gennaker::history::Error>>) -> ErrorKind {
    match result.await {
        Ok(_) => panic!("it should have failed"),
        Err(error) => error.kind,
    }
}

/// Everything that every store must do. `new` opens the same place again, as another process would.
async fn keeps_its_promises(new: &dyn Fn() -> Box<dyn History>) {
    let history = new();
    history.prepare().await.unwrap();
    assert!(history.list(&Wanted::default()).await.unwrap().is_empty());
    records_are_read_back_as_they_were_written(new).await;
    the_later_writer_fences_the_one_before(new).await;
    lists_tell_what_is_asked_for(new).await;
    requests_wait_until_they_are_done(new).await;
    logs_are_followed(new).await;
    leases_exclude(new).await;
}

async fn records_are_read_back_as_they_were_written(new: &dyn Fn() -> Box<dyn History>) {
    let (history, id) = (new(), id(1));
    let first = execution(&id, "deploy", at(1));
    let mut journal = history.create(&id, &first, 0).await.unwrap();
    journal.append(&record(2, at(2), Event::ExecutionStarted));
    journal.append(&record(3, at(3), Event::ExecutionPaused { by: "ä\nb".into() }));
    journal.sync().await.unwrap();
    journal.sync().await.unwrap();
    journal.append(&record(4, at(4), Event::ExecutionUnpaused { by: "b".into() }));
    journal.sync().await.unwrap();
    assert_eq!(kind(history.create(&id, &first, 0)).await, ErrorKind::AlreadyExists);
    let other = new();
    let read = other.read(&id).await.unwrap();
    assert_eq!(read.records.iter().map(|record| record.seq).collect::<Vec<_>>(), [1, 2, 3, 4]);
    assert!(matches!(&read.records[2].event, Event::ExecutionPaused { by } if by == "ä\nb"));
    // What is written meanwhile is seen by whoever has read before.
    journal.append(&record(5, at(5), Event::ExecutionCompleted { status: Status::Succeeded }));
    journal.sync().await.unwrap();
    assert_eq!(other.read(&id).await.unwrap().records.len(), 5);
    assert_eq!(other.active().await.unwrap().len(), 0, "it has ended, whatever the mark says");
    history.set_active(&id, false).await.unwrap();
    assert_eq!(kind(other.read(&Ulid::nil().to_string())).await, ErrorKind::NotFound);
    history.remove(&id).await.unwrap();
    assert_eq!(kind(new().read(&id)).await, ErrorKind::NotFound);
    assert!(new().list(&Wanted::default()).await.unwrap().is_empty());
}

async fn the_later_writer_fences_the_one_before(new: &dyn Fn() -> Box<dyn History>) {
    let (one, other, id) = (new(), new(), id(10));
    one.create(&id, &execution(&id, "deploy", at(10)), 0).await.unwrap();
    let (_, mut sleeper) = one.open(&id, 1).await.unwrap();
    sleeper.append(&record(2, at(11), Event::ExecutionStarted));
    sleeper.sync().await.unwrap();
    let (recorded, mut heir) = other.open(&id, 2).await.unwrap();
    assert_eq!(recorded.records.len(), 2);
    heir.append(&record(3, at(12), Event::ExecutionPaused { by: "heir".into() }));
    heir.sync().await.unwrap();
    sleeper.append(&record(3, at(12), Event::ExecutionPaused { by: "sleeper".into() }));
    assert_eq!(sleeper.sync().await.unwrap_err().kind, ErrorKind::Fenced);
    assert_eq!(sleeper.sync().await.unwrap_err().kind, ErrorKind::Fenced, "and it stays so");
    let records = new().read(&id).await.unwrap().records;
    assert!(matches!(&records[2].event, Event::ExecutionPaused { by } if by == "heir"), "{records:?}");
    assert_eq!(records.len(), 3);
    one.remove(&id).await.unwrap();
}

async fn lists_tell_what_is_asked_for(new: &dyn Fn() -> Box<dyn History>) {
    let history = new();
    let long = "long/~ä name ".repeat(60);
    for (seconds, name) in [(21, "one"), (22, "two"), (23, "one"), (24, long.as_str())] {
        let mut journal = history.create(&id(seconds), &execution(&id(seconds), name, at(seconds)), 0).await.unwrap();
        journal.append(&record(2, at(seconds), Event::ExecutionStarted));
        if seconds != 22 {
            let status = if seconds == 23 { Status::Terminal } else { Status::Succeeded };
            journal.append(&record(3, at(seconds) + 500, Event::ExecutionCompleted { status }));
        }
        journal.sync().await.unwrap();
        if seconds != 22 {
            history.set_active(&id(seconds), false).await.unwrap();
        }
    }
    let other = new();
    let ids = async |wanted: Wanted| -> Vec<String> {
        other.list(&wanted).await.unwrap().into_iter().map(|summary| summary.id).collect()
    };
    let all = Wanted::default;
    assert_eq!(ids(all()).await, [id(24), id(23), id(22), id(21)]);
    assert_eq!(ids(Wanted::newest(1)).await, [id(24)]);
    assert_eq!(ids(Wanted { pipeline: Some("one".into()), ..all() }).await, [id(23), id(21)]);
    assert_eq!(ids(Wanted { pipeline: Some("shop/two".into()), ..all() }).await, [id(22)]);
    assert_eq!(ids(Wanted { application: Some("other".into()), ..all() }).await, Vec::<String>::new());
    assert_eq!(ids(Wanted { statuses: vec![Status::Running, Status::Terminal], ..all() }).await, [id(23), id(22)]);
    assert_eq!(ids(Wanted { since: Some(at(23)), ..all() }).await, [id(24), id(23)]);
    assert_eq!(ids(Wanted { after: Some(id(22)), ..all() }).await, [id(24), id(23)]);
    let newest = other.list(&Wanted::newest(2)).await.unwrap();
    assert_eq!((newest[0].name.as_str(), newest[0].end_time), (long.as_str(), Some(at(24) + 500)));
    assert_eq!((newest[1].status, newest[1].start_time), (Status::Terminal, Some(at(23))));
    let active = other.active().await.unwrap();
    assert_eq!(active.iter().map(|summary| summary.id.clone()).collect::<Vec<_>>(), [id(22)]);
    assert_eq!(active[0].status, Status::Running);
    // By a few letters, from either end.
    assert_eq!(other.resolve(&id(23).to_lowercase()).await.unwrap(), id(23));
    assert_eq!(other.resolve(&id(23)[..12]).await.unwrap(), id(23));
    assert_eq!(kind(other.resolve(&id(23)[..7])).await, ErrorKind::Ambiguous);
    assert_eq!(kind(other.resolve("ZZZ")).await, ErrorKind::NotFound);
    // Run again, it is unfinished, and later ended once only.
    let (_, mut journal) = history.open(&id(21), 5).await.unwrap();
    let restarted = Event::StageRestarted {
        stage: "s".into(),
        by: "b".into(),
        forget: Vec::new(),
        forget_after: Default::default(),
        queued: false,
    };
    journal.append(&record(4, at(30), restarted));
    history.set_active(&id(21), true).await.unwrap();
    journal.sync().await.unwrap();
    assert_eq!(new().active().await.unwrap().len(), 2);
    let again = new().list(&all()).await.unwrap().pop().unwrap();
    assert_eq!((again.id, again.status, again.end_time), (id(21), Status::Running, None));
    journal.append(&record(5, at(31), Event::ExecutionCompleted { status: Status::Canceled }));
    journal.sync().await.unwrap();
    history.set_active(&id(21), false).await.unwrap();
    let again = new().list(&all()).await.unwrap();
    assert_eq!((again.len(), again[3].status, again[3].end_time), (4, Status::Canceled, Some(at(31))));
    for seconds in 21..=24 {
        history.remove(&id(seconds)).await.unwrap();
    }
    assert!(new().list(&all()).await.unwrap().is_empty());
}

async fn requests_wait_until_they_are_done(new: &dyn Fn() -> Box<dyn History>) {
    let (history, id) = (new(), id(40));
    history.create(&id, &execution(&id, "deploy", at(40)), 0).await.unwrap();
    let asked = [Request::Pause { by: "a".into() }, Request::Cancel { by: "b".into(), reason: "c".into() }];
    for request in &asked {
        new().submit(&id, request).await.unwrap();
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let found = history.requests(&id).await.unwrap();
    assert_eq!(found.iter().map(|(_, request)| request.clone()).collect::<Vec<_>>(), asked);
    history.request_done(&id, &found[0].0).await.unwrap();
    history.request_done(&id, &found[0].0).await.unwrap();
    assert_eq!(new().requests(&id).await.unwrap(), found[1..]);
    history.remove(&id).await.unwrap();
    assert!(history.requests(&id).await.unwrap().is_empty());
}

async fn logs_are_followed(new: &dyn Fn() -> Box<dyn History>) {
    let (history, id) = (new(), id(50));
    history.create(&id, &execution(&id, "deploy", at(50)), 0).await.unwrap();
    let lines = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    let (nothing, mark) = history.log(&id, None, &LogMark::default()).await.unwrap();
    assert!(nothing.is_empty());
    history.append_log(&id, "01STAGE", &lines(&["one", "t\tab"])).await.unwrap();
    history.append_log(&id, "02STAGE", &lines(&["two"])).await.unwrap();
    let other = new();
    let (first, mark) = other.log(&id, None, &mark).await.unwrap();
    let pair = |stage: &str, line: &str| (stage.to_owned(), line.to_owned());
    assert_eq!(first, [pair("01STAGE", "one"), pair("01STAGE", "t\tab"), pair("02STAGE", "two")]);
    history.append_log(&id, "01STAGE", &lines(&["three"])).await.unwrap();
    let (second, mark) = other.log(&id, None, &mark).await.unwrap();
    assert_eq!(second, [pair("01STAGE", "three")]);
    assert!(other.log(&id, None, &mark).await.unwrap().0.is_empty());
    let (of_one, _) = other.log(&id, Some("02STAGE"), &LogMark::default()).await.unwrap();
    assert_eq!(of_one, [pair("02STAGE", "two")]);
    history.remove(&id).await.unwrap();
}

async fn leases_exclude(new: &dyn Fn() -> Box<dyn History>) {
    let (one, other) = (new(), new());
    let scope = "cluster/aws/eu west/shöp";
    let ours = |acquired: Acquired| match acquired {
        Acquired::Ours(lease) => lease,
        Acquired::HeldBy { holder, .. } => panic!("held by {holder:?}"),
    };
    let (far, farther) = (holder("A", "far"), holder("B", "farther"));
    let first = ours(one.leases().acquire(scope, &far).await.unwrap());
    let Acquired::HeldBy { holder: seen, beat, .. } = other.leases().acquire(scope, &farther).await.unwrap() else {
        panic!("two hold it");
    };
    assert_eq!(seen, far);
    let again = ours(one.leases().acquire(scope, &far).await.unwrap());
    assert_eq!(again, first, "it is ours already");
    let listed = other.leases().list().await.unwrap();
    assert_eq!(listed, [(first.clone(), far.clone())]);
    let Acquired::HeldBy { beat: same, .. } = other.leases().acquire(scope, &farther).await.unwrap() else {
        panic!("two hold it");
    };
    assert_eq!(same, beat, "no sign of life");
    one.leases().release(&first).await.unwrap();
    one.leases().release(&first).await.unwrap();
    let second = ours(other.leases().acquire(scope, &farther).await.unwrap());
    assert!(second.epoch > first.epoch);
    assert_eq!(one.leases().renew(&first).await.unwrap_err().kind, ErrorKind::Fenced);
    one.leases().release(&first).await.unwrap();
    assert_eq!(other.leases().list().await.unwrap().len(), 1, "a lease of old is nobody's to give back");
    // Renewed by this very process, it shows life.
    let here = Holder { process: ProcessIdentity::current(), ..holder("C", "") };
    let third = ours(one.leases().acquire("execution/01X", &here).await.unwrap());
    one.leases().renew(&third).await.unwrap();
    one.leases().renew(&third).await.unwrap();
    let Acquired::HeldBy { beat, .. } = other.leases().acquire("execution/01X", &farther).await.unwrap() else {
        panic!("two hold it");
    };
    assert_eq!(beat, (third.epoch, 2));
    // Broken by somebody else, its holder notices.
    other.leases().release(&third).await.unwrap();
    assert_eq!(one.leases().renew(&third).await.unwrap_err().kind, ErrorKind::Fenced);
    other.leases().release(&second).await.unwrap();
    assert!(one.leases().list().await.unwrap().is_empty());
    // A dead process of this machine is no hindrance.
    let dead = ProcessIdentity { pid: 4_000_000, started: 1, ..ProcessIdentity::current() };
    one.leases().acquire("x", &Holder { process: dead, ..holder("D", "") }).await.unwrap();
    let taken = ours(other.leases().acquire("x", &farther).await.unwrap());
    assert_eq!(taken.epoch, 2);
}

#[tokio::test]
async fn a_folder_keeps_its_promises() {
    let folder = tempfile::tempdir().unwrap();
    keeps_its_promises(&|| Box::new(FileHistory::open(folder.path().join("state")).unwrap())).await;
}

#[tokio::test]
async fn moto_keeps_its_promises() {
    let server = Server::moto_s3(0);
    keeps_its_promises(&|| Box::new(s3(&server, "a/b"))).await;
    // boto3 sees what is left: the marker, leases given back, and nothing of what was removed.
    let listed = servers::boto3(&format!(
        "import boto3\ns3 = boto3.client('s3', endpoint_url='{}', region_name='us-east-1', aws_access_key_id='k', \
         aws_secret_access_key='s')\nfor o in s3.list_objects_v2(Bucket='history')['Contents']:\n  print(o['Key'])",
        server.url
    ));
    // Of what was removed its id stays, until the index is put into pages.
    let keys: Vec<&str> =
        listed.lines().filter(|key| !(key.starts_with("a/b/index/") && key.ends_with("~gone"))).collect();
    assert_eq!(keys, ["a/b/gennaker.json", "a/b/leases/cluster/aws/eu%20west/sh%C3%B6p", "a/b/leases/x"]);
}

#[tokio::test]
async fn ministack_keeps_its_promises() {
    let server = with_bucket(Server::ministack());
    keeps_its_promises(&|| Box::new(s3(&server, "a"))).await;
}

#[tokio::test]
async fn a_store_between_that_loses_answers_and_conflicts_keeps_its_promises() {
    let moto = Server::moto_s3(0);
    let proxy = Server::script("s3_proxy.py", |_| vec![moto.url.clone()]);
    proxy.curl(&["-X", "POST"], "/proxy", br#"{"lose": 3, "conflict": 4, "slow": 29}"#);
    keeps_its_promises(&|| Box::new(s3(&proxy, "p"))).await;
    let counts: serde_json::Value = serde_json::from_str(&proxy.curl(&[], "/proxy", b"")).unwrap();
    for trouble in ["lose", "conflict", "slow"] {
        assert!(counts[trouble].as_u64() > Some(2), "{counts}");
    }
}

#[tokio::test]
async fn a_store_that_ignores_conditions_is_refused() {
    let server = Server::s3rver();
    let place =
        format!("s3://history/a?endpoint={}&region=us-east-1&accessKeyId=S3RVER&secretAccessKey=S3RVER", server.url);
    let history = S3History::new(S3Options::read(&place, &Map::new()).unwrap());
    let error = history.prepare().await.unwrap_err();
    assert!(error.message.contains("the store of s3://history/a ignores 'If-None-Match: *'"), "{error}");
    let error = history.create(&id(1), &execution(&id(1), "deploy", at(1)), 0).await.err().unwrap();
    assert!(error.message.contains("two runners could overwrite each other's history"), "{error}");
}

#[tokio::test]
async fn buckets_that_will_not_do_are_told_of_in_one_clear_line() {
    let moto = Server::moto_s3(0);
    let proxy = Server::script("s3_proxy.py", |_| vec![moto.url.clone()]);
    let history = s3(&proxy, "a");
    history.create(&id(1), &execution(&id(1), "deploy", at(1)), 0).await.unwrap();
    for (trouble, wanted) in [
        (json!({"deny": "ListBucket"}), "its policy must allow s3:ListBucket"),
        (json!({"deny": "GetObject"}), "its policy must allow s3:GetObject"),
        (json!({"deny": "PutObject"}), "its policy must allow s3:PutObject"),
        (json!({"deny": "DeleteObject"}), "its policy must allow s3:DeleteObject"),
        (json!({"region": "eu-west-1"}), "it is in region eu-west-1, not in us-east-1; set 'region: eu-west-1'"),
        (json!({"malformed": "eu-west-1"}), "it is in region eu-west-1, not in us-east-1; set 'region: eu-west-1'"),
    ] {
        proxy.curl(&["-X", "POST"], "/proxy", trouble.to_string().as_bytes());
        let fresh = s3(&proxy, "a");
        let all = async {
            fresh.list(&Wanted::default()).await?;
            fresh.create(&id(2), &execution(&id(2), "deploy", at(2)), 0).await?;
            fresh.remove(&id(2)).await
        };
        let error = all.await.unwrap_err();
        eprintln!("{error}");
        assert!(error.message.starts_with("history: ") && error.message.contains(wanted), "{trouble}: {error}");
        assert_eq!(error.is_denied(), trouble.get("deny").is_some());
        assert!(!error.message.contains('\n'), "{error}");
    }
    let place = format!("s3://nowhere/a?endpoint={}&region=us-east-1&accessKeyId=k&secretAccessKey=s", moto.url);
    let nowhere = S3History::new(S3Options::read(&place, &Map::new()).unwrap());
    let error = nowhere.list(&Wanted::default()).await.unwrap_err();
    assert!(error.message.contains("bucket 'nowhere' does not exist; create it ('aws s3 mb s3://nowhere')"), "{error}");
}

/// Makes a user with a policy and gives back a history that calls as this user.
fn as_user(moto: &Server, name: &str, policy: &str) -> S3History {
    let policy = json!(policy);
    let made = servers::boto3(&format!(
        "import boto3\niam = boto3.client('iam', endpoint_url='{}', region_name='us-east-1', aws_access_key_id='k', \
         aws_secret_access_key='s')\niam.create_user(UserName='{name}')\niam.put_user_policy(UserName='{name}', \
         PolicyName='p', PolicyDocument={policy})\nkey = iam.create_access_key(UserName='{name}')['AccessKey']\n\
         print(key['AccessKeyId'], key['SecretAccessKey'])",
        moto.url
    ));
    let (key, secret) = made.trim().split_once(' ').unwrap();
    let mut options = Map::new();
    for (name, value) in
        [("endpoint", moto.url.as_str()), ("region", "us-east-1"), ("accessKeyId", key), ("secretAccessKey", secret)]
    {
        options.insert(name.to_owned(), value.into());
    }
    S3History::new(S3Options::read("s3://example-history/shop", &options).unwrap())
}

#[tokio::test]
async fn the_documented_policy_allows_all_that_is_needed_and_no_action_less_would_do() {
    let moto = Server::moto();
    moto.curl(&["-X", "PUT"], "/example-history", b"");
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/history-s3.md")).unwrap();
    let policy = page.split("```json\n").nth(1).unwrap().split("```").next().unwrap();
    // S3 asks for s3:DeleteObject on each object; moto asks for it on the bucket when several are removed at once.
    let objects = "\"arn:aws:s3:::example-history/shop/*\"";
    let policy = &policy.replace(objects, &format!("[{objects}, \"arn:aws:s3:::example-history\"]"));
    let user = as_user(&moto, "documented", policy);
    let actions = ["ListBucket", "GetObject", "PutObject", "DeleteObject"];
    let fewer: Vec<S3History> = actions
        .iter()
        .map(|action| as_user(&moto, action, &policy.replace(&format!("s3:{action}\""), "s3:GetBucketTagging\"")))
        .collect();
    // From here on moto checks who may do what.
    moto.curl(&["-X", "POST", "-H", "Content-Type: text/plain"], "/moto-api/reset-auth", b"0");
    let everything = async |history: &S3History, seconds: u64| {
        let id = id(seconds);
        history.prepare().await?;
        let scope = format!("execution/{id}");
        history.create(&id, &execution(&id, "deploy", at(seconds)), 0).await?;
        let Acquired::Ours(lease) = history.leases().acquire(&scope, &holder(&id, "far")).await? else { panic!() };
        let (_, mut journal) = history.open(&id, lease.epoch).await?;
        journal.append(&record(2, at(seconds), Event::ExecutionCompleted { status: Status::Succeeded }));
        journal.sync().await?;
        history.append_log(&id, "stage", &["line".to_owned()]).await?;
        history.submit(&id, &Request::Pause { by: "a".into() }).await?;
        history.requests(&id).await?;
        history.set_active(&id, false).await?;
        history.list(&Wanted::default()).await?;
        history.leases().list().await?;
        history.leases().release(&lease).await?;
        history.remove(&id).await
    };
    everything(&user, 1).await.unwrap();
    for (seconds, (action, history)) in (2..).zip(actions.iter().zip(&fewer)) {
        let error = everything(history, seconds).await.unwrap_err();
        assert!(error.is_denied(), "{action}: {error}");
        let named = [format!("must allow s3:{action}"), format!("history: s3:{action} on s3://example-history/shop/")];
        assert!(named.iter().any(|named| error.message.contains(named)), "{action}: {error}");
    }
}

#[tokio::test]
async fn what_is_written_is_encrypted_as_asked() {
    let moto = Server::moto_s3(0);
    // moto tells no key of double encryption.
    for (prefix, options, wanted) in [
        ("kms", "kmsKeyId=alias/history", "aws:kms alias/history"),
        ("dsse", "encryption=aws:kms:dsse&kmsKeyId=alias/history", "aws:kms:dsse None"),
        ("s3", "encryption=AES256", "AES256 None"),
    ] {
        let url = &moto.url;
        let place =
            format!("s3://history/{prefix}?endpoint={url}&region=us-east-1&accessKeyId=k&secretAccessKey=s&{options}");
        let history = S3History::new(S3Options::read(&place, &Map::new()).unwrap());
        history.create(&id(1), &execution(&id(1), "deploy", at(1)), 0).await.unwrap();
        let said = servers::boto3(&format!(
            "import boto3\ns3 = boto3.client('s3', endpoint_url='{url}', region_name='us-east-1', aws_access_key_id='k', \
             aws_secret_access_key='s')\nfor o in s3.list_objects_v2(Bucket='history', Prefix='{prefix}/')['Contents']:\n  \
             h = s3.head_object(Bucket='history', Key=o['Key'])\n  \
             print(h['ServerSideEncryption'], h.get('SSEKMSKeyId'))"
        ));
        assert_eq!(said.lines().collect::<Vec<_>>(), [wanted; 3], "{said}");
    }
}

#[tokio::test]
async fn applications_with_prefixes_of_their_own_see_nothing_of_each_other() {
    let moto = Server::moto_s3(0);
    let (shop, bank) = (s3(&moto, "shop"), s3(&moto, "shop-bank"));
    for (history, seconds) in [(&shop, 1), (&bank, 2)] {
        history.create(&id(seconds), &execution(&id(seconds), "deploy", at(seconds)), 0).await.unwrap();
        history.leases().acquire("cluster/a", &holder(&id(seconds), "far")).await.unwrap();
    }
    for (history, seconds) in [(&shop, 1), (&bank, 2)] {
        let listed = history.list(&Wanted::default()).await.unwrap();
        assert_eq!(listed.iter().map(|summary| summary.id.clone()).collect::<Vec<_>>(), [id(seconds)]);
        assert_eq!(history.leases().list().await.unwrap().len(), 1);
    }
    assert_eq!(kind(shop.read(&id(2))).await, ErrorKind::NotFound);
}

/// 64 runners, each with connections of its own, append to one history: each to its own execution, and all to one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_sixty_four_runners_none_loses_or_doubles_a_record() {
    const RUNNERS: u64 = 64;
    const BATCHES: u64 = 8;
    const IN_TURN: usize = 16;
    let moto = Server::moto_s3(0);
    let shared = id(1000);
    s3(&moto, "c").create(&shared, &execution(&shared, "shared", at(1000)), 0).await.unwrap();
    let begun = Instant::now();
    let mut runners = tokio::task::JoinSet::new();
    for number in 0..RUNNERS {
        let history = s3(&moto, "c");
        runners.spawn(async move {
            let own = id(number);
            let mut journal = history.create(&own, &execution(&own, "own", at(number)), 0).await.unwrap();
            for batch in 0..BATCHES {
                journal.append(&record(batch + 2, at(number), Event::ExecutionStarted));
                journal.sync().await.unwrap();
            }
            journal.append(&record(BATCHES + 2, at(number), Event::ExecutionCompleted { status: Status::Succeeded }));
            journal.sync().await.unwrap();
            history.set_active(&own, false).await.unwrap();
            (number, history)
        });
    }
    let ready = runners.join_all().await;
    let took = begun.elapsed();
    let appends = RUNNERS * (BATCHES + 2);
    let rate = f64::from(u32::try_from(appends).unwrap()) / took.as_secs_f64();
    eprintln!("{RUNNERS} runners, each its own execution: {appends} appends in {took:.1?}, {rate:.0}/s, marks besides");
    let begun = Instant::now();
    let mut runners = tokio::task::JoinSet::new();
    // Turns are taken one after the other: a few runners show it as well as many.
    for (number, history) in ready.into_iter().take(IN_TURN) {
        let shared = shared.clone();
        runners.spawn(async move {
            let (own, scope) = (id(number), format!("execution/{shared}"));
            let lease = loop {
                match history.leases().acquire(&scope, &holder(&own, &own)).await {
                    Ok(Acquired::Ours(lease)) => break lease,
                    Ok(Acquired::HeldBy { .. }) => {}
                    Err(error) => assert!(error.message.contains("changes hands too fast"), "{error}"),
                }
                tokio::time::sleep(Duration::from_millis(100 + number * 10)).await;
            };
            let (recorded, mut journal) = history.open(&shared, lease.epoch).await.unwrap();
            let seq = recorded.records.len() as u64 + 1;
            journal.append(&record(seq, at(1000), Event::RunnerDetached { reason: own }));
            journal.sync().await.unwrap();
            history.leases().release(&lease).await.unwrap();
        });
    }
    runners.join_all().await;
    eprintln!("{IN_TURN} runners, one execution in turn: {:.1?}", begun.elapsed());
    let history = s3(&moto, "c");
    let listed = history.list(&Wanted::default()).await.unwrap();
    assert_eq!(listed.iter().filter(|summary| summary.status == Status::Succeeded).count() as u64, RUNNERS);
    for number in 0..RUNNERS {
        let records = history.read(&id(number)).await.unwrap().records;
        assert_eq!(records.len() as u64, BATCHES + 2);
    }
    let records = history.read(&shared).await.unwrap().records;
    let mut who: Vec<String> = records
        .iter()
        .filter_map(|record| match &record.event {
            Event::RunnerDetached { reason } => Some(reason.clone()),
            _ => None,
        })
        .collect();
    who.sort();
    who.dedup();
    assert_eq!((who.len(), records.len()), (IN_TURN, IN_TURN + 1), "every runner once");
}
