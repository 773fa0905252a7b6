//! Go templates, second step: the tree of actions.

use serde_json::Value;

use super::go_lex::{Failed, Piece, Token, split};

/// Actions inside of actions.
const DEEPEST: usize = 100;

/// A part of a template.
#[derive(Clone, Debug)]
pub(super) enum Node {
    Text(String),
    /// `{{ pipeline }}`
    Print(Pipeline),
    /// `{{ $x := pipeline }}`; `true` for `=`, which sets one that is there.
    Set(String, Pipeline, bool),
    If(Pipeline, Vec<Node>, Vec<Node>),
    With(Pipeline, Vec<Node>, Vec<Node>),
    Range {
        names: Vec<String>,
        over: Pipeline,
        body: Vec<Node>,
        otherwise: Vec<Node>,
    },
}

/// Commands, each of which gets the result of the one before as its last argument.
#[derive(Clone, Debug)]
pub(super) struct Pipeline {
    pub(super) commands: Vec<Vec<Operand>>,
    /// Byte of the action.
    pub(super) at: usize,
}

/// A word of a command.
#[derive(Clone, Debug)]
pub(super) enum Operand {
    Literal(Value),
    Function(String),
    Dot(Vec<String>),
    Variable(String, Vec<String>),
    Nested(Box<Pipeline>, Vec<String>),
}

/// Parses a template. An error names the byte it is about.
pub(super) fn parse(text: &str) -> Result<Vec<Node>, Failed> {
    let mut parser = Parser { pieces: split(text)?, at: 0 };
    let (nodes, end) = parser.nodes(0)?;
    match end {
        None => Ok(nodes),
        Some((word, at)) => Err((format!("'{word}' ends or continues nothing"), at)),
    }
}

struct Parser {
    pieces: Vec<Piece>,
    at: usize,
}

type Ending = Option<(String, usize)>;
/// A pipeline, the nodes it is about, and those of its `else`.
type Block = (Pipeline, Vec<Node>, Vec<Node>);

impl Parser {
    /// Nodes up to an `end` or `else`, which is left as the action before the cursor.
    fn nodes(&mut self, depth: usize) -> Result<(Vec<Node>, Ending), Failed> {
        let mut nodes = Vec::new();
        while let Some(piece) = self.pieces.get(self.at).cloned() {
            self.at += 1;
            match piece {
                Piece::Text(text) => nodes.push(Node::Text(text)),
                Piece::Action(tokens, at) => {
                    if depth > DEEPEST {
                        return Err((format!("actions are nested deeper than {DEEPEST} levels"), at));
                    }
                    if let Some(Token::Word(word)) = tokens.first()
                        && matches!(word.as_str(), "end" | "else")
                    {
                        return Ok((nodes, Some((word.clone(), at))));
                    }
                    nodes.push(self.action(&tokens, at, depth)?);
                }
            }
        }
        Ok((nodes, None))
    }

    fn action(&mut self, tokens: &[Token], at: usize, depth: usize) -> Result<Node, Failed> {
        match tokens {
            [Token::Word(word), rest @ ..] => match word.as_str() {
                "if" => {
                    let (condition, body, otherwise) = self.block(rest, at, depth)?;
                    Ok(Node::If(condition, body, otherwise))
                }
                "with" => {
                    let (value, body, otherwise) = self.block(rest, at, depth)?;
                    Ok(Node::With(value, body, otherwise))
                }
                "range" => {
                    let (names, rest) = range_names(rest);
                    let (over, body, otherwise) = self.block(rest, at, depth)?;
                    Ok(Node::Range { names, over, body, otherwise })
                }
                "define" | "template" | "block" | "break" | "continue" => {
                    Err((format!("the action '{word}' is not supported"), at))
                }
                _ => Ok(Node::Print(pipeline(tokens, at)?)),
            },
            [Token::Variable(name, fields), sign @ (Token::Declare | Token::Assign), rest @ ..]
                if fields.is_empty() =>
            {
                Ok(Node::Set(name.clone(), pipeline(rest, at)?, *sign == Token::Assign))
            }
            _ => Ok(Node::Print(pipeline(tokens, at)?)),
        }
    }

