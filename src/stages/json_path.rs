//! Reads one value out of a JSON document by a JsonPath as Spinnaker writes them.

use jsonpath_rust::JsonPath;
use serde_json::Value;

/// Why a path gave nothing.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum PathError {
    /// The document has nothing there.
    NotFound,
    /// It is no JsonPath; the parser's words.
    Invalid(String),
}

/// The value at the path; a path that may match many things gives the list of those.
pub(super) fn read(document: &Value, path: &str) -> Result<Value, PathError> {
    let path = path.trim();
    // Spinnaker's library takes `a.b` for `$.a.b`.
    let path = if path.starts_with('$') { path.to_owned() } else { format!("$.{path}") };
    let query = |path: &str| document.query(path).map(|found| found.into_iter().cloned().collect::<Vec<_>>());
    let found =
        query(&path).or_else(|error| query(&quote_names(&path)).map_err(|_| PathError::Invalid(error.to_string())))?;
    if may_match_many(&path) {
        return Ok(Value::Array(found));
    }
    found.into_iter().next().ok_or(PathError::NotFound)
}

fn may_match_many(path: &str) -> bool {
    let outside: String = path.split(['\'', '"']).step_by(2).collect();
    ["..", "*", "?", ":", ","].iter().any(|sign| outside.contains(sign))
}

/// `$.a-b.c` as `$['a-b']['c']`: names with signs in them, which the standard wants quoted.
fn quote_names(path: &str) -> String {
    let mut quoted = String::new();
    let mut rest = path;
    while let Some(dot) = rest.find('.') {
        let (before, after) = rest.split_at(dot);
        let name = &after[1..];
        let end = name.find(['.', '[']).unwrap_or(name.len());
        quoted.push_str(before);
        match &name[..end] {
            "" => quoted.push('.'),
            "*" => quoted.push_str("[*]"),
            plain => quoted.push_str(&format!("['{plain}']")),
        }
        rest = &name[end..];
    }
    quoted + rest
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn paths_are_read_as_spinnaker_writes_them() {
        let document = json!({"status": "ok", "a": {"b-c": [1, {"d": 2}]}, "n": null});
        for (path, value) in [
            ("$.status", json!("ok")),
            ("status", json!("ok")),
            ("$['status']", json!("ok")),
            ("$.a.b-c[1].d", json!(2)),
            ("$.a['b-c'][0]", json!(1)),
            ("$.a.b-c[*]", json!([1, {"d": 2}])),
            ("$..d", json!([2])),
            ("$.n", json!(null)),
        ] {
            assert_eq!(read(&document, path), Ok(value), "{path}");
        }
        assert_eq!(read(&document, "$.missing"), Err(PathError::NotFound));
        assert_eq!(read(&json!("text"), "$.missing"), Err(PathError::NotFound));
        assert!(matches!(read(&document, "$.[["), Err(PathError::Invalid(_))));
    }
}
