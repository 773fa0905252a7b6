//! Reads XML answers into a tree that is asked by paths.

use quick_xml::Reader;
use quick_xml::events::Event;

/// An element: its name without prefix, its text, its children.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Element {
    /// Name.
    pub name: String,
    /// Text directly in it, without white space around.
    pub content: String,
    /// Elements in it, in order.
    pub children: Vec<Element>,
}

impl Element {
    /// The root of a document; `None` when it is no XML.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let mut reader = Reader::from_str(text);
        let mut open = vec![Self::default()];
        loop {
            match reader.read_event().ok()? {
                Event::Start(tag) => open.push(Self::named(tag.local_name().as_ref())),
                Event::Empty(tag) => open.last_mut()?.children.push(Self::named(tag.local_name().as_ref())),
                Event::End(_) => {
                    let mut done = open.pop()?;
                    done.content = done.content.trim().to_owned();
                    open.last_mut()?.children.push(done);
                }
                Event::Text(part) => open.last_mut()?.content.push_str(&part.decode().ok()?),
                Event::CData(part) => open.last_mut()?.content.push_str(&part.decode().ok()?),
                Event::GeneralRef(reference) => {
                    let character = match reference.resolve_char_ref().ok()? {
                        Some(character) => character.to_string(),
                        None => quick_xml::escape::resolve_predefined_entity(&reference.decode().ok()?)?.to_owned(),
                    };
                    open.last_mut()?.content.push_str(&character);
                }
                Event::Eof => break,
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
            }
        }
        if open.len() > 1 { None } else { open.pop()?.children.into_iter().next() }
    }

    fn named(name: &[u8]) -> Self {
        Self { name: String::from_utf8_lossy(name).into_owned(), ..Self::default() }
    }

    /// The first element at a path of names: `Result/Groups/member`.
    #[must_use]
    pub fn at(&self, path: &str) -> Option<&Self> {
        path.split('/').try_fold(self, |element, name| element.children.iter().find(|child| child.name == name))
    }

    /// The text at a path, unless it is empty.
    #[must_use]
    pub fn text(&self, path: &str) -> Option<&str> {
        self.at(path).map(|element| element.content.as_str()).filter(|text| !text.is_empty())
    }

    /// All elements at a path: `Result/Groups/member` gives every `member` of the first `Groups`.
    pub fn all<'a>(&'a self, path: &'a str) -> impl Iterator<Item = &'a Self> {
        let (parent, name) = match path.rsplit_once('/') {
            Some((parent, name)) => (self.at(parent), name),
            None => (Some(self), path),
        };
        parent.into_iter().flat_map(|parent| &parent.children).filter(move |child| child.name == name)
    }
}

/// Text as it stands in a document.
#[must_use]
pub fn escape(text: &str) -> String {
    quick_xml::escape::escape(text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_asked_by_paths() {
        let text = "<?xml version=\"1.0\"?>\n<a:R xmlns:a='x'><G><member><N> one &amp; &#228; </N></member><member/></G></a:R>";
        let root = Element::read(text).unwrap();
        assert_eq!(root.name, "R");
        assert_eq!(root.text("G/member/N"), Some("one & ä"));
        assert_eq!((root.all("G/member").count(), root.all("G").count(), root.all("X/y").count()), (2, 1, 0));
        assert!(Element::read("{}").is_none() && Element::read("<a><b></a>").is_none());
    }
}
