//! Weighted backends: what a rule of a route gives each, and the operations that give two of them other shares.

use serde_json::{Value, json};

use crate::providers::TrafficRoute;

/// A rule of a route, as far as weights go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rule {
    /// Its name, where it has one.
    pub(super) name: Option<String>,
    /// Its backends with their weights, in order.
    pub(super) backends: Vec<(String, u64)>,
}

impl Rule {
    fn names(&self, version: &str) -> bool {
        self.backends.iter().any(|(name, _)| name == version)
    }

    /// The share of a version in percent.
    fn percent(&self, version: &str) -> u32 {
        let total: u64 = self.backends.iter().map(|(_, weight)| weight).sum();
        let own: u64 = self.backends.iter().filter(|(name, _)| name == version).map(|(_, weight)| weight).sum();
        // Rounded to the nearest.
        (own * 100 + total / 2).checked_div(total).and_then(|share| u32::try_from(share).ok()).unwrap_or(0)
    }
}

/// The two versions of a route, and what the new one gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sides {
    pub(super) from: Option<String>,
    pub(super) percent: u32,
    pub(super) is_listed: bool,
    /// Which rules split traffic between them.
    pub(super) rules: Vec<usize>,
}

/// Finds the two versions in the rules of a route.
pub(super) fn sides(rules: &[Rule], route: &TrafficRoute) -> Result<Sides, String> {
    let chosen = chosen(rules, route)?;
    let of_chosen = || chosen.iter().map(|at| &rules[*at]);
    let from = match &route.from {
        Some(from) if *from == route.to => return Err(format!("'from' and 'to' are both '{from}'")),
        Some(from) => Some(from.clone()),
        None => other_version(of_chosen(), &route.to)?,
    };
    let is_side = |name: &str| name == route.to || Some(name) == from.as_deref();
    for rule in of_chosen() {
        let third = rule.backends.iter().find(|(name, weight)| *weight > 0 && !is_side(name));
        if let Some((third, _)) = third {
            let from = from.as_deref().unwrap_or("nothing else");
            return Err(format!(
                "it sends to {third} as well, and traffic is shifted between two versions only: {from} and {}",
                route.to
            ));
        }
    }
    let mut shares: Vec<u32> = of_chosen().map(|rule| rule.percent(&route.to)).collect();
    shares.dedup();
    let [percent] = shares.as_slice() else {
        return Err(format!("its rules give {} different shares: name some with 'rules'", route.to));
    };
    let is_listed = of_chosen().all(|rule| rule.names(&route.to));
    Ok(Sides { from, percent: *percent, is_listed, rules: chosen })
}

/// The rules that are meant: those named, else those that name either version.
pub(super) fn chosen(rules: &[Rule], route: &TrafficRoute) -> Result<Vec<usize>, String> {
    let all = |fits: &dyn Fn(&Rule) -> bool| (0..rules.len()).filter(|at| fits(&rules[*at])).collect::<Vec<_>>();
    if !route.rules.is_empty() {
        let find = |wanted: &String| {
            let named = rules.iter().position(|rule| rule.name.as_ref() == Some(wanted));
            let at = named.or_else(|| wanted.parse().ok().filter(|at| *at < rules.len()));
            at.ok_or_else(|| format!("it has no rule '{wanted}': it has {}", spoken(rules)))
        };
        return route.rules.iter().map(find).collect();
    }
    let versions: Vec<&str> = std::iter::once(route.to.as_str()).chain(route.from.as_deref()).collect();
    let mut found = all(&|rule| versions.iter().any(|version| rule.names(version)));
    if found.is_empty() && route.from.is_none() {
        found = all(&|rule| !rule.backends.is_empty());
    }
    if found.is_empty() {
        let there: Vec<&str> =
            rules.iter().flat_map(|rule| rule.backends.iter().map(|(name, _)| name.as_str())).collect();
        let there = if there.is_empty() { "nothing".to_owned() } else { there.join(", ") };
        return Err(format!("it sends to {there}, and neither is {}", versions.join(" nor ")));
    }
    Ok(found)
}

