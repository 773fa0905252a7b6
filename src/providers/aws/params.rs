//! Parameters of AWS's query APIs, flattened as they go over the wire. Knows no API.

use serde_json::Value;

use super::xml::Node;

/// How lists are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// `Names.member.1`: everything but EC2.
    Query,
    /// `Name.1`: EC2.
    Ec2,
}

/// Parameters of one call.
#[derive(Clone, Debug)]
pub(super) struct Params {
    style: Style,
    pairs: Vec<(String, String)>,
}

impl Params {
    pub(super) fn new(style: Style) -> Self {
        Self { style, pairs: Vec::new() }
    }

    /// Parameters for EC2.
    pub(super) fn ec2() -> Self {
        Self::new(Style::Ec2)
    }

    /// Parameters for everything else.
    pub(super) fn query() -> Self {
        Self::new(Style::Query)
    }

    pub(super) fn set(&mut self, name: &str, value: impl ToString) -> &mut Self {
        self.pairs.push((name.to_owned(), value.to_string()));
        self
    }

    /// The same by value, to build a call in one expression.
    pub(super) fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.set(name, value);
        self
    }

    pub(super) fn set_some(&mut self, name: &str, value: Option<impl ToString>) -> &mut Self {
        if let Some(value) = value {
            self.set(name, value);
        }
        self
    }

    /// Name of an item of a list, counted from 0.
    pub(super) fn item(&self, list: &str, position: usize) -> String {
        match self.style {
            Style::Query => format!("{list}.member.{}", position + 1),
            Style::Ec2 => format!("{list}.{}", position + 1),
        }
    }

    pub(super) fn list<T: ToString>(&mut self, name: &str, items: impl IntoIterator<Item = T>) -> &mut Self {
        for (position, item) in items.into_iter().enumerate() {
            let name = self.item(name, position);
            self.set(&name, item);
        }
        self
    }

    pub(super) fn with_list<T: ToString>(mut self, name: &str, items: impl IntoIterator<Item = T>) -> Self {
        self.list(name, items);
        self
    }

    /// EC2's filters, each a name and its values.
    pub(super) fn with_filters<T: ToString>(mut self, filters: &[(&str, &[T])]) -> Self {
        for (position, (name, values)) in filters.iter().enumerate() {
            let filter = self.item("Filter", position);
            self.set(&format!("{filter}.Name"), name);
            for (position, value) in values.iter().enumerate() {
                self.set(&format!("{filter}.Value.{}", position + 1), value.to_string());
            }
        }
        self
    }

    /// `[{Key, Value}]`.
    pub(super) fn tags<'a>(&mut self, list: &str, tags: impl IntoIterator<Item = (&'a str, String)>) -> &mut Self {
        for (position, (key, value)) in tags.into_iter().enumerate() {
            let tag = self.item(list, position);
            self.set(&format!("{tag}.Key"), key).set(&format!("{tag}.Value"), value);
        }
        self
    }

    /// A document's value whose keys are AWS's own but for their first letter, as Spinnaker writes them.
    pub(super) fn json(&mut self, name: &str, value: &Value) -> &mut Self {
        match value {
            Value::Null => {}
            Value::Object(map) => {
                for (key, value) in map {
                    let key = capitalized(key);
                    self.json(&if name.is_empty() { key } else { format!("{name}.{key}") }, value);
                }
            }
            Value::Array(items) => {
                for (position, item) in items.iter().enumerate() {
                    let name = self.item(name, position);
                    self.json(&name, item);
                }
            }
            Value::String(text) => {
                self.set(name, text);
            }
            Value::Bool(_) | Value::Number(_) => {
                self.set(name, value);
            }
        }
        self
    }

    /// What another call answered, given back: `<a><member>…` becomes `a.member.1`.
    pub(super) fn node(&mut self, name: &str, node: &Node) -> &mut Self {
        if node.children.is_empty() {
            if !node.content.is_empty() {
                self.set(name, &node.content);
            }
            return self;
        }
        for (position, child) in node.children.iter().enumerate() {
            let name = match child.name.as_str() {
                "member" => self.item(name, position),
                child if name.is_empty() => child.to_owned(),
                child => format!("{name}.{child}"),
            };
            self.node(&name, child);
        }
        self
    }

    /// The parameters in order.
    pub(super) fn pairs(&self) -> &[(String, String)] {
        &self.pairs
    }
}

fn capitalized(key: &str) -> String {
    let mut letters = key.chars();
    letters.next().map(|first| first.to_ascii_uppercase().to_string() + letters.as_str()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn written(params: &Params) -> String {
        params.pairs().iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn values_are_flattened() {
        let mut query = Params::query();
        query.json("", &json!({"steps": [{"lowerBound": 0}, {"lowerBound": 10.5}], "name": "a b", "none": null}));
        assert_eq!(written(&query), "Steps.member.1.LowerBound=0 Steps.member.2.LowerBound=10.5 Name=a b");
        let ec2 = Params::ec2().with_filters(&[("tag:a", &["x", "y*"])]).with_list("ImageId", ["ami-1"]);
        assert_eq!(written(&ec2), "Filter.1.Name=tag:a Filter.1.Value.1=x Filter.1.Value.2=y* ImageId.1=ami-1");
    }

    #[test]
    fn an_answer_can_be_given_back() {
        let text = "<p><N>cpu</N><S><member><A>1</A></member><member><A>2</A></member></S><E/></p>";
        let mut query = Params::query();
        query.node("", &Node::read(text).unwrap());
        assert_eq!(written(&query), "N=cpu S.member.1.A=1 S.member.2.A=2");
    }
}
