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
use std::time::Duration;

use async_trait::async_trait;
use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Serialize};

#[cfg(debug_assertions)]
use super::crash;
use super::lease_file::LeaseFiles;
use super::{
    Error, ErrorKind, Event, FORMAT_VERSION, History, Journal, Leases, LogMark, Record, Recorded, Request, RequestId,
    Summary, Wanted, ambiguous, not_found,
};

const FORMAT: &str = "gennaker-history";
/// How often it is worth looking for news.
const LOOK: Duration = Duration::from_millis(100);

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

    fn make_folders(&self) -> Result<(), Error> {
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
        not_found(id, &self.location())
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
        let mut summary = Summary::of(&execution);
        for record in marks(&mut reader, &path)? {
            summary.note(&record);
        }
        Ok(Some(summary))
    }
}

/// The few records that a list needs, found without reading what stands between them.
fn marks(reader: &mut impl BufRead, path: &Path) -> Result<Vec<Record>, Error> {
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
        if is_mark && let Ok(record) = serde_json::from_slice::<Record>(&line) {
            marks.push(record);
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
    async fn prepare(&self) -> Result<(), Error> {
        self.make_folders()
    }

    async fn create(&self, id: &str, first: &Record, _epoch: u64) -> Result<Box<dyn Journal>, Error> {
        self.make_folders()?;
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
            _ => Err(ambiguous(prefix, &found)),
        }
    }

    async fn list(&self, wanted: &Wanted) -> Result<Vec<Summary>, Error> {
        let mut found = Vec::new();
        for id in self.ids("executions")?.iter().rev() {
            if wanted.limit.is_some_and(|limit| found.len() >= limit) {
                break;
            }
            let Some(summary) = self.summarize(id)? else { continue };
            if wanted.is_past(&summary) {
                break;
            }
            found.extend(Some(summary).filter(|summary| wanted.fits(summary)));
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

    async fn log(
        &self,
        id: &str,
        stage: Option<&str>,
        after: &LogMark,
    ) -> Result<(Vec<(String, String)>, LogMark), Error> {
        let path = self.folder.join("logs").join(format!("{id}.log"));
        let from = after.0.parse().unwrap_or(0);
        let mut text = Vec::new();
        let read = File::open(&path).and_then(|mut file| {
            file.seek(SeekFrom::Start(from))?;
            file.read_to_end(&mut text)
        });
        match read {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok((Vec::new(), after.clone())),
            Err(e) => return Err(Error::io("read", &path, e)),
            // A line that is being written is read when it is whole.
            Ok(_) => text.truncate(text.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1)),
        }
        let mark = LogMark((from + text.len() as u64).to_string());
        let text = String::from_utf8_lossy(&text);
        let lines = text.lines().filter_map(|line| line.split_once('\t'));
        let wanted = lines.filter(|(of, _)| stage.is_none_or(|stage| stage == *of));
        Ok((wanted.map(|(of, line)| (of.to_owned(), line.to_owned())).collect(), mark))
    }

    fn is_shared(&self) -> bool {
        false
    }

    fn look_interval(&self) -> Duration {
        LOOK
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
        let file = &self.file;
        let write = |bytes: &[u8], at: u64| -> std::io::Result<()> {
            let mut file = file;
            file.seek(SeekFrom::Start(at))?;
            file.write_all(bytes)?;
            file.sync_data()
        };
        #[cfg(debug_assertions)]
        if let Some(end) = crash::end(&self.pending) {
            let _ = write(&self.pending[..end], self.length);
            crash::kill();
        }
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
