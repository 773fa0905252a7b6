//! History in a folder: one file of JSON lines per execution.
//!
//! ```text
//! .gennaker/
//!   format.json               {"format": "gennaker-history", "version": 1}
//!   executions/<ULID>.jsonl   the records; the first line is a header
//!   active/<ULID>             a mark per execution that has not ended
//!   logs/<ULID>.log           what stages wrote: stage id, tab, line
//!   requests/<ULID>/<ULID>    requests to the driving process
//!   leases/<scope>.json       who drives what
//! ```

use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Serialize};

use super::lease_file::LeaseFiles;
use super::{
    Error, ErrorKind, Event, FORMAT_VERSION, History, Journal, Leases, Record, Recorded, Request, RequestId, Summary,
};
use crate::model::Status;

const FORMAT: &str = "gennaker-history";

/// The first line of every file.
#[derive(Serialize, Deserialize)]
struct Header {
    format: String,
    version: u32,
}

impl Header {
    fn line() -> String {
        format!("{{\"format\":\"{FORMAT}\",\"version\":{FORMAT_VERSION}}}\n")
    }

    fn check(text: &str, path: &Path) -> Result<(), Error> {
        let header: Self = serde_json::from_str(text)
            .map_err(|_| Error::corrupt(path, 1, "is not the header of a gennaker history file"))?;
        if header.format != FORMAT {
            return Err(Error::corrupt(path, 1, format!("has format '{}', not '{FORMAT}'", header.format)));
        }
        if header.version > FORMAT_VERSION {
            return Err(Error::new(
                ErrorKind::NewerVersion,
                format!(
                    "{} is written by a newer gennaker (format {}, this one reads {FORMAT_VERSION}); update gennaker",
                    path.display(),
                    header.version
                ),
            ));
        }
        Ok(())
    }
}

/// History in a state folder.
pub struct FileHistory {
    folder: PathBuf,
    leases: LeaseFiles,
}

impl FileHistory {
    /// The history of this folder. Creates nothing: the first recorded execution does. Refuses a newer version's.
    pub fn open(folder: impl Into<PathBuf>) -> Result<Self, Error> {
        let folder = folder.into();
        let format = folder.join("format.json");
        match fs::read_to_string(&format) {
            Ok(text) => Header::check(text.trim_end(), &format)?,
            Err(e) if matches!(e.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory) => {}
            Err(e) => return Err(Error::io("read", &format, e)),
        }
        let leases = LeaseFiles::new(folder.join("leases"));
        Ok(Self { folder, leases })
    }

    fn prepare(&self) -> Result<(), Error> {
        for name in ["executions", "active", "logs", "requests"] {
            let path = self.folder.join(name);
            fs::create_dir_all(&path).map_err(|e| Error::io("create", &path, e))?;
        }
        let format = self.folder.join("format.json");
        if !format.exists() {
            fs::write(&format, Header::line()).map_err(|e| Error::io("write", &format, e))?;
            // Runs are no part of the repository they are started from.
            let ignore = self.folder.join(".gitignore");
            fs::write(&ignore, "*\n").map_err(|e| Error::io("write", &ignore, e))?;
        }
        Ok(())
    }

    fn execution_path(&self, id: &str) -> PathBuf {
        self.folder.join("executions").join(format!("{id}.jsonl"))
    }

    fn ids(&self, folder: &str) -> Result<Vec<String>, Error> {
        let path = self.folder.join(folder);
        let entries = match fs::read_dir(&path) {
            Ok(entries) => entries,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(e) => return Err(Error::io("read", &path, e)),
        };
        let mut ids: Vec<String> = entries
            .flatten()
            .filter_map(|entry| entry.file_name().into_string().ok())
            .map(|name| name.trim_end_matches(".jsonl").to_owned())
            .filter(|name| !name.starts_with('.'))
            .collect();
        // ULIDs sort by time.
        ids.sort_unstable();
        Ok(ids)
    }

    fn not_found(&self, id: &str) -> Error {
        let hint = "list them with 'gennaker history list'";
        Error::new(ErrorKind::NotFound, format!("no execution '{id}' in {}; {hint}", self.folder.display()))
    }

