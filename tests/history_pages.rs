//! Long lists from S3: keys of the index go into pages, whoever does it, whoever dies at it, and whatever else happens.

mod common;
mod servers;

use std::os::unix::process::ExitStatusExt;
use std::time::{Duration, Instant};

use common::{TestProject, text};
use futures_util::future::try_join_all;
use gennaker::history::{Event, History, Record, S3History, S3Options, Wanted};
use gennaker::model::{Execution, Map, Status};
use serde_json::{Value, json};
use servers::Server;
use ulid::Ulid;

/// Keys that a list may find outside pages: from here on they are put into some.
const MANY: usize = 600;

fn place(server: &Server) -> String {
    format!("s3://history/many?endpoint={}&region=us-east-1&accessKeyId=key&secretAccessKey=secret", server.url)
}

fn open(server: &Server) -> S3History {
    S3History::new(S3Options::read(&place(server), &Map::new()).unwrap())
}

/// The same prefix as moto_s3.py fills, in a store that was written by others.
fn ministack(count: usize) -> Server {
    let server = Server::ministack();
    server.curl(&["-X", "PUT"], "/history", b"");
    let script = format!(
        "import boto3, json, time\nfrom concurrent.futures import ThreadPoolExecutor\nD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'\n\
         s3 = boto3.client('s3', endpoint_url='{}', region_name='us-east-1', aws_access_key_id='k', aws_secret_access_key='s')\n\
         now = int(time.time() * 1000)\n\
         def put(number):\n  \
           made = now - ({count} - number) * 1000\n  \
           digits, value = '', (made << 80) | number\n  \
           for _ in range(26):\n    digits, value = D[value & 31] + digits, value >> 5\n  \
           turned = ''.join(D[31 - D.index(digit)] for digit in digits)\n  \
           status = 'TERMINAL' if number % 10 == 0 else 'SUCCEEDED'\n  \
           key = f'index/{{turned}}~1~{{status}}~{{made}}~{{made + 1}}~{{made + 500}}~shop~Deploy%20{{number % 7}}~shop%2F{{number % 7}}~alice~manual'\n  \
           s3.put_object(Bucket='history', Key='many/' + key, Body=b'{{}}')\n\
         s3.put_object(Bucket='history', Key='many/gennaker.json', Body=json.dumps(\
         {{'format': 'gennaker-history', 'version': 1, 'conditionalDelete': True}}).encode())\n\
         with ThreadPoolExecutor(8) as pool: list(pool.map(put, range({count})))",
        server.url
    );
    servers::boto3(&script);
    server
}

/// What boto3 sees below the prefix: keys of the index, keys of pages, and those that the manifest names.
struct Seen {
    keys: Vec<String>,
    pages: Vec<String>,
    named: Vec<String>,
}

fn seen(server: &Server) -> Seen {
    let said = servers::boto3(&format!(
        "import boto3, json\ns3 = boto3.client('s3', endpoint_url='{}', region_name='us-east-1', aws_access_key_id='k', \
         aws_secret_access_key='s')\n\
         keys = [o['Key'][5:] for p in s3.get_paginator('list_objects_v2').paginate(Bucket='history', Prefix='many/') \
         for o in p.get('Contents', [])]\n\
         named = json.loads(s3.get_object(Bucket='history', Key='many/pages.json')['Body'].read())['pages'] \
         if 'pages.json' in keys else []\n\
         print(json.dumps([[k for k in keys if k.startswith('index/')], [k for k in keys if k.startswith('pages/')], \
         [p['key'] for p in named]]))",
        server.url
    ));
    let [keys, pages, mut named]: [Vec<String>; 3] = serde_json::from_str(&said).unwrap();
    named.sort();
    Seen { keys, pages, named }
}

async fn ids(history: &S3History, wanted: &Wanted) -> Vec<String> {
    let listed = history.list(wanted).await.unwrap();
    assert!(listed.windows(2).all(|pair| pair[0].id > pair[1].id), "newest first, and none twice");
    listed.into_iter().map(|summary| summary.id).collect()
}

