//! Builds the tree of an expression: a recursive descent with Spring's grammar, precedences and oddities.

mod primary;

use std::ops::Range;

use super::ast::{Binary, Expr, Literal, Node, Unary};
use super::error::{ExprError, ILLEGAL_ARGUMENT, ILLEGAL_STATE, Result, SPEL_PARSE};
use super::lexer::{parse_error, tokens};
use super::token::{Kind, Token};

/// Longest expression Spring reads, in characters.
const MAX_LENGTH: usize = 10_000;
/// Deepest nesting; keeps the recursion within a thread's stack.
const MAX_DEPTH: usize = 100;

/// Parses one expression: what stands between `${` and `}`, trimmed.
pub(crate) fn parse(text: &str) -> Result<Node> {
    if text.len() > MAX_LENGTH && text.encode_utf16().count() > MAX_LENGTH {
        let message = "EL1079E: SpEL expression is too long, exceeding the threshold of '10,000' characters";
        return Err(ExprError::java("org.springframework.expression.spel.SpelEvaluationException", message)
            .hint("compute parts of it in an evaluateVariables stage"));
    }
    let mut parser = Parser { text, tokens: tokens(text)?, next: 0, depth: 0 };
    let Some(tree) = parser.expression()? else {
        return Err(parse_error(text, 0, "EL1044E: Unexpectedly ran out of input"));
    };
    match parser.peek() {
        None => Ok(tree),
        Some(token) => Err(ExprError::java(
            SPEL_PARSE,
            format!(
                "EL1041E: After parsing a valid expression, there is still more data in the expression: '{}'",
                shown(token)
            ),
        )
        .at(&token.span)
        .hint("is an operator missing before this?")),
    }
}

fn shown(token: &Token<'_>) -> String {
    if token.kind.has_payload() { token.text.to_owned() } else { token.kind.name().to_owned() }
}

struct Parser<'e> {
    text: &'e str,
    tokens: Vec<Token<'e>>,
    next: usize,
    depth: usize,
}

type Parsed = Result<Option<Node>>;

impl<'e> Parser<'e> {
    fn expression(&mut self) -> Parsed {
        self.deeper(Self::expression_inner)
    }

    fn expression_inner(&mut self) -> Parsed {
        let start = self.place();
        let left = self.logical_or()?;
        let or_null = |left: Option<Node>| Box::new(left.unwrap_or_else(|| null(start..start)));
        if self.eat(Kind::Assign) {
            let value = self.logical_or()?.ok_or_else(operand_missing)?;
            let target = or_null(left);
            return Ok(Some(self.node(start, Expr::Assign { target, value: Box::new(value) })));
        }
        if self.eat(Kind::Elvis) {
            let default = self.expression()?.unwrap_or_else(|| null(start..start));
            let value = or_null(left);
            return Ok(Some(self.node(start, Expr::Elvis { value, default: Box::new(default) })));
        }
        if self.eat(Kind::QMark) {
            let yes = self.expression()?;
            self.take(Kind::Colon)?;
            let no = self.expression()?;
            let condition = or_null(left);
            let (yes, no) = (yes.ok_or_else(operand_missing)?, no.ok_or_else(operand_missing)?);
            let expr = Expr::Ternary { condition, yes: Box::new(yes), no: Box::new(no) };
            return Ok(Some(self.node(start, expr)));
        }
        Ok(left)
    }

    fn logical_or(&mut self) -> Parsed {
        let mut left = self.logical_and()?;
        while let Some(token) = self.eat_operator(Kind::SymbolicOr, "or") {
            let right = self.logical_and()?;
            left = Some(self.binary(Binary::Or, &token, left, right)?);
        }
        Ok(left)
    }

    fn logical_and(&mut self) -> Parsed {
        let mut left = self.relational()?;
        while let Some(token) = self.eat_operator(Kind::SymbolicAnd, "and") {
            let right = self.relational()?;
            left = Some(self.binary(Binary::And, &token, left, right)?);
        }
        Ok(left)
    }