    fn open_file(&self, id: &str) -> Result<(PathBuf, File), Error> {
        let path = self.execution_path(id);
        match OpenOptions::new().read(true).open(&path) {
            Ok(file) => Ok((path, file)),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Err(self.not_found(id)),
            Err(e) => Err(Error::io("read", &path, e)),
        }
    }

    /// Head and tail of a file are enough for a list.
    fn summarize(&self, id: &str) -> Result<Option<Summary>, Error> {
        let (path, file) = self.open_file(id)?;
        let mut reader = BufReader::new(file);
        let mut line = String::new();
        reader.read_line(&mut line).map_err(|e| Error::io("read", &path, e))?;
        Header::check(line.trim_end(), &path)?;
        line.clear();
        reader.read_line(&mut line).map_err(|e| Error::io("read", &path, e))?;
        if !line.ends_with('\n') {
            return Ok(None);
        }
        let first: Record = serde_json::from_str(&line).map_err(|e| Error::corrupt(&path, 2, e))?;
        let Event::ExecutionRecorded { execution } = first.event else {
            return Err(Error::corrupt(&path, 2, "the first record does not record an execution"));
        };
        let mut summary = Summary {
            id: id.to_owned(),
            application: execution.application,
            name: execution.name,
            pipeline_config_id: execution.pipeline_config_id,
            status: Status::NotStarted,
            build_time: execution.build_time,
            start_time: None,
            end_time: None,
            user: execution.authentication.user,
            trigger: execution.trigger.get("type").and_then(|t| t.as_str()).unwrap_or("manual").to_owned(),
        };
        for (at, mark) in Marks::read(&mut reader, &path)? {
            match mark {
                Mark::Started => {
                    summary.start_time.get_or_insert(at);
                    summary.status = Status::Running;
                    summary.end_time = None;
                }
                Mark::Queued => {
                    summary.status = Status::NotStarted;
                    summary.end_time = None;
                }
                Mark::Paused => summary.status = Status::Paused,
                Mark::Completed(status) => {
                    summary.status = status;
                    summary.end_time = Some(at);
                }
            }
        }
        Ok(Some(summary))
    }
}

/// The few events that a list needs, found without reading what stands between them.
enum Mark {
    Queued,
    Started,
    Paused,
    Completed(Status),
}

struct Marks;

impl Marks {
    fn read(reader: &mut impl BufRead, path: &Path) -> Result<Vec<(i64, Mark)>, Error> {
        let mut marks = Vec::new();
        let mut line = Vec::new();
        loop {
            line.clear();
            let length = reader.read_until(b'\n', &mut line).map_err(|e| Error::io("read", path, e))?;
            if length == 0 || line.last() != Some(&b'\n') {
                return Ok(marks);
            }
            // Our own writer puts seq, at and event first, in this order.
            let head = &line[..line.len().min(120)];
            let is_mark = [&b"\"event\":\"execution"[..], b"\"event\":\"stageRestarted"]
                .iter()
                .any(|wanted| head.windows(wanted.len()).any(|window| window == *wanted));
            if !is_mark {
                continue;
            }
            let Ok(record) = serde_json::from_slice::<Record>(&line) else { continue };
            let mark = match record.event {
                Event::StageRestarted { queued: true, .. } => Mark::Queued,
                Event::ExecutionStarted | Event::ExecutionUnpaused { .. } | Event::StageRestarted { .. } => {
                    Mark::Started
                }
                Event::ExecutionPaused { .. } => Mark::Paused,
                Event::ExecutionCompleted { status } => Mark::Completed(status),
                _ => continue,
            };
            marks.push((record.at, mark));
        }
    }
}

