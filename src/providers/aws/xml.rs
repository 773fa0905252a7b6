//! What this provider asks of an answer besides its paths.

pub(super) use crate::aws::Element as Node;
use crate::model::Map;

/// An answer's element as the APIs here write it: lists are elements that hold their items.
pub(super) trait Answer {
    /// The first child of this name.
    fn child(&self, name: &str) -> Option<&Node>;
    /// The text at a path, empty when it is absent.
    fn string(&self, path: &str) -> String;
    /// Items of the list under this name.
    fn items(&self, name: &str) -> impl Iterator<Item = &Node>;
    /// Its tags under this name, `[{key, value}]` in either protocol's spelling.
    fn tags(&self, name: &str) -> Map;
}

impl Answer for Node {
    fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    fn string(&self, path: &str) -> String {
        self.text(path).unwrap_or_default().to_owned()
    }

    fn items(&self, name: &str) -> impl Iterator<Item = &Self> {
        self.child(name).into_iter().flat_map(|list| &list.children)
    }

    fn tags(&self, name: &str) -> Map {
        let pair = |tag: &Self| {
            let key = tag.text("key").or_else(|| tag.text("Key"))?;
            let value = tag.text("value").or_else(|| tag.text("Value")).unwrap_or_default();
            Some((key.to_owned(), value.into()))
        };
        self.items(name).filter_map(pair).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_and_tags_are_read() {
        let text = "<R><tagSet><item><key>a&amp;b</key><value/></item></tagSet><g><id> 7 </id></g></R>";
        let node = Node::read(text).unwrap();
        assert_eq!((node.string("g/id"), node.string("g/none")), ("7".to_owned(), String::new()));
        assert_eq!(node.tags("tagSet").get("a&b").unwrap(), "");
        assert_eq!(node.items("tagSet").count(), 1);
    }
}