fn spoken(rules: &[Rule]) -> String {
    let name = |(at, rule): (usize, &Rule)| rule.name.clone().unwrap_or_else(|| at.to_string());
    rules.iter().enumerate().map(name).collect::<Vec<_>>().join(", ")
}

/// The one version beside `to`: the one that has traffic, else the only other.
fn other_version<'a>(rules: impl Iterator<Item = &'a Rule>, to: &str) -> Result<Option<String>, String> {
    let mut serving: Vec<&str> = Vec::new();
    let mut idle: Vec<&str> = Vec::new();
    for (name, weight) in rules.flat_map(|rule| &rule.backends).filter(|(name, _)| name != to) {
        let list = if *weight > 0 { &mut serving } else { &mut idle };
        if !list.contains(&name.as_str()) {
            list.push(name);
        }
    }
    match (serving.as_slice(), idle.as_slice()) {
        ([one], _) => Ok(Some((*one).to_owned())),
        ([], [one]) => Ok(Some((*one).to_owned())),
        ([], _) => Ok(None),
        (several, _) => Err(format!("it sends to {}: say with 'from' which of them {to} replaces", several.join(", "))),
    }
}

/// How the backends of a kind are written.
pub(super) struct Writing {
    /// Name of a backend.
    pub(super) name: fn(&Value) -> Option<String>,
    /// Another version's backend, like this one.
    pub(super) renamed: fn(&Value, &str) -> Value,
}

/// What each of these versions is to get, in percent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wish<'a> {
    pub(super) from: Option<&'a str>,
    pub(super) to: &'a str,
    pub(super) percent: u32,
    /// Whether `to` leaves the route.
    pub(super) delist: bool,
}