/// Reads all records; `good` is the length up to and including the last whole line.
fn read_records(path: &Path, mut file: &File) -> Result<(Recorded, u64), Error> {
    let mut text = Vec::new();
    file.read_to_end(&mut text).map_err(|e| Error::io("read", path, e))?;
    let mut recorded = Recorded::default();
    let mut good = 0;
    for (index, line) in text.split_inclusive(|byte| *byte == b'\n').enumerate() {
        let number = index + 1;
        // Only the very last line can lack its end: a crash cut it, and what it announced never happened.
        if line.last() != Some(&b'\n') {
            recorded.torn = true;
            break;
        }
        let line = &line[..line.len() - 1];
        good += line.len() as u64 + 1;
        if index == 0 {
            Header::check(&String::from_utf8_lossy(line), path)?;
            continue;
        }
        let record: Record = serde_json::from_slice(line)
            .map_err(|e| Error::corrupt(path, number, format!("not a record ({e}); the file was cut or edited")))?;
        if record.seq != index as u64 {
            let text = format!("record {} stands where record {index} belongs; the file was cut or edited", record.seq);
            return Err(Error::corrupt(path, number, text));
        }
        recorded.records.push(record);
    }
    if recorded.records.is_empty() {
        // A crash while it was being recorded: nothing that it announces has happened.
        let text = "no execution is recorded: the file was cut, or writing it was cut short; remove it";
        return Err(Error::corrupt(path, 2, text));
    }
    Ok((recorded, good))
}

#[async_trait]
impl History for FileHistory {
    async fn create(&self, id: &str, first: &Record, _epoch: u64) -> Result<Box<dyn Journal>, Error> {
        self.prepare()?;
        let path = self.execution_path(id);
        let file = match OpenOptions::new().create_new(true).write(true).open(&path) {
            Ok(file) => file,
            Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {
                return Err(Error::new(ErrorKind::AlreadyExists, format!("execution {id} is recorded already")));
            }
            Err(e) => return Err(Error::io("create", &path, e)),
        };
        let mut journal = FileJournal { path, file, length: 0, pending: Header::line().into_bytes() };
        journal.append(first);
        if let Err(error) = journal.sync().await {
            // Nothing is half recorded: an execution that could not be written does not exist.
            let _ = fs::remove_file(&journal.path);
            return Err(error);
        }
        sync_folder(&self.folder.join("executions"))?;
        self.set_active(id, true).await?;
        Ok(Box::new(journal))
    }

    async fn open(&self, id: &str, _epoch: u64) -> Result<(Recorded, Box<dyn Journal>), Error> {
        let path = self.execution_path(id);
        let file = match OpenOptions::new().read(true).write(true).open(&path) {
            Ok(file) => file,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Err(self.not_found(id)),
            Err(e) => return Err(Error::io("open", &path, e)),
        };
        let _guard = Locked::new(&file, &path)?;
        let (recorded, good) = read_records(&path, &file)?;
        if recorded.torn {
            file.set_len(good).map_err(|e| Error::io("mend", &path, e))?;
        }
        let file = file.try_clone().map_err(|e| Error::io("open", &path, e))?;
        Ok((recorded, Box::new(FileJournal { path, file, length: good, pending: Vec::new() })))
    }

    async fn read(&self, id: &str) -> Result<Recorded, Error> {
        let (path, file) = self.open_file(id)?;
        read_records(&path, &file).map(|(recorded, _)| recorded)
    }

    async fn resolve(&self, prefix: &str) -> Result<String, Error> {
        let wanted = prefix.to_ascii_uppercase();
        let mut found: Vec<String> =
            self.ids("executions")?.into_iter().filter(|id| id.starts_with(&wanted) || id.ends_with(&wanted)).collect();
        if let Some(exact) = found.iter().position(|id| *id == wanted) {
            return Ok(found.swap_remove(exact));
        }
        match found.len() {
            0 => Err(self.not_found(prefix)),
            1 => Ok(found.remove(0)),
            count => {
                let some = found.iter().rev().take(5).cloned().collect::<Vec<_>>().join(", ");
                let text = format!("'{prefix}' begins {count} executions ({some}); give more letters");
                Err(Error::new(ErrorKind::Ambiguous, text))
            }
        }
    }

    async fn list(&self, limit: Option<usize>) -> Result<Vec<Summary>, Error> {
        let mut found = Vec::new();
        for id in self.ids("executions")?.iter().rev() {
            if limit.is_some_and(|limit| found.len() >= limit) {
                break;
            }
            found.extend(self.summarize(id)?);
        }
        Ok(found)
    }

