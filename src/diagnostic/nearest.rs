//! "Did you mean": the word that comes nearest to a mistyped one.

/// The candidate nearest to a word, if any is near enough to be meant. Letter case hardly counts.
#[must_use]
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = word.to_lowercase();
    let length = wanted.chars().count();
    // One slip in three letters is a typing error; more is another word.
    let allowed = (length / 3).clamp(1, 4);
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        if candidate == word || candidate.len().abs_diff(word.len()) > allowed.max(6) {
            continue;
        }
        let lower = candidate.to_lowercase();
        let mut distance = strsim::damerau_levenshtein(&wanted, &lower);
        let part = length >= 4 && (lower.contains(&wanted) || (lower.len() >= 4 && wanted.contains(&lower)));
        if distance > allowed && part {
            // A word that holds the other is near, but any real misspelling is nearer.
            distance = allowed;
        }
        if distance <= allowed && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// `'a', 'b' or 'c'`, cut short after ten.
#[must_use]
pub fn one_of<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    let words: Vec<&str> = words.into_iter().collect();
    match words.as_slice() {
        [] => "nothing".to_owned(),
        [only] => format!("'{only}'"),
        [head @ .., last] if words.len() <= 10 => {
            let head: Vec<String> = head.iter().map(|word| format!("'{word}'")).collect();
            format!("{} or '{last}'", head.join(", "))
        }
        all => {
            let head: Vec<String> = all[..9].iter().map(|word| format!("'{word}'")).collect();
            format!("{} or {} others", head.join(", "), all.len() - 9)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_was_meant() {
        let kinds = ["bake", "deploy", "deployManifest", "manualJudgment", "wait", "waitForUp"];
        for (word, meant) in [
            ("depoly", Some("deploy")),
            ("Wait", Some("wait")),
            ("manualJudgement", Some("manualJudgment")),
            ("judgment", Some("manualJudgment")),
            ("terraform", None),
            ("x", None),
        ] {
            assert_eq!(nearest(word, kinds), meant, "{word}");
        }
    }
}