/// Operations of a JSON patch after which the backends at a path have these shares; none when they have them already.
/// A version that comes takes the place of those that get nothing.
pub(super) fn reweighed(
    path: &str,
    backends: &[Value],
    wish: Wish<'_>,
    writing: &Writing,
) -> Result<Vec<Value>, String> {
    let at = |version: &str| backends.iter().position(|it| (writing.name)(it).as_deref() == Some(version));
    let (from, to) = (wish.from.and_then(at), at(wish.to));
    let shares = [(wish.from, from, 100 - wish.percent.min(100)), (Some(wish.to), to, wish.percent)];
    if wish.delist
        && let (Some(_), Some(leaving), 0) = (from, to, wish.percent)
    {
        let is_serving = |it: &Value| (writing.name)(it).as_deref() == wish.from;
        let mut left = backends.to_vec();
        left.remove(leaving);
        left.iter_mut().filter(|it| is_serving(it)).for_each(|it| it["weight"] = 100.into());
        return Ok(vec![json!({"op": "replace", "path": path, "value": left})]);
    }
    let missing: Vec<&str> =
        shares.iter().filter(|(_, at, share)| at.is_none() && *share > 0).filter_map(|it| it.0).collect();
    if wish.from.is_none() && wish.percent < 100 {
        return Err(format!("it sends to {} only: say with 'from' what gets the rest", wish.to));
    }
    if missing.is_empty() {
        let operation = |(_, at, share): &(Option<&str>, Option<usize>, u32)| {
            let at = (*at)?;
            let only = backends.len() == 1 && *share == 100;
            let is_so = backends[at].get("weight").and_then(Value::as_u64) == Some(u64::from(*share));
            let is_so = is_so || only && backends[at].get("weight").is_none_or(|weight| weight.as_u64() > Some(0));
            (!is_so).then(|| json!({"op": "add", "path": format!("{path}/{at}/weight"), "value": share}))
        };
        return Ok(shares.iter().filter_map(operation).collect());
    }
    let Some(like) = from.or(to).and_then(|at| backends.get(at)) else {
        return Err(format!("it names neither {} nor {}", wish.from.unwrap_or_default(), wish.to));
    };
    let mut after = Vec::new();
    for (version, at, share) in shares {
        let Some(version) = version else { continue };
        let mut backend = at.map_or_else(|| (writing.renamed)(like, version), |at| backends[at].clone());
        backend["weight"] = share.into();
        after.push(backend);
    }
    Ok(vec![json!({"op": "replace", "path": path, "value": after})])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(name: Option<&str>, backends: &[(&str, u64)]) -> Rule {
        let backends = backends.iter().map(|(name, weight)| ((*name).to_owned(), *weight)).collect();
        Rule { name: name.map(str::to_owned), backends }
    }

    fn route(from: Option<&str>, to: &str, rules: &[&str]) -> TrafficRoute {
        let rules = rules.iter().map(|rule| (*rule).to_owned()).collect();
        TrafficRoute { from: from.map(str::to_owned), to: to.into(), rules, ..TrafficRoute::default() }
    }

    #[test]
    fn the_two_versions_are_found_in_the_rules() {
        let rules = [rule(Some("shop"), &[("v1", 3), ("v2", 1)]), rule(Some("api"), &[("api", 1)])];
        let found = sides(&rules, &route(None, "v2", &[])).unwrap();
        assert_eq!(found, Sides { from: Some("v1".into()), percent: 25, is_listed: true, rules: vec![0] });
        let coming = sides(&rules[..1], &route(Some("v1"), "v3", &[]));
        assert!(coming.unwrap_err().contains("sends to v2 as well"));
        let coming = sides(&[rule(None, &[("v1", 1)])], &route(None, "v3", &[])).unwrap();
        assert_eq!((coming.from.as_deref(), coming.percent, coming.is_listed), (Some("v1"), 0, false));
        let alone = sides(&[rule(None, &[("v3", 1)])], &route(None, "v3", &[])).unwrap();
        assert_eq!((alone.from, alone.percent), (None, 100));
        for (asked, part) in [
            (route(None, "v3", &[]), "say with 'from'"),
            (route(Some("v7"), "v8", &[]), "neither is v8 nor v7"),
            (route(None, "v2", &["shop", "2"]), "it has no rule '2': it has shop, api"),
            (route(Some("v2"), "v2", &[]), "both 'v2'"),
        ] {
            let wrong = sides(&rules, &asked).unwrap_err();
            assert!(wrong.contains(part), "{wrong}");
        }
        let uneven = [rule(None, &[("a", 1), ("b", 1)]), rule(None, &[("a", 1), ("b", 3)])];
        assert!(sides(&uneven, &route(None, "b", &[])).unwrap_err().contains("different shares"));
        assert_eq!(sides(&uneven, &route(None, "b", &["1"])).unwrap().percent, 75);
    }

    #[test]
    fn shares_are_set_by_the_smallest_change() {
        let writing = Writing {
            name: |it| it["name"].as_str().map(str::to_owned),
            renamed: |it, name| {
                let mut other = it.clone();
                other["name"] = name.into();
                other
            },
        };
        let wish = |percent, delist| Wish { from: Some("v1"), to: "v2", percent, delist };
        let only = [json!({"name": "v1", "port": 80})];
        let operations = |backends: &[Value], wish| reweighed("/b", backends, wish, &writing).unwrap();
        assert!(operations(&only, wish(0, false)).is_empty());
        assert_eq!(
            operations(&only, wish(10, false)),
            [json!({"op": "replace", "path": "/b", "value": [
                {"name": "v1", "port": 80, "weight": 90}, {"name": "v2", "port": 80, "weight": 10}]})]
        );
        let both = [json!({"name": "v1", "weight": 90}), json!({"name": "v2", "weight": 10})];
        assert!(operations(&both, wish(10, false)).is_empty());
        assert_eq!(
            operations(&both, wish(100, false)),
            [
                json!({"op": "add", "path": "/b/0/weight", "value": 0}),
                json!({"op": "add", "path": "/b/1/weight", "value": 100})
            ]
        );
        assert_eq!(
            operations(&both, wish(0, true)),
            [json!({"op": "replace", "path": "/b", "value": [{"name": "v1", "weight": 100}]})]
        );
        let stale = [json!({"name": "v0", "weight": 0}), json!({"name": "v1", "weight": 100})];
        let after = operations(&stale, wish(50, false));
        assert_eq!(after[0]["value"].as_array().unwrap().len(), 2, "v2 takes the place of v0: {after:?}");
        let alone = Wish { from: None, to: "v1", percent: 50, delist: false };
        assert!(reweighed("/b", &only, alone, &writing).is_err());
    }
}
