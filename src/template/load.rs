//! Where templates come from: files, addresses, repositories and the templates of the project.

use std::sync::Arc;

use serde_json::Value;

use super::origin::Origin;
use crate::diagnostic::{Diagnostic, Document, Source, read_documents};

/// Ancestors beyond which a chain of templates is a mistake.
const LONGEST_CHAIN: usize = 50;

/// What a template's `source` names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reference {
    /// A file; relative paths are relative to the file that names it.
    File(String),
    /// An `http:` or `https:` address.
    Url(String),
    /// A template of the project, by its id.
    Stored {
        /// The template's `id`.
        id: String,
        /// Which version of it.
        version: Option<StoredVersion>,
    },
    /// A file of a repository: `git+https://host/repository//path?ref=branch`.
    Git {
        /// What to clone.
        repository: String,
        /// The file in it.
        path: String,
        /// Branch, tag or commit; the default branch when absent.
        at: Option<String>,
    },
}

/// A version of a stored template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoredVersion {
    /// `:tag`
    Tag(String),
    /// `@sha256:…`, without the algorithm.
    Digest(String),
}

impl Reference {
    /// Reads a `source`.
    ///
    /// # Errors
    /// A scheme that is not known.
    pub fn parse(text: &str) -> Result<Self, String> {
        let Some((scheme, rest)) = text.split_once(':').filter(|(scheme, _)| is_scheme(scheme)) else {
            return Ok(Self::File(text.to_owned()));
        };
        match scheme.to_ascii_lowercase().as_str() {
            "http" | "https" => Ok(Self::Url(text.to_owned())),
            "file" => Ok(Self::File(rest.strip_prefix("//").unwrap_or(rest).to_owned())),
            "spinnaker" => Ok(stored(rest.trim_start_matches('/'))),
            git if git.starts_with("git+") => git_file(&text["git+".len()..]),
            other => Err(format!("templates cannot be read through '{other}:'")),
        }
    }
}

fn is_scheme(text: &str) -> bool {
    // One letter is a drive, not a scheme.
    text.len() > 1 && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
}

fn stored(text: &str) -> Reference {
    if let Some((id, digest)) = text.split_once("@sha256:") {
        return Reference::Stored { id: id.to_owned(), version: Some(StoredVersion::Digest(digest.to_owned())) };
    }
    match text.split_once(':') {
        Some((id, tag)) => Reference::Stored { id: id.to_owned(), version: Some(StoredVersion::Tag(tag.to_owned())) },
        None => Reference::Stored { id: text.to_owned(), version: None },
    }
}

fn git_file(text: &str) -> Result<Reference, String> {
    let (address, query) = text.split_once('?').map_or((text, ""), |(address, query)| (address, query));
    let host = address.find("://").map_or(0, |at| at + 3);
    let Some(split) = address[host..].find("//").map(|at| host + at) else {
        return Err("it names no file in the repository; write git+https://host/repository//path?ref=branch".into());
    };
    let at = query.split('&').find_map(|pair| pair.strip_prefix("ref=")).map(str::to_owned);
    let path = address[split + 2..].to_owned();
    if path.split('/').any(|part| part == "..") {
        return Err("a file of a repository lies inside of it".into());
    }
    Ok(Reference::Git { repository: address[..split].to_owned(), path, at })
}

/// Brings templates and what they ask for.
pub trait Loader {
    /// The text of a template. `beside` is the name of the text that refers to it.
    ///
    /// # Errors
    /// Why it cannot be had, as the end of a sentence.
    fn load(&self, reference: &Reference, beside: &str) -> Result<Source, String>;

    /// The id of a pipeline (or of a strategy) by application and name.
    fn pipeline_id(&self, application: &str, name: &str, strategy: bool) -> Option<String>;

    /// A module of dinghyfiles. Local ones lie in the repository of the file that names them.
    ///
    /// # Errors
    /// Why it cannot be had, as what follows "module 'name'".
    fn module(&self, path: &str, local: bool, beside: &str) -> Result<Source, String>;
}

