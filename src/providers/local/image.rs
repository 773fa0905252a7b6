//! Images: release folders used where they are, and archives unpacked once into a folder that instances share.

use std::fs::{self, File};
use std::io::{self, BufReader, Read, Seek};
use std::os::unix::fs::PermissionsExt;
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use flate2::read::GzDecoder;
use serde::{Deserialize, Serialize};
use tar::{Archive, Entry};

use super::cluster::Cluster;
use super::error::{self, during};
use super::world;
use super::{Local, account::DEFAULT_REGION};
use crate::model::{Image, Map};
use crate::providers::{Error, Images};

/// A release ready to run.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Release {
    pub(super) image: Image,
    /// What is in it.
    pub(super) folder: PathBuf,
}

impl Local {
    /// The release a cluster names, registered, and unpacked where it is an archive.
    pub(super) async fn release(&self, cluster: &Cluster) -> Result<Option<Release>, Error> {
        let Some(image) = cluster.image.clone() else { return Ok(None) };
        if let Some(known) = self.known_release(&image, cluster.version.as_deref())? {
            return Ok(Some(known));
        }
        let path = self.image_path(&image)?;
        let (images, version) = (self.world.images(), cluster.version.clone());
        // Reading a large archive would keep everything else waiting.
        let unpacked = tokio::task::spawn_blocking(move || register(&images, &path, version.as_deref())).await;
        let release = unpacked.map_err(|cause| error::other(format!("unpacking '{image}' ended early: {cause}")))??;
        Ok(Some(release))
    }

    /// The folder of a cluster's release as far as it is there without unpacking anything.
    pub(super) fn find_release(&self, cluster: &Cluster) -> Result<Option<PathBuf>, Error> {
        let Some(image) = &cluster.image else { return Ok(None) };
        if let Some(known) = self.known_release(image, cluster.version.as_deref())? {
            return Ok(Some(known.folder));
        }
        let path = self.image_path(image)?;
        if path.is_dir() {
            return Ok(Some(path));
        }
        read_archive(&path, |_| Ok(())).map(|()| None)
    }

    /// A registered release by id, or the newest by name; a path is never one.
    fn known_release(&self, image: &str, version: Option<&str>) -> Result<Option<Release>, Error> {
        if image.contains('/') {
            return Ok(None);
        }
        let mut named: Vec<Release> = self.releases()?;
        named.retain(|release| release.image.image_id == image || release.image.image_name == image);
        named.retain(|release| {
            release.image.image_id == image || version.is_none() || release.image.version.as_deref() == version
        });
        named.sort_by_key(|release| (release.image.image_id == image, release.image.created_time));
        Ok(named.pop())
    }

    fn image_path(&self, image: &str) -> Result<PathBuf, Error> {
        let path = self.account.project.join(image);
        if path.exists() {
            return Ok(path);
        }
        let mut known: Vec<String> = self.releases()?.into_iter().map(|release| release.image.image_name).collect();
        known.sort();
        known.dedup();
        let hint = if known.is_empty() { String::new() } else { format!(" (images are {})", known.join(", ")) };
        Err(error::invalid(format!(
            "image '{image}' is neither an image of account '{}'{hint} nor a path: {} does not exist",
            self.account.name,
            path.display()
        )))
    }

    fn releases(&self) -> Result<Vec<Release>, Error> {
        let folder = self.world.images();
        let names = world::names(&folder)?;
        names.iter().filter_map(|name| world::read_json(&folder.join(name).join("image.json")).transpose()).collect()
    }
}

/// Number of the next release made here: two deploys of one process may make the same one at the same time.
static NEXT: AtomicU32 = AtomicU32::new(0);

/// Makes a release of a folder or an archive; doing it again finds the same one.
fn register(images: &Path, path: &Path, version: Option<&str>) -> Result<Release, Error> {
    let path = path.canonicalize().map_err(|cause| error::io("read", path, &cause))?;
    let stem = stem(&path);
    world::check_name("image", &stem)?;
    let is_folder = path.is_dir();
    let mark = if is_folder { hash(path.as_os_str().as_encoded_bytes()) } else { hash_file(&path)? };
    let version_part = version.map(|version| format!("-{version}")).unwrap_or_default();
    let id = format!("{stem}{version_part}-{mark:016x}");
    world::check_name("image", &id)?;
    let place = images.join(&id);
    if let Some(release) = world::read_json(&place.join("image.json"))? {
        return Ok(release);
    }
    world::create_folder(images)?;
    let count = NEXT.fetch_add(1, Ordering::Relaxed);
    let work = images.join(format!(".{id}-{}-{count}", std::process::id()));
    let image = Image {
        image_id: id,
        image_name: stem,
        version: version.map(str::to_owned),
        region: DEFAULT_REGION.to_owned(),
        created_time: world::now(),
        tags: Map::new(),
    };
    let release = Release { folder: if is_folder { path.clone() } else { place.join("release") }, image };
    let made = build(&work, &place, &path, &release);
    if made.is_err() {
        // What is wrong with the archive matters more than a folder that cannot be removed.
        let _ = fs::remove_dir_all(&work);
    }
    made.map(|()| release)
}