/// Lists until there are few keys left.
async fn put_into_pages(server: &Server) {
    for _ in 0..8 {
        open(server).list(&Wanted::default()).await.unwrap();
        if seen(server).keys.len() < MANY {
            return;
        }
    }
    panic!("{} keys are left", seen(server).keys.len());
}

fn old(seconds: u64) -> String {
    Ulid::from_parts(1_700_000_000_000 + seconds * 1000, u128::from(seconds) << 64 | 7).to_string()
}

fn recorded(id: &str) -> Record {
    let execution = Execution {
        id: id.to_owned(),
        root_id: id.to_owned(),
        application: "shop".to_owned(),
        name: "old".to_owned(),
        pipeline_config_id: "shop/old".to_owned(),
        build_time: 1_700_000_000_000,
        ..Execution::default()
    };
    Record { seq: 1, at: 1_700_000_000_000, event: Event::ExecutionRecorded { execution: Box::new(execution) } }
}

async fn ended(history: &S3History, id: &str) {
    let mut journal = history.create(id, &recorded(id), 0).await.unwrap();
    let event = Event::ExecutionCompleted { status: Status::Succeeded };
    journal.append(&Record { seq: 2, at: 1_700_000_001_000, event });
    journal.sync().await.unwrap();
    history.set_active(id, false).await.unwrap();
}

async fn pages_say_what_keys_said(server: &Server, count: usize) {
    let history = open(server);
    for seconds in 1..=3 {
        ended(&history, &old(seconds)).await;
    }
    let before = ids(&history, &Wanted::default()).await;
    assert_eq!(before.len(), count + 3);
    put_into_pages(server).await;
    let after = seen(server);
    assert!(!after.pages.is_empty() && after.pages == after.named, "{:?} {:?}", after.pages, after.named);
    assert_eq!(ids(&open(server), &Wanted::default()).await, before);
    assert_eq!(ids(&open(server), &Wanted::newest(300)).await, before[..300]);
    assert_eq!(ids(&open(server), &Wanted::newest(3)).await, before[..3]);
    let old_ones = Wanted { pipeline: Some("old".into()), ..Wanted::newest(20) };
    assert_eq!(ids(&open(server), &old_ones).await, [old(3), old(2), old(1)]);
    let failed = Wanted { statuses: vec![Status::Terminal], ..Wanted::default() };
    assert_eq!(ids(&open(server), &failed).await.len(), count / 10);
    let behind = Wanted { after: Some(before[before.len() - 2].clone()), ..Wanted::default() };
    assert_eq!(ids(&open(server), &behind).await, before[..before.len() - 2]);
    // Found by a few letters, from either end, also in a page.
    assert_eq!(open(server).resolve(&old(2)[..12]).await.unwrap(), old(2));
    let shown = open(server).list(&old_ones).await.unwrap();
    assert_eq!((shown[0].end_time, shown[0].ends), (Some(1_700_000_001_000), 1));
    removed_and_run_again(server, &before).await;
}

