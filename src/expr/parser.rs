//! Builds the tree of an expression: a recursive descent with Spring's grammar, precedences and oddities.

use std::ops::Range;
use std::rc::Rc;

use super::ast::{Binary, Expr, Literal, Node, Selection, Unary};
use super::error::{ExprError, ILLEGAL_ARGUMENT, ILLEGAL_STATE, NUMBER_FORMAT, Result, SPEL_PARSE};
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

    fn start_node(&mut self) -> Parsed {
        let Some(token) = self.peek().cloned() else { return Ok(None) };
        match token.kind {
            Kind::LParen => {
                self.next += 1;
                let inner = self.expression()?.ok_or_else(|| no_node(&token.span))?;
                self.take(Kind::RParen)?;
                Ok(Some(inner))
            }
            Kind::Identifier => self.word(&token),
            Kind::Hash => self.function_or_variable(),
            Kind::BeanRef | Kind::FactoryBeanRef => self.bean(&token).map(Some),
            Kind::Project => self.projection(false),
            Kind::Select | Kind::SelectFirst | Kind::SelectLast => self.selection(false),
            Kind::LSquare => self.index(false),
            Kind::LCurly => self.list_or_map(),
            _ => self.literal(&token),
        }
    }

    fn literal(&mut self, token: &Token<'e>) -> Parsed {
        let number = |code: &str, what: &str, problem: String| {
            ExprError::java(NUMBER_FORMAT, problem)
                .within(format!("{code}: The value '{}' cannot be parsed as {what}", token.text))
                .at(&token.span)
        };
        let input = || format!("For input string: \"{}\"", token.text);
        let hex = || format!("For input string: \"{}\" under radix 16", token.text);
        let literal = match token.kind {
            Kind::Int => Literal::Int(token.text.parse().map_err(|_| {
                number("EL1035E", "an int", input()).hint("whole numbers beyond 2147483647 need an L behind them")
            })?),
            Kind::Long => Literal::Long(token.text.parse().map_err(|_| number("EL1036E", "a long", input()))?),
            Kind::HexInt => {
                Literal::Int(i32::from_str_radix(token.text, 16).map_err(|_| number("EL1035E", "an int", hex()))?)
            }
            Kind::HexLong => {
                Literal::Long(i64::from_str_radix(token.text, 16).map_err(|_| number("EL1036E", "a long", hex()))?)
            }
            Kind::Real => Literal::Double(token.text.parse().map_err(|_| number("EL1040E", "a double", input()))?),
            Kind::RealFloat => Literal::Float(token.text.parse().map_err(|_| number("EL1040E", "a float", input()))?),
            Kind::Text => {
                let quote = &token.text[..1];
                let inner = &token.text[1..token.text.len() - 1];
                Literal::Text(Rc::from(inner.replace(&quote.repeat(2), quote)))
            }
            _ => return Ok(None),
        };
        self.next += 1;
        Ok(Some(Node { span: token.span.clone(), expr: Expr::Literal(literal) }))
    }

    fn word(&mut self, token: &Token<'e>) -> Parsed {
        let literal = match token.text {
            t if t.eq_ignore_ascii_case("true") => Literal::Bool(true),
            t if t.eq_ignore_ascii_case("false") => Literal::Bool(false),
            t if t.eq_ignore_ascii_case("null") => Literal::Null,
            "T" => return self.type_reference(token).map(Some),
            t if t.eq_ignore_ascii_case("new") => return self.constructor(token).map(Some),
            _ => return self.method_or_property(false),
        };
        self.next += 1;
        Ok(Some(Node { span: token.span.clone(), expr: Expr::Literal(literal) }))
    }

    fn type_reference(&mut self, token: &Token<'e>) -> Result<Node> {
        self.next += 1;
        if self.is(Kind::RSquare) {
            return Ok(property(token, false));
        }
        self.take(Kind::LParen)?;
        let name = self.qualified_id()?;
        let mut dimensions = 0;
        while self.eat(Kind::LSquare) {
            self.take(Kind::RSquare)?;
            dimensions += 1;
        }
        self.take(Kind::RParen)?;
        Ok(self.node(token.span.start, Expr::Type { name, dimensions }))
    }

    fn constructor(&mut self, token: &Token<'e>) -> Result<Node> {
        self.next += 1;
        if self.is(Kind::RSquare) {
            return Ok(property(token, false));
        }
        let name = self.qualified_id()?;
        if !self.is(Kind::LSquare) {
            if !self.is(Kind::LParen) {
                let at = self.place();
                return Err(self.error(at, "EL1047E: The arguments for the constructor call are missing"));
            }
            let args = self.arguments()?;
            return Ok(self.node(token.span.start, Expr::New { name, args }));
        }
        let mut dimensions = Vec::new();
        while self.eat(Kind::LSquare) {
            dimensions.push(if self.is(Kind::RSquare) { None } else { self.expression()? });
            self.take(Kind::RSquare)?;
        }
        let items = if self.is(Kind::LCurly) { self.list_or_map()?.map(Box::new) } else { None };
        Ok(self.node(token.span.start, Expr::NewArray { name, dimensions, items }))
    }

    fn qualified_id(&mut self) -> Result<String> {
        let mut name = String::new();
        while let Some(token) = self.peek() {
            let valid = match token.kind {
                Kind::Dot | Kind::Identifier => true,
                Kind::Text => false,
                kind => kind.has_payload() && token.text.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '$'),
            };
            if !valid {
                break;
            }
            name.push_str(token.text);
            self.next += 1;
        }
        if !name.is_empty() {
            return Ok(name);
        }
        Err(match self.peek() {
            None => self.error(self.text.len(), "EL1044E: Unexpectedly ran out of input"),
            Some(token) => self.unexpected(token, "qualified ID"),
        })
    }

    fn method_or_property(&mut self, null_safe: bool) -> Parsed {
        let Some(token) = self.peek().filter(|token| token.kind == Kind::Identifier).cloned() else {
            return Ok(None);
        };
        self.next += 1;
        if !self.is(Kind::LParen) {
            return Ok(Some(property(&token, null_safe)));
        }
        let args = self.arguments()?;
        Ok(Some(self.node(token.span.start, Expr::Method { name: token.text.into(), args, null_safe })))
    }

    fn function_or_variable(&mut self) -> Parsed {
        let start = self.place();
        if !self.eat(Kind::Hash) {
            return Ok(None);
        }
        let name: Rc<str> = self.take(Kind::Identifier)?.text.into();
        if !self.is(Kind::LParen) {
            return Ok(Some(self.node(start, Expr::Variable(name))));
        }
        let args = self.arguments()?;
        Ok(Some(self.node(start, Expr::Function { name, args })))
    }

    /// `(a, b)`; Spring lets a comma stand before the closing parenthesis.
    fn arguments(&mut self) -> Result<Vec<Node>> {
        let open = self.place();
        let mut args = Vec::new();
        loop {
            self.next += 1;
            match self.peek() {
                None => return Err(self.error(open, "EL1048E: Unexpectedly ran out of arguments")),
                Some(token) if token.kind == Kind::RParen => {}
                Some(_) => args.push(self.expression()?.ok_or_else(operand_missing)?),
            }
            if !self.is(Kind::Comma) {
                break;
            }
        }
        self.take(Kind::RParen)?;
        Ok(args)
    }

    fn bean(&mut self, token: &Token<'e>) -> Result<Node> {
        self.next += 1;
        let prefix = if token.kind == Kind::FactoryBeanRef { "&" } else { "" };
        match self.eat_one_of(&[Kind::Identifier, Kind::Text]) {
            Some(name) => Ok(self.node(token.span.start, Expr::Bean(format!("{prefix}{}", name.text)))),
            None => Err(self.error(token.span.start, "EL1061E: @ or & can only be followed by an identifier")),
        }
    }

    fn projection(&mut self, null_safe: bool) -> Parsed {
        let start = self.place();
        if !self.eat(Kind::Project) {
            return Ok(None);
        }
        if self.is(Kind::RSquare) {
            return Err(self.error(start, "EL1072E: A required projection expression has not been specified"));
        }
        let each = Box::new(self.bracketed(start)?);
        Ok(Some(self.node(start, Expr::Projection { each, null_safe })))
    }

    fn selection(&mut self, null_safe: bool) -> Parsed {
        let start = self.place();
        let Some(token) = self.eat_one_of(&[Kind::Select, Kind::SelectFirst, Kind::SelectLast]) else {
            return Ok(None);
        };
        if self.is(Kind::RSquare) {
            return Err(self.error(start, "EL1071E: A required selection expression has not been specified"));
        }
        let kind = match token.kind {
            Kind::Select => Selection::All,
            Kind::SelectFirst => Selection::First,
            _ => Selection::Last,
        };
        let condition = Box::new(self.bracketed(start)?);
        Ok(Some(self.node(start, Expr::Selection { kind, condition, null_safe })))
    }

    fn index(&mut self, null_safe: bool) -> Parsed {
        let start = self.place();
        if !self.eat(Kind::LSquare) {
            return Ok(None);
        }
        let index = Box::new(self.bracketed(start)?);
        Ok(Some(self.node(start, Expr::Index { index, null_safe })))
    }

    fn bracketed(&mut self, start: usize) -> Result<Node> {
        let inner = self.expression()?.ok_or_else(|| no_node(&(start..start + 1)))?;
        self.take(Kind::RSquare)?;
        Ok(inner)
    }

    fn list_or_map(&mut self) -> Parsed {
        let start = self.place();
        self.next += 1;
        if self.eat(Kind::RCurly) {
            return Ok(Some(self.node(start, Expr::List { items: Vec::new(), constant: true })));
        }
        if self.eat(Kind::Colon) {
            self.take(Kind::RCurly)?;
            return Ok(Some(self.node(start, Expr::Map { entries: Vec::new(), constant: true })));
        }
        let first = self.expression()?;
        if self.is(Kind::RCurly) || self.is(Kind::Comma) {
            let mut items = vec![first];
            while self.eat(Kind::Comma) {
                items.push(self.expression()?);
            }
            self.take(Kind::RCurly)?;
            let items = items.into_iter().collect::<Option<Vec<_>>>().ok_or_else(operand_missing)?;
            let constant = items.iter().all(is_constant);
            return Ok(Some(self.node(start, Expr::List { items, constant })));
        }
        if !self.eat(Kind::Colon) {
            return Err(self.error(start, "EL1044E: Unexpectedly ran out of input"));
        }
        let mut entries = vec![(first, self.expression()?)];
        while self.eat(Kind::Comma) {
            let key = self.expression()?;
            self.take(Kind::Colon)?;
            entries.push((key, self.expression()?));
        }
        self.take(Kind::RCurly)?;
        let entries: Option<Vec<_>> = entries.into_iter().map(|(key, value)| Some((key?, value?))).collect();
        let entries = entries.ok_or_else(operand_missing)?;
        let constant = entries
            .iter()
            .all(|(key, value)| (is_constant(key) || matches!(key.expr, Expr::Property { .. })) && is_constant(value));
        Ok(Some(self.node(start, Expr::Map { entries, constant })))
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