    async fn since(&self, id: &str) -> Result<Vec<Summary>, Error> {
        let mut found = Vec::new();
        for later in self.ids("executions")?.iter().rev().take_while(|later| later.as_str() > id) {
            found.extend(self.summarize(later)?);
        }
        Ok(found)
    }

    async fn active(&self) -> Result<Vec<Summary>, Error> {
        let mut found = Vec::new();
        for id in self.ids("active")? {
            match self.summarize(&id) {
                Ok(summary) => found.extend(summary.filter(|summary| !summary.status.is_complete())),
                Err(error) if error.kind == ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(found)
    }

    async fn set_active(&self, id: &str, active: bool) -> Result<(), Error> {
        let path = self.folder.join("active").join(id);
        if active {
            File::create(&path).map(drop).map_err(|e| Error::io("create", &path, e))
        } else {
            remove_if_there(&path)
        }
    }

    async fn remove(&self, id: &str) -> Result<(), Error> {
        remove_if_there(&self.folder.join("active").join(id))?;
        remove_if_there(&self.folder.join("logs").join(format!("{id}.log")))?;
        let requests = self.folder.join("requests").join(id);
        match fs::remove_dir_all(&requests) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(Error::io("remove", &requests, e)),
            _ => {}
        }
        remove_if_there(&self.execution_path(id))
    }

    async fn submit(&self, id: &str, request: &Request) -> Result<(), Error> {
        let folder = self.folder.join("requests").join(id);
        fs::create_dir_all(&folder).map_err(|e| Error::io("create", &folder, e))?;
        let name = ulid::Ulid::generate().to_string();
        let path = folder.join(&name);
        let temporary = folder.join(format!(".{name}"));
        let text = serde_json::to_vec(request).expect("a request is plain data");
        let write = || -> std::io::Result<()> {
            let mut file = File::create(&temporary)?;
            file.write_all(&text)?;
            file.sync_data()?;
            fs::rename(&temporary, &path)
        };
        write().map_err(|e| Error::io("write", &path, e))
    }

    async fn requests(&self, id: &str) -> Result<Vec<(RequestId, Request)>, Error> {
        let folder = format!("requests/{id}");
        let mut found = Vec::new();
        for name in self.ids(&folder)? {
            let path = self.folder.join(&folder).join(&name);
            let bytes = match fs::read(&path) {
                Ok(bytes) => bytes,
                Err(e) if e.kind() == std::io::ErrorKind::NotFound => continue,
                Err(e) => return Err(Error::io("read", &path, e)),
            };
            found.push((name, serde_json::from_slice(&bytes).map_err(|e| Error::corrupt(&path, 1, e))?));
        }
        Ok(found)
    }

    async fn request_done(&self, id: &str, request: &RequestId) -> Result<(), Error> {
        remove_if_there(&self.folder.join("requests").join(id).join(request))
    }

    async fn append_log(&self, id: &str, stage: &str, lines: &[String]) -> Result<(), Error> {
        let path = self.folder.join("logs").join(format!("{id}.log"));
        let mut text = String::new();
        for line in lines {
            text.push_str(stage);
            text.push('\t');
            text.push_str(line);
            text.push('\n');
        }
        let file = OpenOptions::new().create(true).append(true).open(&path);
        file.and_then(|mut file| file.write_all(text.as_bytes())).map_err(|e| Error::io("write", &path, e))
    }

    async fn log(&self, id: &str, stage: Option<&str>) -> Result<Vec<(String, String)>, Error> {
        let (mut lines, _) = self.log_from(id, 0).await?;
        lines.retain(|(of, _)| stage.is_none_or(|stage| stage == of));
        Ok(lines)
    }

    async fn log_from(&self, id: &str, place: u64) -> Result<(Vec<(String, String)>, u64), Error> {
        let path = self.folder.join("logs").join(format!("{id}.log"));
        let read = || -> std::io::Result<Vec<u8>> {
            let mut file = File::open(&path)?;
            file.seek(SeekFrom::Start(place))?;
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes)?;
            Ok(bytes)
        };
        let mut bytes = match read() {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok((Vec::new(), place)),
            Err(e) => return Err(Error::io("read", &path, e)),
        };
        // A line that is being written is read when it is whole.
        bytes.truncate(bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1));
        let text = String::from_utf8_lossy(&bytes);
        let lines = text.lines().filter_map(|line| line.split_once('\t'));
        let lines = lines.map(|(of, line)| (of.to_owned(), line.to_owned())).collect();
        Ok((lines, place + bytes.len() as u64))
    }

    fn leases(&self) -> &dyn Leases {
        &self.leases
    }

    fn location(&self) -> String {
        self.folder.display().to_string()
    }
}

