//! Versions of Maven: their order, and ranges of them.

use std::cmp::Ordering;

/// Words that mean something, in their order; `""` is the release.
const QUALIFIERS: &[&str] = &["alpha", "beta", "milestone", "rc", "snapshot", "", "sp"];

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Word(String),
    Number(u128),
}

fn parts(version: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut word = String::new();
    let lower = version.trim().to_ascii_lowercase();
    let mut previous_digit = None;
    let mut push = |word: &mut String| {
        if !word.is_empty() {
            let number = word.parse().ok().map(Part::Number);
            parts.push(number.unwrap_or_else(|| Part::Word(canonical(word).to_owned())));
            word.clear();
        }
    };
    for c in lower.chars() {
        let separator = matches!(c, '.' | '-' | '_' | '+');
        if separator || previous_digit.is_some_and(|digit| digit != c.is_ascii_digit()) {
            push(&mut word);
        }
        previous_digit = (!separator).then(|| c.is_ascii_digit());
        if !separator {
            word.push(c);
        }
    }
    push(&mut word);
    // What says nothing at the end: 1.0 is 1 and 1.0.0.
    while parts.last().is_some_and(|part| *part == Part::Number(0) || *part == Part::Word(String::new())) {
        parts.pop();
    }
    parts
}

fn canonical(word: &str) -> &str {
    match word {
        "a" => "alpha",
        "b" => "beta",
        "m" => "milestone",
        "cr" => "rc",
        "final" | "ga" | "release" => "",
        other => other,
    }
}

/// Where a word stands: known ones in their order, others behind them by letter.
fn rank(word: &str) -> (usize, &str) {
    match QUALIFIERS.iter().position(|known| *known == word) {
        Some(position) => (position, ""),
        None => (QUALIFIERS.len(), word),
    }
}

/// The order of two versions.
pub(super) fn compare(one: &str, two: &str) -> Ordering {
    let (one, two) = (parts(one), parts(two));
    let against_nothing = |part: &Part| match part {
        Part::Number(number) => number.cmp(&0),
        Part::Word(word) => rank(word).cmp(&rank("")),
    };
    for position in 0..one.len().max(two.len()) {
        let order = match (one.get(position), two.get(position)) {
            (Some(Part::Number(one)), Some(Part::Number(two))) => one.cmp(two),
            (Some(Part::Word(one)), Some(Part::Word(two))) => rank(one).cmp(&rank(two)),
            (Some(Part::Number(_)), Some(Part::Word(_))) => Ordering::Greater,
            (Some(Part::Word(_)), Some(Part::Number(_))) => Ordering::Less,
            (Some(part), None) => against_nothing(part),
            (None, Some(part)) => against_nothing(part).reverse(),
            (None, None) => Ordering::Equal,
        };
        if order != Ordering::Equal {
            return order;
        }
    }
    Ordering::Equal
}

/// Whether a text is a range: `[1.0,2.0)`, `(,1.0]`, `[1.5]`.
pub(super) fn is_range(text: &str) -> bool {
    text.starts_with(['[', '('])
}

/// Whether a version lies in a range; `None` when the range cannot be read.
pub(super) fn in_range(version: &str, range: &str) -> Option<bool> {
    let mut rest = range.trim();
    let mut inside = false;
    while !rest.is_empty() {
        let end = rest.find([']', ')'])?;
        let (opening, body, closing) = (rest.chars().next()?, rest.get(1..end)?, rest.as_bytes()[end]);
        if !matches!(opening, '[' | '(') {
            return None;
        }
        inside |= match body.split_once(',') {
            None => opening == '[' && closing == b']' && compare(version, body) == Ordering::Equal,
            Some((low, high)) => {
                let above = low.trim().is_empty()
                    || match compare(version, low) {
                        Ordering::Greater => true,
                        Ordering::Equal => opening == '[',
                        Ordering::Less => false,
                    };
                let below = high.trim().is_empty()
                    || match compare(version, high) {
                        Ordering::Less => true,
                        Ordering::Equal => closing == b']',
                        Ordering::Greater => false,
                    };
                above && below
            }
        };
        rest = rest[end + 1..].trim_start_matches([',', ' ']);
    }
    Some(inside)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_ordered_as_maven_orders_them() {
        let order = [
            "1.0-alpha-1",
            "1.0-alpha-2",
            "1.0-beta",
            "1.0-m1",
            "1.0-rc1",
            "1.0-SNAPSHOT",
            "1.0",
            "1.0-sp1",
            "1.0-xyz",
            "1.0.1",
            "1.2",
            "1.10",
            "2",
        ];
        for pair in order.windows(2) {
            assert_eq!(compare(pair[0], pair[1]), Ordering::Less, "{pair:?}");
        }
        for (one, two) in [("1", "1.0.0"), ("1.0-ga", "1"), ("1.0-FINAL", "1.0"), ("1.0-cr1", "1.0-rc1")] {
            assert_eq!(compare(one, two), Ordering::Equal, "{one} {two}");
        }
    }

    #[test]
    fn ranges_have_open_and_closed_ends() {
        for (range, inside, outside) in [
            ("[1.0,2.0)", "1.0 1.9", "2.0 0.9"),
            ("(1.0,2.0]", "1.1 2.0", "1.0 2.1"),
            ("(,1.0],[1.2,)", "0.1 1.0 1.2 9", "1.1"),
            ("[1.5]", "1.5 1.5.0", "1.6"),
        ] {
            for (versions, expected) in [(inside, true), (outside, false)] {
                for version in versions.split(' ') {
                    assert_eq!(in_range(version, range), Some(expected), "{version} in {range}");
                }
            }
        }
        assert_eq!(in_range("1", "[1"), None);
        assert_eq!(in_range("1", "x]"), None);
    }
}
