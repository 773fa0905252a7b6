//! Answers of AWS's query APIs as a tree: names, texts, children. Knows no API.

use quick_xml::Reader;
use quick_xml::events::Event;

/// An element.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) name: String,
    /// Its own text, trimmed.
    pub(super) text: String,
    pub(super) children: Vec<Self>,
}

impl Node {
    /// Reads a document; what follows its root is left aside. An error says what is wrong with it.
    pub(super) fn parse(document: &[u8]) -> Result<Self, String> {
        let text = std::str::from_utf8(document).map_err(|error| error.to_string())?;
        let mut reader = Reader::from_str(text);
        let mut open = vec![Self::default()];
        loop {
            match reader.read_event().map_err(|error| error.to_string())? {
                Event::Start(start) => {
                    let name = String::from_utf8_lossy(start.local_name().as_ref()).into_owned();
                    open.push(Self { name, ..Self::default() });
                }
                Event::Empty(start) => {
                    let name = String::from_utf8_lossy(start.local_name().as_ref()).into_owned();
                    last(&mut open).children.push(Self { name, ..Self::default() });
                }
                Event::Text(text) => {
                    let text = text.decode().map_err(|error| error.to_string())?;
                    last(&mut open).text.push_str(&text);
                }
                Event::CData(data) => last(&mut open).text.push_str(&String::from_utf8_lossy(&data)),
                Event::GeneralRef(reference) => {
                    let name = reference.decode().map_err(|error| error.to_string())?;
                    let character = reference.resolve_char_ref().map_err(|error| error.to_string())?;
                    match character {
                        Some(character) => last(&mut open).text.push(character),
                        None => last(&mut open).text.push_str(entity(&name)),
                    }
                }
                Event::End(_) => {
                    let mut done = open.pop().unwrap_or_default();
                    done.text = done.text.trim().to_owned();
                    if open.is_empty() {
                        return Err("an element ends that never began".to_owned());
                    }
                    last(&mut open).children.push(done);
                }
                Event::Eof => break,
                Event::Comment(_) | Event::Decl(_) | Event::DocType(_) | Event::PI(_) => {}
            }
        }
        match (open.len(), open.pop().and_then(|root| root.children.into_iter().next())) {
            (1, Some(root)) => Ok(root),
            _ => Err("it is no complete XML document".to_owned()),
        }
    }

    /// The first child of this name.
    pub(super) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The text at a path of names, `a/b`; `None` when it is absent or empty.
    pub(super) fn text(&self, path: &str) -> Option<&str> {
        let mut at = self;
        for name in path.split('/') {
            at = at.child(name)?;
        }
        Some(at.text.as_str()).filter(|text| !text.is_empty())
    }

    /// The same as owned text, empty when it is absent.
    pub(super) fn string(&self, path: &str) -> String {
        self.text(path).unwrap_or_default().to_owned()
    }

    /// Items of the list under this name.
    pub(super) fn items(&self, name: &str) -> impl Iterator<Item = &Self> {
        self.child(name).into_iter().flat_map(|list| &list.children)
    }

    /// The first element of this name, however deep.
    pub(super) fn find(&self, name: &str) -> Option<&Self> {
        self.children.iter().find_map(|child| if child.name == name { Some(child) } else { child.find(name) })
    }

    /// Its tags under this name, `[{key, value}]` in either protocol's spelling.
    pub(super) fn tags(&self, name: &str) -> crate::model::Map {
        let pair = |tag: &Self| {
            let key = tag.text("key").or_else(|| tag.text("Key"))?;
            let value = tag.text("value").or_else(|| tag.text("Value")).unwrap_or_default();
            Some((key.to_owned(), value.into()))
        };
        self.items(name).filter_map(pair).collect()
    }
}

fn last(open: &mut [Node]) -> &mut Node {
    open.last_mut().expect("the root is only taken at the end")
}

fn entity(name: &str) -> &'static str {
    match name {
        "amp" => "&",
        "lt" => "<",
        "gt" => ">",
        "quot" => "\"",
        "apos" => "'",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read() {
        let document = b"<?xml version=\"1.0\"?><R xmlns=\"x\"><tagSet><item><key>a&amp;b</key><value/></item></tagSet>\
                         <g><id> 7 </id></g></R>";
        let node = Node::parse(document).unwrap();
        assert_eq!(node.text("g/id"), Some("7"));
        assert_eq!(node.text("g/none"), None);
        assert_eq!(node.tags("tagSet").get("a&b").unwrap(), "");
        assert_eq!(node.find("id").unwrap().text, "7");
        assert!(Node::parse(b"<R><a></R>").is_err() && Node::parse(b"gateway timeout").is_err());
    }
}
