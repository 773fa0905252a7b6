//! The JSON Schema of pipeline documents, made from the table of stages, so that editors complete and check them.

use serde_json::{Value, json};

use super::stage_fields::{BOOKKEEPING_KEYS, COMMON_FIELDS};
use crate::model::{Field, Map, Shape, StageCatalogue};

/// JSON Schema (draft 2020-12) of a pipeline document, a list of them, or an application's export.
#[must_use]
pub fn json_schema(catalogue: &dyn StageCatalogue) -> Value {
    let mut definitions = Map::new();
    definitions.insert("expression".into(), json!({"type": "string", "pattern": "\\$\\{"}));
    definitions.insert("duration".into(), json!({"type": "string", "pattern": "^([0-9.]+(ms|s|m|h|d))+$|\\$\\{"}));
    definitions.insert("pipeline".into(), pipeline());
    definitions.insert("stage".into(), stage(catalogue));
    definitions.insert("parameter".into(), parameter(true));
    definitions.insert("parameterByName".into(), parameter(false));
    for kind in catalogue.kinds() {
        if let Some(fields) = catalogue.fields(kind) {
            let mut schema = object(fields);
            if let Some(configured) = catalogue.configured(kind) {
                let values: Map = configured.names.iter().map(|name| (name.clone(), json!({}))).collect();
                schema["properties"][configured.field]["properties"] = Value::Object(values);
            }
            definitions.insert(format!("stage-{kind}"), schema);
        }
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "gennaker pipeline",
        "description": "A pipeline document: Spinnaker's JSON, or the same as YAML.",
        "anyOf": [
            {"$ref": "#/$defs/pipeline"},
            {"type": "array", "items": {"$ref": "#/$defs/pipeline"}},
            {
                "type": "object",
                "properties": {
                    "application": {"type": "string"},
                    "pipelines": {"type": "array", "items": {"$ref": "#/$defs/pipeline"}}
                },
                "required": ["pipelines"]
            }
        ],
        "$defs": definitions
    })
}

fn text(about: &str) -> Value {
    json!({"type": "string", "description": about})
}

fn flag(about: &str) -> Value {
    json!({"type": "boolean", "description": about})
}

fn objects(about: &str) -> Value {
    json!({"type": "array", "items": {"type": "object"}, "description": about})
}

fn pipeline() -> Value {
    json!({
        "type": "object",
        "required": ["stages"],
        "properties": {
            "name": text("Name, unique in its application; the file's name when left out"),
            "application": text("Owning application; 'application' of gennaker.yaml when left out"),
            "id": text("Pipeline id; derived from application and name when left out"),
            "description": text("What it is for"),
            "stages": {"type": "array", "items": {"$ref": "#/$defs/stage"}, "minItems": 1, "description": "Its stages"},
            "parameterConfig": {
                "type": "array",
                "items": {"$ref": "#/$defs/parameter"},
                "description": "Parameters, as Spinnaker writes them"
            },
            "parameters": {
                "description": "Parameters by name: a default, or an object",
                "type": "object",
                "additionalProperties": {
                    "anyOf": [{"$ref": "#/$defs/parameterByName"}, {"type": ["string", "number", "boolean", "null"]}]
                }
            },
            "triggers": objects("What starts it"),
            "expectedArtifacts": objects("Artifacts it expects from its trigger"),
            "notifications": objects("Whom to tell"),
            "limitConcurrent": flag("At most one running execution; default false"),
            "maxConcurrentExecutions": {"type": "integer", "minimum": 0, "description": "At most so many; 0 = no limit"},
            "keepWaitingPipelines": flag("Queued executions wait their turn instead of giving way to the newest"),
            "spelEvaluator": {
                "enum": ["v4", "v3", "v2"],
                "description": "When expressions are evaluated: v4 = when each stage starts (write this); v3 = the default"
            },
            "templateVariables": {"type": "object", "description": "Values expressions see as templateVariables"},
            "disabled": flag("Whether starting it is refused"),
            "tags": objects("Tags: name and value")
        }
    })
}

fn parameter(named: bool) -> Value {
    let mut schema = json!({
        "type": "object",
        "properties": {
            "label": text("Name for people"),
            "description": text("What it is for"),
            "default": {"description": "The value when none is given"},
            "required": flag("Whether people must give a value"),
            "hasOptions": flag("Whether it is one of 'options'"),
            "options": {"type": "array", "description": "The values to choose from: scalars, or objects with a 'value'"},
            "constraint": {"description": "`date`: it must be a date such as 2024-12-31"},
            "condition": {"type": "object", "description": "Asked for only when: parameter, comparator, comparatorValue"}
        }
    });
    if named {
        schema["properties"]["name"] = text("Key in trigger.parameters");
        schema["required"] = json!(["name"]);
    }
    schema
}