    fn relational(&mut self) -> Parsed {
        let left = self.sum()?;
        let Some(token) = self.peek().cloned() else { return Ok(left) };
        let op = match token.kind {
            Kind::Eq => Binary::Eq,
            Kind::Ne => Binary::Ne,
            Kind::Lt => Binary::Lt,
            Kind::Le => Binary::Le,
            Kind::Gt => Binary::Gt,
            Kind::Ge => Binary::Ge,
            Kind::Identifier if token.text.eq_ignore_ascii_case("instanceof") => Binary::InstanceOf,
            Kind::Identifier if token.text.eq_ignore_ascii_case("matches") => Binary::Matches,
            Kind::Identifier if token.text.eq_ignore_ascii_case("between") => Binary::Between,
            _ => return Ok(left),
        };
        self.next += 1;
        let right = self.sum()?;
        self.binary(op, &token, left, right).map(Some)
    }

    fn sum(&mut self) -> Parsed {
        let mut left = self.product()?;
        while let Some(token) = self.eat_one_of(&[Kind::Plus, Kind::Minus, Kind::Inc]) {
            let right = self.product()?;
            let op = match token.kind {
                Kind::Plus => Binary::Plus,
                Kind::Minus => Binary::Minus,
                _ => continue,
            };
            left = Some(self.binary(op, &token, left, right)?);
        }
        Ok(left)
    }

    fn product(&mut self) -> Parsed {
        let mut left = self.power()?;
        while let Some(token) = self.eat_one_of(&[Kind::Star, Kind::Div, Kind::Mod]) {
            let right = self.power()?;
            let op = match token.kind {
                Kind::Star => Binary::Multiply,
                Kind::Div => Binary::Divide,
                _ => Binary::Modulus,
            };
            left = Some(self.binary(op, &token, left, right)?);
        }
        Ok(left)
    }

    fn power(&mut self) -> Parsed {
        let start = self.place();
        let left = self.unary()?;
        if let Some(token) = self.eat_one_of(&[Kind::Power]) {
            let right = self.unary()?;
            return self.binary(Binary::Power, &token, left, right).map(Some);
        }
        let Some(operand) = left else { return Ok(None) };
        let Some(token) = self.eat_one_of(&[Kind::Inc, Kind::Dec]) else { return Ok(Some(operand)) };
        let by = if token.kind == Kind::Inc { 1 } else { -1 };
        Ok(Some(self.node(start, Expr::Step { by, prefix: false, operand: Box::new(operand) })))
    }

    fn unary(&mut self) -> Parsed {
        let start = self.place();
        let Some(token) = self.eat_one_of(&[Kind::Plus, Kind::Minus, Kind::Not, Kind::Inc, Kind::Dec]) else {
            return self.primary();
        };
        let operand = Box::new(self.deeper(Self::unary)?.ok_or_else(|| no_node(&token.span))?);
        let expr = match token.kind {
            Kind::Plus => Expr::Unary { op: Unary::Plus, operand },
            Kind::Minus => Expr::Unary { op: Unary::Minus, operand },
            Kind::Not => Expr::Unary { op: Unary::Not, operand },
            Kind::Inc => Expr::Step { by: 1, prefix: true, operand },
            _ => Expr::Step { by: -1, prefix: true, operand },
        };
        Ok(Some(self.node(start, expr)))
    }

    fn primary(&mut self) -> Parsed {
        let start = self.place();
        let first = self.start_node()?;
        let mut links = Vec::new();
        loop {
            let null_safe = match self.peek().map(|token| token.kind) {
                Some(Kind::LSquare) => {
                    links.extend(self.index(false)?);
                    continue;
                }
                Some(Kind::Dot) => false,
                Some(Kind::SafeNavi) => true,
                _ => break,
            };
            links.push(self.dotted(null_safe)?);
        }
        match first {
            Some(node) if !links.is_empty() => {
                links.insert(0, node);
                Ok(Some(self.node(start, Expr::Compound(links))))
            }
            other => Ok(other),
        }
    }

    fn dotted(&mut self, null_safe: bool) -> Result<Node> {
        let dot = self.place();
        self.next += 1;
        if let Some(node) = self.method_or_property(null_safe)? {
            return Ok(node);
        }
        if let Some(node) = self.function_or_variable()? {
            return Ok(node);
        }
        if let Some(node) = self.projection(null_safe)? {
            return Ok(node);
        }
        if let Some(node) = self.selection(null_safe)? {
            return Ok(node);
        }
        if null_safe && let Some(node) = self.index(true)? {
            return Ok(node);
        }
        Err(match self.peek() {
            None => self.error(dot, "EL1044E: Unexpectedly ran out of input"),
            Some(token) => self
                .error(dot, &format!("EL1049E: Unexpected data after '.': '{}'", shown(token)))
                .hint("keys that are no plain names are read with ['…']"),
        })
    }

