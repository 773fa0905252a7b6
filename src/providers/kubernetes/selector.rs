//! Label selectors: as stages write them, as the API server reads them, and against labels at hand.

use serde_json::Value;

use super::error;
use crate::model::Map;
use crate::providers::{Error, LabelSelector};

/// The selectors in the API server's words; empty when they select everything.
pub(super) fn to_query(selectors: &[LabelSelector]) -> Result<String, Error> {
    let mut parts = Vec::new();
    for selector in selectors {
        let LabelSelector { kind, key, values } = selector;
        let one = values.first().map(String::as_str).unwrap_or_default();
        let all = values.join(", ");
        parts.push(match kind.to_ascii_uppercase().as_str() {
            "ANY" => continue,
            "EQUALS" => format!("{key} = {one}"),
            "NOT_EQUALS" => format!("{key} != {one}"),
            "CONTAINS" => format!("{key} in ({all})"),
            "NOT_CONTAINS" => format!("{key} notin ({all})"),
            "EXISTS" => key.clone(),
            "NOT_EXISTS" => format!("!{key}"),
            _ => {
                return Err(error::invalid("select", format!("a label selector has kind '{kind}'")).with_details(
                    vec!["use EQUALS, NOT_EQUALS, CONTAINS, NOT_CONTAINS, EXISTS or NOT_EXISTS".into()],
                ));
            }
        });
    }
    Ok(parts.join(","))
}

/// Whether the selectors select an object, by its labels.
pub(super) fn selects(selectors: &[LabelSelector], object: &Value) -> bool {
    let none = Map::new();
    let labels = object.pointer("/metadata/labels").and_then(Value::as_object).unwrap_or(&none);
    selectors.iter().all(|selector| {
        let value = labels.get(&selector.key).and_then(Value::as_str);
        let among = value.is_some_and(|value| selector.values.iter().any(|wanted| wanted == value));
        match selector.kind.to_ascii_uppercase().as_str() {
            "EQUALS" | "CONTAINS" => among,
            "NOT_EQUALS" | "NOT_CONTAINS" => !among,
            "EXISTS" => value.is_some(),
            "NOT_EXISTS" => value.is_none(),
            _ => true,
        }
    })
}

/// `matchLabels` and `matchExpressions` in the API server's words.
pub(super) fn of_spec(selector: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let labels = selector["matchLabels"].as_object().into_iter().flatten();
    let mut parts: Vec<String> = labels.map(|(key, value)| format!("{key}={}", text(value))).collect();
    for expression in selector["matchExpressions"].as_array().into_iter().flatten() {
        let key = text(&expression["key"]);
        let values: Vec<String> = expression["values"].as_array().into_iter().flatten().map(text).collect();
        parts.push(match expression["operator"].as_str() {
            Some("In") => format!("{key} in ({})", values.join(",")),
            Some("NotIn") => format!("{key} notin ({})", values.join(",")),
            Some("DoesNotExist") => format!("!{key}"),
            _ => key,
        });
    }
    parts.join(",")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn selectors_are_written_and_applied() {
        let selector = |kind: &str, key: &str, values: &[&str]| LabelSelector {
            kind: kind.into(),
            key: key.into(),
            values: values.iter().map(|value| (*value).to_owned()).collect(),
        };
        let all = [
            selector("equals", "a", &["1"]),
            selector("NOT_CONTAINS", "b", &["2", "3"]),
            selector("NOT_EXISTS", "c", &[]),
        ];
        assert_eq!(to_query(&all).unwrap(), "a = 1,b notin (2, 3),!c");
        let object = |labels: Value| json!({"metadata": {"labels": labels}});
        assert!(selects(&all, &object(json!({"a": "1", "b": "4"}))));
        assert!(!selects(&all, &object(json!({"a": "1", "b": "3"}))));
        assert!(!selects(&all, &object(json!({"a": "1", "c": ""}))));
        assert!(to_query(&[selector("LIKE", "a", &[])]).is_err());
        let spec = json!({"matchLabels": {"a": "1"}, "matchExpressions": [{"key": "b", "operator": "In", "values": ["x", "y"]}]});
        assert_eq!(of_spec(&spec), "a=1,b in (x,y)");
    }
}