fn remove_if_there(path: &Path) -> Result<(), Error> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(Error::io("remove", path, e)),
        _ => Ok(()),
    }
}

fn sync_folder(path: &Path) -> Result<(), Error> {
    File::open(path).and_then(|folder| folder.sync_all()).map_err(|e| Error::io("sync", path, e))
}

/// An advisory lock on a journal, held for one change.
struct Locked<'a>(&'a File);

impl<'a> Locked<'a> {
    fn new(file: &'a File, path: &Path) -> Result<Self, Error> {
        flock(file, FlockOperation::LockExclusive).map_err(|e| Error::io("lock", path, e.into()))?;
        Ok(Self(file))
    }
}

impl Drop for Locked<'_> {
    fn drop(&mut self) {
        let _ = flock(self.0, FlockOperation::Unlock);
    }
}

/// The appending end of one file.
struct FileJournal {
    path: PathBuf,
    file: File,
    /// Length of the file as we know it: another one means that somebody else has written.
    length: u64,
    pending: Vec<u8>,
}

#[async_trait]
impl Journal for FileJournal {
    fn append(&mut self, record: &Record) {
        serde_json::to_writer(&mut self.pending, record).expect("a record is plain data");
        self.pending.push(b'\n');
    }

    async fn sync(&mut self) -> Result<(), Error> {
        if self.pending.is_empty() {
            return Ok(());
        }
        let _guard = Locked::new(&self.file, &self.path)?;
        let actual = self.file.metadata().map_err(|e| Error::io("read", &self.path, e))?.len();
        if actual != self.length {
            let text = format!("{} was taken over by another process; this one stops", self.path.display());
            return Err(Error::new(ErrorKind::Fenced, text));
        }
        #[cfg(debug_assertions)]
        crash::if_asked(&self.file, self.length, &self.pending);
        let file = &self.file;
        let write = |bytes: &[u8], at: u64| -> std::io::Result<()> {
            let mut file = file;
            file.seek(SeekFrom::Start(at))?;
            file.write_all(bytes)?;
            file.sync_data()
        };
        if let Err(e) = write(&self.pending, self.length) {
            // What could not be written whole is taken back, so that the file ends with a whole line.
            let _ = self.file.set_len(self.length);
            return Err(Error::io("write", &self.path, e));
        }
        self.length += self.pending.len() as u64;
        self.pending.clear();
        Ok(())
    }
}

/// Fault injection for the crash tests, in debug builds only: `GENNAKER_CRASH=before:7` or `after:7` kills this process
/// as `kill -9` would, just before or just after record 7 became durable.
#[cfg(debug_assertions)]
mod crash {
    use std::fs::File;
    use std::io::{Seek, SeekFrom, Write};

    pub(super) fn if_asked(mut file: &File, length: u64, pending: &[u8]) {
        let Ok(asked) = std::env::var("GENNAKER_CRASH") else { return };
        let Some((moment, seq)) = asked.split_once(':') else { return };
        let wanted = format!("{{\"seq\":{seq},");
        let mut end = 0;
        for line in pending.split_inclusive(|byte| *byte == b'\n') {
            let found = line.starts_with(wanted.as_bytes());
            if !(found && moment == "before") {
                end += line.len();
            }
            if found {
                let _ = file.seek(SeekFrom::Start(length));
                let _ = file.write_all(&pending[..end]);
                let _ = file.sync_data();
                let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
                std::thread::sleep(std::time::Duration::from_secs(60));
            }
        }
    }
}