    fn block(&mut self, tokens: &[Token], at: usize, depth: usize) -> Result<Block, Failed> {
        let head = pipeline(tokens, at)?;
        let (body, ending) = self.nodes(depth + 1)?;
        let otherwise = match ending {
            Some((word, _)) if word == "end" => Vec::new(),
            Some((_, place)) => match self.pieces.get(self.at - 1).cloned() {
                Some(Piece::Action(words, _)) if words.len() > 1 => vec![self.action(&words[1..], place, depth + 1)?],
                _ => match self.nodes(depth + 1)? {
                    (nodes, Some((word, _))) if word == "end" => nodes,
                    _ => return Err(("an action is never ended: '{{ end }}' is missing".to_owned(), at)),
                },
            },
            None => return Err(("an action is never ended: '{{ end }}' is missing".to_owned(), at)),
        };
        Ok((head, body, otherwise))
    }
}

/// `$index, $item :=` before what is ranged over.
fn range_names(tokens: &[Token]) -> (Vec<String>, &[Token]) {
    match tokens {
        [Token::Variable(one, _), Token::Declare, rest @ ..] => (vec![one.clone()], rest),
        [Token::Variable(one, _), Token::Comma, Token::Variable(two, _), Token::Declare, rest @ ..] => {
            (vec![one.clone(), two.clone()], rest)
        }
        rest => (Vec::new(), rest),
    }
}

fn pipeline(tokens: &[Token], at: usize) -> Result<Pipeline, Failed> {
    let (pipeline, rest) = commands(tokens, at, 0)?;
    if rest.is_empty() { Ok(pipeline) } else { Err(("')' closes nothing".to_owned(), at)) }
}

fn commands(mut tokens: &[Token], at: usize, depth: usize) -> Result<(Pipeline, &[Token]), Failed> {
    if depth > DEEPEST {
        return Err((format!("brackets are nested deeper than {DEEPEST} levels"), at));
    }
    let mut commands = vec![Vec::new()];
    while let Some((token, rest)) = tokens.split_first() {
        tokens = rest;
        let command: &mut Vec<Operand> = commands.last_mut().expect("there is always one");
        match token {
            Token::Close => {
                return match (commands.iter().all(|command| !command.is_empty()), depth) {
                    (true, 1..) => Ok((Pipeline { commands, at }, rest)),
                    _ => Err(("')' closes nothing, or an empty bracket".to_owned(), at)),
                };
            }
            Token::Pipe => commands.push(Vec::new()),
            Token::Open => {
                let (nested, behind) = self::commands(rest, at, depth + 1)?;
                tokens = behind;
                let mut fields = Vec::new();
                if let Some((Token::Field(more, true), behind)) = tokens.split_first() {
                    fields.clone_from(more);
                    tokens = behind;
                }
                commands.last_mut().expect("there is always one").push(Operand::Nested(Box::new(nested), fields));
            }
            Token::Text(text) => command.push(Operand::Literal(Value::String(text.clone()))),
            Token::Number(number) => command.push(Operand::Literal(Value::Number(number.clone()))),
            Token::Word(word) => command.push(match word.as_str() {
                "true" => Operand::Literal(Value::Bool(true)),
                "false" => Operand::Literal(Value::Bool(false)),
                "nil" => Operand::Literal(Value::Null),
                name => Operand::Function(name.to_owned()),
            }),
            Token::Field(fields, _) => command.push(Operand::Dot(fields.clone())),
            Token::Variable(name, fields) => command.push(Operand::Variable(name.clone(), fields.clone())),
            Token::Comma | Token::Declare | Token::Assign => {
                return Err(("a ',' or '=' stands at the wrong place".to_owned(), at));
            }
        }
    }
    if depth > 0 {
        return Err(("a '(' is never closed".to_owned(), at));
    }
    if commands.iter().any(Vec::is_empty) {
        return Err(("an action misses a value".to_owned(), at));
    }
    Ok((Pipeline { commands, at }, tokens))
}