/// What is in a page and changes: the page is old news, until it is written anew.
async fn removed_and_run_again(server: &Server, before: &[String]) {
    let history = open(server);
    history.remove(&old(1)).await.unwrap();
    let (_, mut journal) = history.open(&old(2), 1).await.unwrap();
    let restarted = Event::StageRestarted {
        stage: "s".into(),
        by: "b".into(),
        forget: Vec::new(),
        forget_after: Default::default(),
        queued: false,
    };
    journal.append(&Record { seq: 3, at: 1_700_000_002_000, event: restarted });
    history.set_active(&old(2), true).await.unwrap();
    journal.sync().await.unwrap();
    let old_ones = Wanted { pipeline: Some("old".into()), ..Wanted::default() };
    let listed = open(server).list(&old_ones).await.unwrap();
    assert_eq!(
        listed.iter().map(|one| (one.id.clone(), one.status)).collect::<Vec<_>>(),
        [(old(3), Status::Succeeded), (old(2), Status::Running)]
    );
    let event = Event::ExecutionCompleted { status: Status::Canceled };
    journal.append(&Record { seq: 4, at: 1_700_000_003_000, event });
    journal.sync().await.unwrap();
    history.set_active(&old(2), false).await.unwrap();
    let listed = open(server).list(&old_ones).await.unwrap();
    assert_eq!(
        listed.iter().map(|one| (one.ends, one.status)).collect::<Vec<_>>(),
        [(1, Status::Succeeded), (2, Status::Canceled)]
    );
    assert_eq!(ids(&open(server), &Wanted::default()).await, before[..before.len() - 1]);
    // Many more go, among them those of whole pages; what is left is what is listed.
    let gone = &before[200..before.len() - 300];
    let gone: Vec<String> = gone.iter().take(MANY - 80).cloned().collect();
    for some in gone.chunks(16) {
        try_join_all(some.iter().map(|id| history.remove(id))).await.unwrap();
    }
    let left: Vec<String> = before[..before.len() - 1].iter().filter(|id| !gone.contains(id)).cloned().collect();
    assert_eq!(ids(&open(server), &Wanted::default()).await, left);
    put_into_pages(server).await;
    assert_eq!(ids(&open(server), &Wanted::default()).await, left);
    let after = seen(server);
    assert_eq!(after.pages, after.named, "no page is left over");
}

#[tokio::test]
async fn moto_keeps_pages() {
    pages_say_what_keys_said(&Server::moto_s3(2500), 2500).await;
}

#[tokio::test]
async fn ministack_keeps_pages() {
    pages_say_what_keys_said(&ministack(1500), 1500).await;
}

/// Eight put keys into pages at the same time, while executions end, are run again and are removed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_that_fill_pages_at_once_none_loses_or_doubles_an_execution() {
    let moto = Server::moto_s3(1500);
    let before = ids(&open(&moto), &Wanted::newest(5)).await;
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..8_u64 {
        let history = open(&moto);
        tasks.spawn(async move {
            for round in 0..4 {
                let id = old(1000 + number * 10 + round);
                ended(&history, &id).await;
                let listed = ids(&history, &Wanted::default()).await;
                assert!(listed.contains(&id), "what has ended is listed at once");
                assert!(listed.len() >= 1500, "{}", listed.len());
                if round % 2 == 0 {
                    history.remove(&id).await.unwrap();
                    assert!(!ids(&history, &Wanted::default()).await.contains(&id), "what is removed is not listed");
                }
            }
        });
    }
    tasks.join_all().await;
    put_into_pages(&moto).await;
    let listed = ids(&open(&moto), &Wanted::default()).await;
    assert_eq!(listed.len(), 1500 + 8 * 2);
    assert_eq!(listed[..5], before);
    let after = seen(&moto);
    assert_eq!(after.pages, after.named, "no page is left over");
}

#[tokio::test]
async fn whoever_is_killed_while_filling_pages_loses_nothing_and_leaves_nothing() {
    for crash in ["pages:1", "pages:2", "pages:3"] {
        let moto = Server::moto_s3(900);
        let project = TestProject::new();
        let list = ["history", "list", "-n", "2000", "-o", "json", "--history", &place(&moto)];
        let killed = project.command(&list).env("GENNAKER_CRASH", crash).output().unwrap();
        assert_eq!(killed.status.signal(), Some(9), "{crash}: {}", text(&killed.stderr));
        let left = seen(&moto);
        match crash {
            "pages:1" => assert!(left.named.is_empty() && left.pages.len() == 1 && left.keys.len() == 900),
            "pages:2" => assert!(left.named.len() == 1 && left.keys.len() == 900),
            _ => assert!(left.named.len() == 1 && left.keys.len() == 100),
        }
        let listed: Value = serde_json::from_str(&project.ok(&list)).unwrap();
        let mut ids: Vec<&str> = listed.as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!((listed.as_array().unwrap().len(), ids.len()), (900, 900), "{crash}");
        // That list has done again what was left undone.
        let after = seen(&moto);
        assert_eq!((after.keys.len(), &after.pages), (100, &after.named), "{crash}");
    }
}

