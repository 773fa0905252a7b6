//! Semantic versions and the ranges people write of them, as npm and Helm read them.

use std::cmp::Ordering;

/// A version: numbers, what comes before a release, and the text as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Version {
    numbers: [u64; 3],
    before: Vec<String>,
}

impl Version {
    /// Reads a version; a `v` in front and missing parts are taken.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim().trim_start_matches(['v', '=']);
        let text = text.split_once('+').map_or(text, |(version, _)| version);
        let (numbers, before) = text.split_once('-').unwrap_or((text, ""));
        let mut parts = numbers.split('.');
        let mut read = [0; 3];
        for (position, number) in read.iter_mut().enumerate() {
            match parts.next() {
                Some(part) => *number = part.parse().ok()?,
                None if position > 0 => {}
                None => return None,
            }
        }
        if parts.next().is_some() {
            return None;
        }
        let before = before.split('.').filter(|part| !part.is_empty()).map(str::to_owned).collect();
        Some(Self { numbers: read, before })
    }

    /// Whether it is released: `1.0.0-rc.1` is not.
    pub(super) fn is_release(&self) -> bool {
        self.before.is_empty()
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        self.numbers.cmp(&other.numbers).then_with(|| match (self.is_release(), other.is_release()) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Greater,
            (false, true) => Ordering::Less,
            (false, false) => {
                let pairs = self.before.iter().zip(&other.before).map(|(one, two)| {
                    match (one.parse::<u64>(), two.parse::<u64>()) {
                        (Ok(one), Ok(two)) => one.cmp(&two),
                        (Ok(_), Err(_)) => Ordering::Less,
                        (Err(_), Ok(_)) => Ordering::Greater,
                        (Err(_), Err(_)) => one.cmp(two),
                    }
                });
                pairs.fold(Ordering::Equal, Ordering::then).then(self.before.len().cmp(&other.before.len()))
            }
        })
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// `low <= version < high`; no `high` means no end.
#[derive(Clone, Debug)]
struct Span {
    low: Version,
    high: Option<Version>,
}

/// Alternatives, each of conditions that all hold.
#[derive(Clone, Debug)]
pub(super) struct Range(Vec<Vec<Span>>);

impl Range {
    /// Reads `^1.2`, `~1.2.3`, `1.x`, `>=1 <2`, `1.2 - 2`, `1 || 2`, `*`; `None` when it is none.
    pub(super) fn parse(text: &str) -> Option<Self> {
        text.split("||").map(conditions).collect::<Option<Vec<_>>>().map(Self)
    }

    /// Whether the version lies in it. Versions before a release only do when the range names one of the same numbers.
    pub(super) fn contains(&self, version: &Version) -> bool {
        self.0.iter().any(|conditions| {
            let inside = conditions
                .iter()
                .all(|span| span.low <= *version && span.high.as_ref().is_none_or(|high| version < high));
            let named = |end: &Version| !end.is_release() && end.before != ["0"] && end.numbers == version.numbers;
            let wanted = version.is_release()
                || conditions.iter().any(|span| named(&span.low) || span.high.as_ref().is_some_and(named));
            inside && wanted
        })
    }

    /// The highest of these versions that lies in it.
    pub(super) fn highest<'v>(&self, versions: impl Iterator<Item = &'v str>) -> Option<&'v str> {
        let read = versions.filter_map(|text| Some((Version::parse(text)?, text)));
        read.filter(|(version, _)| self.contains(version)).max_by(|one, two| one.0.cmp(&two.0)).map(|(_, text)| text)
    }
}

fn conditions(text: &str) -> Option<Vec<Span>> {
    if let Some((low, high)) = text.split_once(" - ") {
        return Some(vec![Span { low: partial(low)?.0, high: Some(after(&partial(high)?)?) }]);
    }
    // An operator may stand apart from its version.
    let mut joined = text.replace(',', " ");
    for operator in [">=", "<=", ">", "<", "=", "^", "~"] {
        joined = joined.replace(&format!("{operator} "), operator);
    }
    let conditions: Option<Vec<Span>> = joined.split_whitespace().map(condition).collect();
    conditions.map(|found| if found.is_empty() { vec![Span { low: zero(), high: None }] } else { found })
}

fn zero() -> Version {
    Version { numbers: [0; 3], before: Vec::new() }
}

fn condition(text: &str) -> Option<Span> {
    let at = text.find(|c: char| !"<>=^~".contains(c)).unwrap_or(text.len());
    let (operator, rest) = text.split_at(at);
    let version = partial(rest)?;
    let (low, given) = version.clone();
    if given == 0 {
        return Some(Span { low: zero(), high: None });
    }
    Some(match operator {
        ">=" => Span { low, high: None },
        ">" => Span { low: above(&version)?, high: None },
        "<" => Span { low: zero(), high: Some(low) },
        "<=" => Span { low: zero(), high: Some(after(&version)?) },
        "^" => {
            let first = low.numbers.iter().position(|number| *number > 0).unwrap_or(2).min(given.max(1) - 1);
            Span { high: Some(next(&low, first)), low }
        }
        "~" | "~>" => Span { high: Some(next(&low, if given > 1 { 1 } else { 0 })), low },
        "" | "=" | "==" => Span { high: Some(after(&version)?), low },
        _ => return None,
    })
}

