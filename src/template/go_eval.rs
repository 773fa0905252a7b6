//! Go templates, third step: walks the tree and writes the text.

use serde_json::Value;

use super::go_functions::{is_true, show};
use super::go_parse::{Node, Operand, Pipeline};

/// Steps and bytes of one rendering, modules included.
const MOST_STEPS: usize = 300_000;
const MOST_BYTES: usize = 8 << 20;

/// The functions of a template.
pub(super) trait Functions {
    /// Calls one. `None` when there is none of this name.
    fn call(&mut self, name: &str, arguments: Vec<Value>) -> Option<Result<Value, String>>;
}

/// A rendering.
pub(super) struct Machine<'a, F> {
    pub(super) functions: &'a mut F,
    pub(super) out: String,
    dot: Value,
    variables: Vec<(String, Value)>,
    steps: usize,
}

type Failed = (String, usize);

impl<'a, F: Functions> Machine<'a, F> {
    pub(super) fn new(functions: &'a mut F, data: Value) -> Self {
        let variables = vec![(String::new(), data.clone())];
        Self { functions, out: String::new(), dot: data, variables, steps: 0 }
    }

    pub(super) fn nodes(&mut self, nodes: &[Node]) -> Result<(), Failed> {
        let scope = self.variables.len();
        for node in nodes {
            self.node(node)?;
        }
        self.variables.truncate(scope);
        Ok(())
    }

    fn node(&mut self, node: &Node) -> Result<(), Failed> {
        match node {
            Node::Text(text) => self.write(text, 0),
            Node::Print(pipeline) => {
                let value = self.pipeline(pipeline)?;
                self.write(&show(&value), pipeline.at)
            }
            Node::Set(name, pipeline, known) => {
                let value = self.pipeline(pipeline)?;
                match self.variables.iter_mut().rev().find(|(other, _)| other == name) {
                    Some((_, old)) if *known => *old = value,
                    _ => self.variables.push((name.clone(), value)),
                }
                Ok(())
            }
            Node::If(condition, body, otherwise) => {
                let chosen = if is_true(&self.pipeline(condition)?) { body } else { otherwise };
                self.nodes(chosen)
            }
            Node::With(pipeline, body, otherwise) => {
                let value = self.pipeline(pipeline)?;
                if is_true(&value) { self.with_dot(value, body) } else { self.nodes(otherwise) }
            }
            Node::Range { names, over, body, otherwise } => self.range(names, over, body, otherwise),
        }
    }

    fn with_dot(&mut self, value: Value, body: &[Node]) -> Result<(), Failed> {
        let before = std::mem::replace(&mut self.dot, value);
        let result = self.nodes(body);
        self.dot = before;
        result
    }

    fn range(&mut self, names: &[String], over: &Pipeline, body: &[Node], otherwise: &[Node]) -> Result<(), Failed> {
        let items: Vec<(Value, Value)> = match self.pipeline(over)? {
            Value::Array(items) => items.into_iter().enumerate().map(|(at, item)| (Value::from(at), item)).collect(),
            Value::Object(map) => {
                let mut items: Vec<_> = map.into_iter().map(|(key, item)| (Value::String(key), item)).collect();
                items.sort_by(|a, b| a.0.as_str().cmp(&b.0.as_str()));
                items
            }
            Value::Null => Vec::new(),
            other => return Err((format!("'range' goes over lists and maps, not over {other}"), over.at)),
        };
        if items.is_empty() {
            return self.nodes(otherwise);
        }
        for (key, item) in items {
            let scope = self.variables.len();
            match names {
                [] => {}
                [one] => self.variables.push((one.clone(), item.clone())),
                [index, value, ..] => {
                    self.variables.push((index.clone(), key));
                    self.variables.push((value.clone(), item.clone()));
                }
            }
            self.with_dot(item, body)?;
            self.variables.truncate(scope);
        }
        Ok(())
    }

    fn write(&mut self, text: &str, at: usize) -> Result<(), Failed> {
        self.step(at)?;
        self.out.push_str(text);
        if self.out.len() > MOST_BYTES {
            return Err((format!("the result is larger than {} MiB", MOST_BYTES >> 20), at));
        }
        Ok(())
    }

    fn step(&mut self, at: usize) -> Result<(), Failed> {
        self.steps += 1;
        if self.steps > MOST_STEPS { Err(("rendering takes too many steps".to_owned(), at)) } else { Ok(()) }
    }

    fn pipeline(&mut self, pipeline: &Pipeline) -> Result<Value, Failed> {
        let mut result = None;
        for command in &pipeline.commands {
            result = Some(self.command(command, result, pipeline.at)?);
        }
        Ok(result.unwrap_or(Value::Null))
    }

    fn command(&mut self, words: &[Operand], piped: Option<Value>, at: usize) -> Result<Value, Failed> {
        self.step(at)?;
        let Some((Operand::Function(name), rest)) = words.split_first() else {
            let [only] = words else {
                return Err(("a value takes no arguments; only functions do".to_owned(), at));
            };
            return self.operand(only, at);
        };
        // `and` and `or` look at no more than they need.
        if matches!(name.as_str(), "and" | "or") {
            let mut last = Value::Null;
            for word in rest {
                last = self.operand(word, at)?;
                if is_true(&last) == (name == "or") {
                    return Ok(last);
                }
            }
            return Ok(piped.unwrap_or(last));
        }
        let mut arguments = rest.iter().map(|word| self.operand(word, at)).collect::<Result<Vec<_>, _>>()?;
        arguments.extend(piped);
        match self.functions.call(name, arguments) {
            Some(result) => result.map_err(|message| (message, at)),
            None => Err((format!("there is no function '{name}'"), at)),
        }
    }

    fn operand(&mut self, operand: &Operand, at: usize) -> Result<Value, Failed> {
        let (value, fields) = match operand {
            Operand::Literal(value) => return Ok(value.clone()),
            Operand::Function(_) => return self.command(std::slice::from_ref(operand), None, at),
            Operand::Dot(fields) => (self.dot.clone(), fields),
            Operand::Variable(name, fields) => {
                let found = self.variables.iter().rev().find(|(known, _)| known == name);
                let found = found.ok_or_else(|| (format!("there is no variable '${name}'"), at))?;
                (found.1.clone(), fields)
            }
            Operand::Nested(pipeline, fields) => (self.pipeline(pipeline)?, fields),
        };
        let mut value = value;
        for field in fields {
            value = match value {
                Value::Object(mut map) => map.shift_remove(field).unwrap_or(Value::Null),
                other => return Err((format!("{} has no field '.{field}'", show(&other)), at)),
            };
        }
        Ok(value)
    }
}
