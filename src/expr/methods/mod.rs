//! The methods and properties of Java's types that expressions may use, one table per class.

mod collection;
mod math;
mod number;
mod resolve;
mod spinnaker;
mod string;
mod table;
mod time;
mod utility;

pub(crate) use number::{hex_text, parse_int};
pub(crate) use resolve::{Param, call, matched, read};
pub(crate) use string::array_text;
pub(crate) use utility::hash_code;