    fn binary(&self, op: Binary, token: &Token<'e>, left: Option<Node>, right: Option<Node>) -> Result<Node> {
        let at = token.span.start;
        let left = left.ok_or_else(|| self.error(at, "EL1070E: Problem parsing left operand"))?;
        let right = right.ok_or_else(|| self.error(at, "EL1042E: Problem parsing right operand"))?;
        let span = left.span.start..right.span.end;
        Ok(Node { span, expr: Expr::Binary { op, left: Box::new(left), right: Box::new(right) } })
    }

    /// Runs one more level of the recursion, which has a floor.
    fn deeper(&mut self, level: fn(&mut Self) -> Parsed) -> Parsed {
        if self.depth == MAX_DEPTH {
            let place = self.place();
            return Err(ExprError::limit(format!("the expression is nested deeper than {MAX_DEPTH} levels"))
                .at(&(place..place + 1)));
        }
        self.depth += 1;
        let parsed = level(self);
        self.depth -= 1;
        parsed
    }

    fn node(&self, start: usize, expr: Expr) -> Node {
        let end = self.next.checked_sub(1).and_then(|i| self.tokens.get(i)).map_or(start, |token| token.span.end);
        Node { span: start..end.max(start), expr }
    }

    fn place(&self) -> usize {
        self.peek().map_or(self.text.len(), |token| token.span.start)
    }

    fn peek(&self) -> Option<&Token<'e>> {
        self.tokens.get(self.next)
    }

    fn is(&self, kind: Kind) -> bool {
        self.peek().is_some_and(|token| token.kind == kind)
    }

    fn eat(&mut self, kind: Kind) -> bool {
        self.eat_one_of(&[kind]).is_some()
    }

    fn eat_one_of(&mut self, kinds: &[Kind]) -> Option<Token<'e>> {
        let token = self.peek().filter(|token| kinds.contains(&token.kind)).cloned()?;
        self.next += 1;
        Some(token)
    }

    fn eat_operator(&mut self, kind: Kind, word: &str) -> Option<Token<'e>> {
        let is = |t: &&Token<'e>| t.kind == kind || t.kind == Kind::Identifier && t.text.eq_ignore_ascii_case(word);
        let token = self.peek().filter(is).cloned()?;
        self.next += 1;
        Some(token)
    }

    fn take(&mut self, kind: Kind) -> Result<Token<'e>> {
        match self.peek() {
            None => Err(self.error(self.text.len(), "EL1044E: Unexpectedly ran out of input")),
            Some(token) if token.kind == kind => {
                let token = token.clone();
                self.next += 1;
                Ok(token)
            }
            Some(token) => Err(self.unexpected(token, kind.name())),
        }
    }

    fn unexpected(&self, token: &Token<'e>, expected: &str) -> ExprError {
        let was = token.kind.name();
        let message = format!("EL1043E: Unexpected token. Expected '{expected}' but was '{was}'");
        self.error(token.span.start, &message)
    }

    fn error(&self, at: usize, message: &str) -> ExprError {
        parse_error(self.text, at, message)
    }
}

fn property(token: &Token<'_>, null_safe: bool) -> Node {
    Node { span: token.span.clone(), expr: Expr::Property { name: token.text.into(), null_safe } }
}

fn null(span: Range<usize>) -> Node {
    Node { span, expr: Expr::Literal(Literal::Null) }
}

fn no_node(span: &Range<usize>) -> ExprError {
    ExprError::java(ILLEGAL_STATE, "No node").at(span).hint("an operand is missing here")
}

fn operand_missing() -> ExprError {
    ExprError::java(ILLEGAL_ARGUMENT, "Operand must not be null").hint("something is missing beside a ',', ':' or '='")
}

/// Spring makes an unmodifiable list or map of literals once; anything else is built anew each time.
fn is_constant(node: &Node) -> bool {
    match &node.expr {
        Expr::Literal(_) => true,
        Expr::Unary { op: Unary::Minus | Unary::Plus, .. } => false,
        Expr::List { constant, .. } | Expr::Map { constant, .. } => *constant,
        _ => false,
    }
}
