//! What a stage type says of its fields: one table that validation, the JSON Schema and the documentation read.

/// A field of a stage's context, or of an object in it.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Key in the document.
    pub name: &'static str,
    /// What may stand there. Text holding `${…}` may stand anywhere.
    pub shape: Shape,
    /// Whether the stage cannot work without it.
    pub required: bool,
    /// One line: meaning, unit, default.
    pub about: &'static str,
}

/// The shape of a value in a document.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// Anything.
    Any,
    /// `true` or `false`; the same as text is taken.
    Boolean,
    /// A length of time: a number of this unit, or `90s`, `2h` in our YAML.
    Duration(Unit),
    /// A whole number; text holding one is taken.
    Integer,
    /// A list of such values.
    List(&'static Shape),
    /// An object of any keys.
    Map,
    /// A number.
    Number,
    /// An object of these fields; others are kept and warned about.
    Object(&'static [Field]),
    /// One of these words, letter case ignored.
    OneOf(&'static [&'static str]),
    /// Text; numbers and booleans are taken as text.
    Text,
}

/// The unit Spinnaker counts a length of time in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Thousandths of a second.
    Milliseconds,
    /// Seconds.
    Seconds,
    /// Minutes.
    Minutes,
    /// Hours.
    Hours,
}

/// A field that may be left out.
#[must_use]
pub const fn optional(name: &'static str, shape: Shape, about: &'static str) -> Field {
    Field { name, shape, required: false, about }
}

/// A field that must be there.
#[must_use]
pub const fn required(name: &'static str, shape: Shape, about: &'static str) -> Field {
    Field { name, shape, required: true, about }
}

/// Two lists of fields as one of `C = A + B`.
#[must_use]
pub const fn joined<const A: usize, const B: usize, const C: usize>(one: [Field; A], other: [Field; B]) -> [Field; C] {
    assert!(A + B == C && B > 0);
    let mut all = [other[0]; C];
    let mut at = 0;
    while at < C {
        all[at] = if at < A { one[at] } else { other[at - A] };
        at += 1;
    }
    all
}

/// What the document floor may know of stage types without importing them.
pub trait StageCatalogue: Sync {
    /// Every type name and alias that can stand in a document, sorted.
    fn kinds(&self) -> Vec<&str>;
    /// The fields of a type, by name or alias; `None` when there is no such type.
    fn fields(&self, kind: &str) -> Option<&'static [Field]>;
    /// First line of its documentation.
    fn summary(&self, kind: &str) -> Option<&str>;
    /// Why a type that Spinnaker has is not there, when that is known: shown instead of "unknown type".
    fn unsupported(&self, kind: &str) -> Option<&'static str>;
    /// What a type that the project configures takes; `None` for any other.
    fn configured(&self, _kind: &str) -> Option<&ConfiguredType> {
        None
    }
    /// For the types behind configured ones (`preconfiguredJob`): where in the settings those are configured.
    fn configured_under(&self, _kind: &str) -> Option<String> {
        None
    }
}

/// What a stage type that a project configures takes from its stages.
#[derive(Clone, Debug)]
pub struct ConfiguredType {
    /// The field that holds the values, by name.
    pub field: &'static str,
    /// Names of its parameters.
    pub names: Vec<String>,
    /// Text that uses values by name beside the declared ones.
    pub used_in: Option<String>,
    /// Whether its configuration names the account: then what a stage says of it does not count.
    pub names_account: bool,
}

impl ConfiguredType {
    /// Whether anything reads a value of this name.
    #[must_use]
    pub fn takes(&self, name: &str) -> bool {
        let uses = |text: &String| {
            let (quoted, read) = (format!("'{name}'"), format!("parameterValues.{name}"));
            text.contains(&quoted) || text.contains(&read)
        };
        self.names.iter().any(|known| known == name) || self.used_in.as_ref().is_some_and(uses)
    }
}