/// Reads one template that `origin` refers to.
pub(super) fn template(
    source: &str,
    origin: &Origin,
    loader: &dyn Loader,
) -> Result<(Arc<Source>, Document), Vec<Diagnostic>> {
    let unavailable = |why: String| {
        let title = format!("cannot load template '{source}': {why}");
        let help =
            "a source is a file, an http(s) or git+https address, or spinnaker://ID of a template of the project";
        vec![*origin.error("GNK0090", title, help)]
    };
    let reference = Reference::parse(source).map_err(unavailable)?;
    let text = Arc::new(loader.load(&reference, &origin.source.name).map_err(unavailable)?);
    let (mut documents, findings) = read_documents(&text);
    if findings.iter().any(Diagnostic::is_error) {
        return Err(findings);
    }
    match (documents.pop(), documents.is_empty()) {
        (Some(document), true) if is_configuration(&document.value) => {
            Err(unavailable("it is itself the configuration of a templated pipeline, not a template".to_owned()))
        }
        (Some(document), true) if document.value.is_object() => Ok((text, document)),
        _ => Err(unavailable("it does not hold one object".to_owned())),
    }
}

/// Whether a document names a template that it fills in.
fn is_configuration(value: &Value) -> bool {
    ["/template", "/pipeline/template", "/config/pipeline/template"].iter().any(|path| value.pointer(path).is_some())
}

/// A template and its ancestors, the root first.
pub(super) fn chain(
    leaf: (Arc<Source>, Document),
    loader: &dyn Loader,
) -> Result<Vec<(Arc<Source>, Document)>, Vec<Diagnostic>> {
    let mut chain = vec![leaf];
    let mut seen: Vec<String> = Vec::new();
    loop {
        let (text, document) = &chain[chain.len() - 1];
        let Some(parent) = document.value.get("source").and_then(Value::as_str).filter(|source| !source.is_empty())
        else {
            chain.reverse();
            return Ok(chain);
        };
        let origin = Origin::new(text, document.place.key("source"));
        let next = template(parent, &origin, loader)?;
        let itself = chain.iter().any(|(known, _)| known.name == next.0.name && known.text == next.0.text);
        if itself || seen.iter().any(|known| known == parent) && chain.len() > LONGEST_CHAIN {
            let title = format!("the template inherits from itself: '{parent}' is among its own descendants");
            let help = "the 'source' of a template names its parent; remove it from the topmost one";
            return Err(vec![*origin.error("GNK0091", title, help)]);
        }
        if chain.len() >= LONGEST_CHAIN {
            let title = format!("more than {LONGEST_CHAIN} templates inherit from each other");
            return Err(vec![*origin.error("GNK0091", title, "shorten the chain of templates")]);
        }
        seen.push(parent.to_owned());
        chain.push(next);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_told_apart() {
        for (text, expected) in [
            ("templates/a.yml", "File(\"templates/a.yml\")"),
            ("file:///srv/a.yml", "File(\"/srv/a.yml\")"),
            ("https://host/a.yml", "Url(\"https://host/a.yml\")"),
            ("spinnaker://my-template", "Stored { id: \"my-template\", version: None }"),
            ("spinnaker://t:stable", "Stored { id: \"t\", version: Some(Tag(\"stable\")) }"),
            ("spinnaker://t@sha256:ab", "Stored { id: \"t\", version: Some(Digest(\"ab\")) }"),
            (
                "git+https://host/o/r//dir/a.yml?ref=main",
                "Git { repository: \"https://host/o/r\", path: \"dir/a.yml\", at: Some(\"main\") }",
            ),
        ] {
            assert_eq!(format!("{:?}", Reference::parse(text).unwrap()), expected);
        }
        assert!(Reference::parse("ftp://host/a").is_err());
        assert!(Reference::parse("git+https://host/o/r").is_err());
        assert!(Reference::parse("git+https://host/o/r//../x").is_err());
    }
}