#[tokio::test]
async fn who_may_only_read_sees_the_same() {
    let moto = Server::moto_s3(900);
    let proxy = Server::script("s3_proxy.py", |_| vec![moto.url.clone()]);
    proxy.curl(&["-X", "POST"], "/proxy", br#"{"deny": "PutObject"}"#);
    assert_eq!(ids(&open(&proxy), &Wanted::default()).await.len(), 900);
    assert_eq!(seen(&moto).keys.len(), 900);
    // A page that its reader may not write is read all the same.
    put_into_pages(&moto).await;
    assert_eq!(ids(&open(&proxy), &Wanted::default()).await.len(), 900);
}

/// Requests are counted by a proxy in between.
async fn lists_take_few_requests(store: &Server, count: usize) {
    let proxy = Server::script("s3_proxy.py", |_| vec![store.url.clone()]);
    let requests = || {
        let counts: Value = serde_json::from_str(&proxy.curl(&[], "/proxy", b"")).unwrap();
        counts["requests"].as_u64().unwrap_or(0)
    };
    put_into_pages(store).await;
    let begun = Instant::now();
    assert_eq!(open(store).list(&Wanted::default()).await.unwrap().len(), count);
    eprintln!("{count} of {count} listed in {:.2?}, without the proxy", begun.elapsed());
    for (what, wanted, found, most) in [
        ("the newest", Wanted::newest(20), 20, 3),
        ("of a pipeline", Wanted { pipeline: Some("Deploy 3".into()), ..Wanted::newest(20) }, 20, 12),
        ("that failed", Wanted { statuses: vec![Status::Terminal], ..Wanted::newest(20) }, 20, 12),
        ("of another application", Wanted { application: Some("other".into()), ..Wanted::newest(20) }, 0, 12),
        ("all", Wanted::default(), count, 12),
    ] {
        // The best of three: the store shares this machine with other tests.
        let mut best = Duration::MAX;
        for _ in 0..3 {
            let before = requests();
            let begun = Instant::now();
            let listed = open(&proxy).list(&wanted).await.unwrap();
            best = best.min(begun.elapsed());
            let asked = requests() - before;
            assert_eq!(listed.len(), found);
            assert!(asked <= most, "{what}: {asked} requests");
            assert!(listed.windows(2).all(|pair| pair[0].id > pair[1].id));
            eprintln!("{what}: {found} of {count}, {asked} requests");
        }
        assert!(best < Duration::from_secs(1), "{what}: {best:?}");
    }
}

#[tokio::test]
async fn ten_thousand_executions_are_listed_in_a_second_with_few_requests() {
    lists_take_few_requests(&Server::moto_s3(10_000), 10_000).await;
}

#[tokio::test]
async fn ministack_lists_as_many_with_as_few() {
    lists_take_few_requests(&ministack(5_000), 5_000).await;
}

#[tokio::test]
async fn pages_of_a_newer_version_and_broken_ones_are_told_of() {
    let moto = Server::moto_s3(0);
    for (manifest, wanted) in [
        (
            json!({"format": "gennaker-index", "version": 9, "generation": 1, "nonce": "", "pages": []}),
            "written by a newer gennaker",
        ),
        (json!({"format": "other"}), "s3://history/many/pages.json does not say which pages there are"),
        (
            json!({"format": "gennaker-index", "version": 1, "generation": 1, "nonce": "", "pages": [
                {"key": "pages/00000001-x-0", "newest": "01Z", "oldest": "01A", "executions": 1}]}),
            "pages of the index are gone",
        ),
    ] {
        servers::boto3(&format!(
            "import boto3\nboto3.client('s3', endpoint_url='{}', region_name='us-east-1', aws_access_key_id='k', \
             aws_secret_access_key='s').put_object(Bucket='history', Key='many/pages.json', Body={:?})",
            moto.url,
            manifest.to_string()
        ));
        let error = open(&moto).list(&Wanted::default()).await.unwrap_err();
        assert!(error.message.contains(wanted), "{wanted}: {error}");
    }
}