/// A version of which only the first parts are given, and how many; `x`, `X` and `*` are not given.
fn partial(text: &str) -> Option<(Version, usize)> {
    let text = text.trim().trim_start_matches('v');
    let numbers: Vec<&str> = text.split(['-', '+']).next()?.split('.').collect();
    let given = numbers.iter().take_while(|part| !matches!(**part, "x" | "X" | "*" | "")).count();
    if given == 3 {
        return Some((Version::parse(text)?, 3));
    }
    Some((Version::parse(&numbers[..given].join(".")).or((given == 0).then(zero))?, given))
}

/// The lowest version above all that match the given parts.
fn after((version, given): &(Version, usize)) -> Option<Version> {
    match given {
        3 => above(&(version.clone(), 3)),
        0 => None,
        given => Some(next(version, given - 1)),
    }
}

/// The lowest version above this one: of a release the next patch's first, which no other lies between.
fn above((version, given): &(Version, usize)) -> Option<Version> {
    let mut above = version.clone();
    match given {
        0 => return None,
        3 if version.is_release() => {
            above.numbers[2] += 1;
            above.before = vec!["0".to_owned()];
        }
        3 => above.before.push("0".to_owned()),
        given => above = next(version, given - 1),
    }
    Some(above)
}

/// The version with the number at this place raised and those behind it zero.
fn next(version: &Version, place: usize) -> Version {
    let mut numbers = version.numbers;
    numbers[place] += 1;
    numbers[place + 1..].fill(0);
    Version { numbers, before: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_ordered() {
        let order = [
            "1.0.0-alpha",
            "1.0.0-alpha.1",
            "1.0.0-alpha.beta",
            "1.0.0-rc.2",
            "1.0.0-rc.10",
            "v1.0",
            "1.0.1",
            "1.10.0",
        ];
        let read: Vec<_> = order.iter().map(|text| Version::parse(text).unwrap()).collect();
        assert!(read.windows(2).all(|pair| pair[0] < pair[1]), "{read:?}");
        assert!(Version::parse("latest").is_none() && Version::parse("1.2.3.4").is_none());
    }

    #[test]
    fn ranges_hold_what_npm_says() {
        for (range, inside, outside) in [
            ("^1.2.3", "1.2.3 1.9.0", "1.2.2 2.0.0 2.0.0-rc.1"),
            ("^0.2.3", "0.2.3 0.2.9", "0.3.0"),
            ("^0.0.3", "0.0.3", "0.0.4"),
            ("^1", "1.0.0 1.9.9", "2.0.0 0.9.0"),
            ("~1.2.3", "1.2.3 1.2.9", "1.3.0"),
            ("~1", "1.0.0 1.9.0", "2.0.0"),
            ("1.x", "1.0.0 1.5.2", "2.0.0"),
            ("1.2.*", "1.2.0 1.2.8", "1.3.0"),
            ("*", "0.0.1 9.9.9", "1.0.0-rc.1"),
            ("", "1.0.0", "1.0.0-rc.1"),
            (">=1.2 <2", "1.2.0 1.9.9", "1.1.9 2.0.0"),
            (">= 1.2, < 2.0.0", "1.2.0", "2.0.0"),
            (">1.2.3", "1.2.4", "1.2.3"),
            (">1", "2.0.0", "1.9.9"),
            ("<=1.2.3", "1.2.3", "1.2.4"),
            ("1.2.3", "1.2.3", "1.2.4 1.2.3-rc.1"),
            ("1.2 - 2", "1.2.0 2.9.9", "1.1.0 3.0.0"),
            ("1.1.1 || ^3", "1.1.1 3.4.0", "2.0.0"),
            (">=1.0.0-rc.1", "1.0.0-rc.2 1.0.0 2.0.0", "1.0.0-beta 2.0.0-rc.1"),
        ] {
            let read = Range::parse(range).unwrap_or_else(|| panic!("{range} is a range"));
            for (versions, expected) in [(inside, true), (outside, false)] {
                for version in versions.split(' ') {
                    assert_eq!(read.contains(&Version::parse(version).unwrap()), expected, "{version} in {range}");
                }
            }
        }
        assert!(Range::parse("latest").is_none() && Range::parse(">>1").is_none());
        let highest = Range::parse("^1").unwrap().highest(["1.2.0", "1.10.0", "2.0.0", "x"].into_iter());
        assert_eq!(highest, Some("1.10.0"));
    }
}
