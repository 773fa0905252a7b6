//! Where a setting's value comes from.

use std::fmt;
use std::sync::Arc;

use crate::diagnostic::{Place, Source};

/// Where a value comes from; the first that has one wins.
#[derive(Clone, Debug)]
pub enum Origin {
    /// A flag, such as `--history`.
    Flag(&'static str),
    /// An environment variable.
    Environment(&'static str),
    /// A place in a file.
    File(Arc<Source>, Place),
    /// Nowhere: the default.
    BuiltIn,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(flag) => write!(f, "flag {flag}"),
            Self::Environment(name) => write!(f, "environment {name}"),
            Self::File(source, place) => match source.resolve(place) {
                Some(range) => write!(f, "{}:{}", source.name, source.location(&range).line),
                None => f.write_str(&source.name),
            },
            Self::BuiltIn => f.write_str("built in"),
        }
    }
}

/// A value and where it comes from.
#[derive(Clone, Debug)]
pub struct Sourced<T> {
    /// The value.
    pub value: T,
    /// Where it comes from.
    pub origin: Origin,
}
