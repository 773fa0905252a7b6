//! What stages wrote: an object per piece, its key telling when and of which stage.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;
use ulid::Ulid;

use super::bucket::{Bucket, Condition};
use crate::aws::percent_encode;
use crate::history::{Error, LogMark};

/// Distinguishes processes that write at the same time.
static PROCESS: LazyLock<String> = LazyLock::new(|| Ulid::generate().to_string()[16..].to_owned());
static PIECE: AtomicU64 = AtomicU64::new(0);

fn prefix(id: &str) -> String {
    format!("executions/{id}/log/")
}

/// Writes lines of a stage.
pub(super) async fn append(bucket: &Bucket, id: &str, stage: &str, lines: &[String]) -> Result<(), Error> {
    let now = Timestamp::now().as_millisecond();
    let piece = PIECE.fetch_add(1, Ordering::Relaxed);
    let key = format!("{}{now:015}-{piece:08}-{}~{}", prefix(id), *PROCESS, percent_encode(stage, false));
    let mut text = String::new();
    for line in lines {
        text.push_str(stage);
        text.push('\t');
        text.push_str(line);
        text.push('\n');
    }
    bucket.put(&key, text.into_bytes(), Condition::Always).await.map(drop)
}

/// Reads lines behind a mark, of all stages or one.
pub(super) async fn read(
    bucket: &Bucket,
    id: &str,
    stage: Option<&str>,
    after: &LogMark,
) -> Result<(Vec<(String, String)>, LogMark), Error> {
    let listed = bucket.list(&prefix(id), &after.0).await?;
    let mark = listed.last().map_or_else(|| after.clone(), |last| LogMark(last.key.clone()));
    let suffix = stage.map(|stage| format!("~{}", percent_encode(stage, false))).unwrap_or_default();
    let wanted = listed.into_iter().map(|listed| listed.key).filter(|key| key.ends_with(&suffix)).collect();
    let mut lines = Vec::new();
    for (_, object) in bucket.get_all(wanted).await? {
        let text = String::from_utf8_lossy(&object.body).into_owned();
        let of = text.lines().filter_map(|line| line.split_once('\t'));
        lines.extend(of.map(|(stage, line)| (stage.to_owned(), line.to_owned())));
    }
    Ok((lines, mark))
}