/// Builds a release beside its place and moves it there as a whole.
fn build(work: &Path, place: &Path, source: &Path, release: &Release) -> Result<(), Error> {
    world::create_folder(work)?;
    if source.is_file() {
        let folder = work.join("release");
        world::create_folder(&folder)?;
        unpack(source, &folder)?;
    }
    world::write_json(&work.join("image.json"), release)?;
    match fs::rename(work, place) {
        // Another process was faster with the same content.
        Err(_) if place.join("image.json").exists() => {
            fs::remove_dir_all(work).map_err(|c| error::io("remove", work, &c))
        }
        Err(cause) => Err(error::io("create", place, &cause)),
        Ok(()) => Ok(()),
    }
}

fn unpack(archive: &Path, folder: &Path) -> Result<(), Error> {
    read_archive(archive, |entry| {
        entry.unpack_in(folder)?;
        let path = folder.join(entry.path()?);
        let found = fs::symlink_metadata(&path)?;
        if found.is_file() {
            // Shared by all instances of all server groups that run it.
            fs::set_permissions(&path, fs::Permissions::from_mode(found.permissions().mode() & !0o222))?;
        }
        Ok(())
    })
}

/// Goes through an archive, refusing one that is none, that is empty, or that reaches out of its folder.
fn read_archive(
    path: &Path,
    mut visit: impl FnMut(&mut Entry<'_, Box<dyn Read>>) -> io::Result<()>,
) -> Result<(), Error> {
    let shown = path.display();
    let broken = |cause: &io::Error| match cause.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::PermissionDenied => {
            error::io("unpack", path, cause)
        }
        _ => error::invalid(format!(
            "{shown} is no complete .tar or .tar.gz archive ({}); build it again, or name a folder in 'image'",
            error::reason(cause)
        )),
    };
    let mut archive = Archive::new(open(path).map_err(|cause| error::io("read", path, &cause))?);
    let mut count = 0;
    for entry in archive.entries().map_err(|cause| broken(&cause))? {
        let mut entry = entry.map_err(|cause| broken(&cause))?;
        if let Some(problem) = reaches_out(&entry).map_err(|cause| broken(&cause))? {
            return Err(error::invalid(format!(
                "{shown} reaches out of its folder: {problem}; build it again with relative paths and links"
            )));
        }
        visit(&mut entry).map_err(|cause| broken(&cause))?;
        count += 1;
    }
    if count == 0 {
        return Err(error::invalid(format!("{shown} is empty or no .tar or .tar.gz archive; build it again")));
    }
    Ok(())
}

fn open(path: &Path) -> io::Result<Box<dyn Read>> {
    let mut file = BufReader::new(File::open(path)?);
    let mut magic = [0; 2];
    let read = file.read(&mut magic)?;
    file.rewind()?;
    Ok(if read == 2 && magic == [0x1f, 0x8b] { Box::new(GzDecoder::new(file)) } else { Box::new(file) })
}

/// How an entry would leave the folder it is unpacked into.
fn reaches_out(entry: &Entry<'_, Box<dyn Read>>) -> io::Result<Option<String>> {
    let path = entry.path()?;
    if depth(&path).is_none() {
        return Ok(Some(format!("it has an entry '{}'", path.display())));
    }
    let Some(link) = entry.link_name()? else { return Ok(None) };
    // A symbolic link starts at its own folder, a hard link at the archive's.
    let is_symbolic = entry.header().entry_type().is_symlink();
    let base = if is_symbolic { path.parent().unwrap_or(Path::new("")) } else { Path::new("") };
    let stays = link.is_relative() && depth(&base.join(&link)).is_some();
    Ok((!stays).then(|| format!("its entry '{}' links to '{}'", path.display(), link.display())))
}

/// How deep a relative path ends below where it starts; `None` when it leaves that on the way.
fn depth(path: &Path) -> Option<usize> {
    path.components().try_fold(0_usize, |depth, component| match component {
        Component::Normal(_) => Some(depth + 1),
        Component::CurDir => Some(depth),
        Component::ParentDir => depth.checked_sub(1),
        Component::RootDir | Component::Prefix(_) => None,
    })
}

/// Name of an image from the name of its file.
fn stem(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().display().to_string();
    let ending =
        [".tar.gz", ".tgz", ".tar"].into_iter().find(|ending| name.len() > ending.len() && name.ends_with(ending));
    ending.map_or(name.clone(), |ending| name[..name.len() - ending.len()].to_owned())
}

/// FNV-1a: tells contents apart, and is the same in every build. Images are the user's own, nobody forges them.
fn hash(bytes: &[u8]) -> u64 {
    extend(0xcbf2_9ce4_8422_2325, bytes)
}

