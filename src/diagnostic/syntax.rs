//! What parsers of JSON and YAML say, in words for people who write pipelines.

/// How a message of a parser begins, what is said instead, and what to do about it.
type Words = (&'static str, &'static str, &'static str);

const JSON: &[Words] = &[
    ("EOF while parsing a list", "the text ends inside of a list", "the file is cut off, or a ']' is missing"),
    ("EOF while parsing an object", "the text ends inside of an object", "the file is cut off, or a '}' is missing"),
    (
        "EOF while parsing a string",
        "the text ends inside of a quoted text",
        "the file is cut off, or a '\"' is missing",
    ),
    ("EOF while parsing", "the text ends where a value belongs", "the file is cut off"),
    (
        "key must be a string",
        "a key in double quotes belongs here",
        "JSON has neither comments nor single quotes nor keys without quotes",
    ),
    ("expected `:`", "a ':' belongs here", "a colon stands between a key and its value"),
    ("expected `,` or `]`", "a ',' or a ']' belongs here", "is the comma before it missing?"),
    ("expected `,` or `}`", "a ',' or a '}' belongs here", "is the comma before it missing, or a '\\' before a quote?"),
    ("expected ident", "no value of JSON stands here", "write true, false or null in small letters"),
    (
        "expected value",
        "no value of JSON stands here",
        "a value is a text in double quotes, a number, true, false, null, a list or an object",
    ),
    ("trailing comma", "trailing comma", "remove the comma before the closing bracket"),
    (
        "trailing characters",
        "something follows the end of the document",
        "a file of JSON holds one value; write several pipelines as a list: [{…}, {…}]",
    ),
    ("control character", "a line break or a tab stands inside of a quoted text", "write \\n or \\t"),
    ("invalid escape", "no such escape", "a backslash itself is written \\\\"),
    ("invalid number", "no number of JSON", "numbers have no leading zeros, no '+' and no hexadecimal digits"),
    ("number out of range", "a number too large", "write it as a text"),
];

const YAML: &[Words] = &[
    (
        "mapping values are not allowed",
        "mapping values are not allowed in this context",
        "quote a text that holds ': ', and check the indentation of the line before",
    ),
    (
        "did not find expected key",
        "did not find expected key",
        "the indentation does not fit the lines before, or a quote or bracket is not closed",
    ),
    (
        "did not find expected '-' indicator",
        "an item of the list belongs here",
        "the indentation does not fit the items before",
    ),
    (
        "could not find expected ':'",
        "a ':' belongs here",
        "is a line of a longer text not indented, or a space missing?",
    ),
    ("found unexpected end of stream", "the text ends inside of a quoted text", "a quote is never closed"),
    ("unexpected end of", "the text ends too early", "a quote or a bracket is never closed"),
    (
        "found character that cannot start any token",
        "found character that cannot start any token",
        "quote a text that begins with '@', '`', '%' or a tab",
    ),
    ("did not find expected ',' or ']'", "a ',' or a ']' belongs here", "a list in brackets is not closed before it"),
    ("did not find expected ',' or '}'", "a ',' or a '}' belongs here", "an object in braces is not closed before it"),
    ("unknown anchor", "there is no anchor of this name", "an alias '*name' needs an anchor '&name' before it"),
    ("found undefined tag handle", "YAML tags have no meaning here", "quote a text that begins with '!'"),
];

/// What a parser's message is in our words, and what to do about it.
pub(super) fn in_words(message: &str, yaml: bool) -> (String, &'static str) {
    let message = plain(message);
    let known = if yaml { YAML } else { JSON };
    match known.iter().find(|(start, ..)| message.starts_with(start)) {
        Some((_, words, help)) => ((*words).to_owned(), *help),
        None if yaml => (message, "check indentation, quotes and brackets at the marked place"),
        None => (message, "check quotes, commas and brackets at the marked place"),
    }
}

/// A parser's message without its own line and column, and without words about Rust.
fn plain(message: &str) -> String {
    let cut = message.find(" at line ").or_else(|| message.find(", while "));
    let message = cut.map_or(message, |cut| &message[..cut]);
    match message.split_once(", expected a string") {
        Some((found, _)) => format!("a key must be text ({found})"),
        None => message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parsers_are_put_into_words() {
        let json = |text: &str| {
            let error = serde_json::from_str::<serde_json::Value>(text).unwrap_err().to_string();
            in_words(&error, false).0
        };
        for (text, words) in [
            ("[1,", "the text ends where a value belongs"),
            ("[1", "the text ends inside of a list"),
            ("{\"a\": 1", "the text ends inside of an object"),
            ("{\"a", "the text ends inside of a quoted text"),
            ("{'a': 1}", "a key in double quotes belongs here"),
            ("{\"a\": 1 // x\n}", "a ',' or a '}' belongs here"),
            ("[NaN]", "no value of JSON stands here"),
            ("[1] [2]", "something follows the end of the document"),
            ("[\"a\tb\"]", "a line break or a tab stands inside of a quoted text"),
            ("[\"\\d\"]", "no such escape"),
            ("[True]", "no value of JSON stands here"),
            ("[1 2]", "a ',' or a ']' belongs here"),
            ("{\"a\" 1}", "a ':' belongs here"),
            ("[01]", "no number of JSON"),
        ] {
            assert_eq!(json(text), words, "{text}");
        }
        let (words, help) = in_words("did not find expected key at line 2 column 1, while parsing", true);
        assert_eq!(words, "did not find expected key");
        assert!(help.contains("indentation"));
    }
}