fn stage(catalogue: &dyn StageCatalogue) -> Value {
    let kinds = catalogue.kinds();
    let described: Vec<Value> =
        kinds.iter().map(|kind| json!({"const": kind, "description": catalogue.summary(kind).unwrap_or("")})).collect();
    let mut properties = Map::new();
    properties.insert("type".into(), json!({"description": "What the stage does", "anyOf": described}));
    properties.insert("name".into(), text("Name for people and for #stage('name')"));
    properties.insert(
        "refId".into(),
        json!({"type": ["string", "integer"], "description": "The name other stages require it by"}),
    );
    let references = json!({"type": ["string", "integer"]});
    let list = json!({"anyOf": [references, {"type": "array", "items": references}]});
    let mut needs = list.clone();
    needs["description"] = "Names or refIds of the stages it waits for".into();
    properties.insert("needs".into(), needs);
    let mut requisites = list;
    requisites["description"] = "RefIds of the stages it waits for".into();
    properties.insert("requisiteStageRefIds".into(), requisites);
    for field in COMMON_FIELDS {
        properties.insert(field.name.into(), describe(field));
    }
    for key in BOOKKEEPING_KEYS {
        properties.insert((*key).into(), true.into());
    }
    let by_kind: Vec<Value> = kinds
        .iter()
        .map(|kind| {
            json!({
                "if": {"properties": {"type": {"const": kind}}, "required": ["type"]},
                "then": {"$ref": format!("#/$defs/stage-{kind}")}
            })
        })
        .collect();
    json!({"type": "object", "required": ["type"], "properties": properties, "allOf": by_kind})
}

fn object(fields: &[Field]) -> Value {
    let properties: Map = fields.iter().map(|field| (field.name.to_owned(), describe(field))).collect();
    let required: Vec<&str> = fields.iter().filter(|field| field.required).map(|field| field.name).collect();
    json!({"type": "object", "properties": properties, "required": required})
}

fn describe(field: &Field) -> Value {
    let mut schema = shape(&field.shape);
    if !field.about.is_empty() {
        schema["description"] = field.about.into();
    }
    schema
}

/// What validation takes: the shape itself, an expression, and text where Spinnaker converts it.
fn shape(shape_of: &Shape) -> Value {
    let or_expression = |schema: Value| json!({"anyOf": [schema, {"$ref": "#/$defs/expression"}]});
    match shape_of {
        Shape::Any => json!({}),
        Shape::Boolean => or_expression(json!({"enum": [true, false, "true", "false"]})),
        Shape::Duration(_) => json!({"anyOf": [{"type": "number"}, {"$ref": "#/$defs/duration"}]}),
        Shape::Integer => {
            json!({"anyOf": [{"type": "integer"}, {"type": "string", "pattern": "^ *-?[0-9]*\\.?0* *$|\\$\\{"}]})
        }
        Shape::List(item) => or_expression(json!({"type": "array", "items": shape(item)})),
        Shape::Map => or_expression(json!({"type": "object"})),
        Shape::Number => json!({"type": ["number", "string"]}),
        Shape::Object(fields) => or_expression(object(fields)),
        Shape::OneOf(words) => json!({"anyOf": [{"enum": words}, {"type": "string"}]}),
        Shape::Text => json!({"type": ["string", "number", "boolean"]}),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Unit, required};

    struct One;

    impl StageCatalogue for One {
        fn kinds(&self) -> Vec<&str> {
            vec!["wait"]
        }

        fn fields(&self, _: &str) -> Option<&'static [Field]> {
            const FIELDS: &[Field] = &[required("waitTime", Shape::Duration(Unit::Seconds), "How long")];
            Some(FIELDS)
        }

        fn summary(&self, _: &str) -> Option<&str> {
            Some("Waits.")
        }

        fn unsupported(&self, _: &str) -> Option<&'static str> {
            None
        }
    }

    #[test]
    fn every_reference_leads_somewhere() {
        let schema = json_schema(&One);
        let text = schema.to_string();
        for reference in text.split("\"$ref\":\"#/$defs/").skip(1) {
            let name = reference.split('"').next().expect("a name");
            assert!(schema["$defs"].get(name).is_some(), "{name}");
        }
        assert_eq!(schema["$defs"]["stage-wait"]["properties"]["waitTime"]["description"], "How long");
        assert_eq!(schema["$defs"]["stage"]["allOf"][0]["then"]["$ref"], "#/$defs/stage-wait");
    }
}