fn extend(hash: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(hash, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

fn hash_file(path: &Path) -> Result<u64, Error> {
    let read = || -> io::Result<u64> {
        let mut file = File::open(path)?;
        let mut buffer = vec![0; 64 * 1024];
        let mut hash = hash(&file.metadata()?.len().to_le_bytes());
        loop {
            match file.read(&mut buffer)? {
                0 => return Ok(hash),
                count => hash = extend(hash, &buffer[..count]),
            }
        }
    };
    read().map_err(|cause| error::io("read", path, &cause))
}

#[async_trait]
impl Images for Local {
    async fn find(&self, name: Option<&str>, tags: &Map) -> Result<Vec<Image>, Error> {
        let releases = self.releases().map_err(during("find images"))?;
        let mut images: Vec<Image> = releases.into_iter().map(|release| release.image).collect();
        images.retain(|image| name.is_none_or(|name| image.image_name.starts_with(name)));
        images.retain(|image| tags.iter().all(|(key, value)| image.tags.get(key) == Some(value)));
        images.sort_by(|a, b| b.created_time.cmp(&a.created_time).then_with(|| b.image_id.cmp(&a.image_id)));
        Ok(images)
    }
}

#[cfg(test)]
mod tests {
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use tar::{Builder, EntryType, Header};

    use super::*;

    /// An archive with entries as they are, which `tar` itself would refuse to write.
    fn archive(folder: &Path, name: &str, entries: &[(&str, EntryType, &str)]) -> PathBuf {
        let path = folder.join(name);
        let mut builder = Builder::new(GzEncoder::new(File::create(&path).unwrap(), Compression::fast()));
        for (name, kind, content) in entries {
            let mut header = Header::new_gnu();
            header.set_entry_type(*kind);
            header.set_mode(0o755);
            header.as_gnu_mut().unwrap().name[..name.len()].copy_from_slice(name.as_bytes());
            header.set_size(if kind.is_file() { content.len() as u64 } else { 0 });
            if !kind.is_file() {
                header.as_gnu_mut().unwrap().linkname[..content.len()].copy_from_slice(content.as_bytes());
            }
            header.set_cksum();
            builder.append(&header, if kind.is_file() { content.as_bytes() } else { &[] }).unwrap();
        }
        builder.into_inner().unwrap().finish().unwrap();
        path
    }

    #[test]
    fn an_archive_is_unpacked_once() {
        let folder = tempfile::tempdir().unwrap();
        let images = folder.path().join("images");
        let path = archive(
            folder.path(),
            "shop-1.2.tar.gz",
            &[("./bin/run", EntryType::Regular, "#!/bin/sh\n"), ("bin/again", EntryType::Symlink, "../bin/run")],
        );
        let release = register(&images, &path, Some("1.2")).unwrap();
        assert_eq!((release.image.image_name.as_str(), release.image.version.as_deref()), ("shop-1.2", Some("1.2")));
        let mode = fs::metadata(release.folder.join("bin/again")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o555);
        assert_eq!(register(&images, &path, Some("1.2")).unwrap().image, release.image);
    }

    #[test]
    fn an_archive_that_reaches_out_leaves_nothing_behind() {
        for (name, kind, content, part) in [
            ("../evil", EntryType::Regular, "x", "it has an entry '../evil'"),
            ("/etc/evil", EntryType::Regular, "x", "it has an entry '/etc/evil'"),
            ("a/../../evil", EntryType::Regular, "x", "it has an entry 'a/../../evil'"),
            ("link", EntryType::Symlink, "/etc", "its entry 'link' links to '/etc'"),
            ("a/link", EntryType::Symlink, "../../etc", "its entry 'a/link' links to '../../etc'"),
            ("hard", EntryType::Link, "../etc/passwd", "its entry 'hard' links to '../etc/passwd'"),
        ] {
            let folder = tempfile::tempdir().unwrap();
            let images = folder.path().join("images");
            let path = archive(folder.path(), "evil.tar.gz", &[("ok", EntryType::Regular, "x"), (name, kind, content)]);
            let message = register(&images, &path, None).unwrap_err().message;
            assert!(message.contains(part), "{message}");
            assert_eq!(fs::read_dir(&images).unwrap().count(), 0);
            assert!(!folder.path().join("evil").exists());
        }
    }

    #[test]
    fn what_is_no_archive_is_said_to_be_none() {
        let folder = tempfile::tempdir().unwrap();
        let gz =
            archive(folder.path(), "whole.tar.gz", &[("a", EntryType::Regular, "some content that fills a block")]);
        let whole = fs::read(gz).unwrap();
        for (name, content) in [
            ("text.tar", b"just some text, no archive".as_slice()),
            ("empty.tar", b""),
            ("cut.tar.gz", &whole[..whole.len() / 2]),
        ] {
            let path = folder.path().join(name);
            fs::write(&path, content).unwrap();
            let message = register(&folder.path().join("images"), &path, None).unwrap_err().message;
            assert!(message.contains("archive"), "{message}");
            assert!(message.contains("build it again"), "{message}");
        }
    }
}
