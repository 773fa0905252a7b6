//! What stands between operators: literals, names, calls, constructors, lists and maps, selections.

use std::rc::Rc;

use super::{Parsed, Parser, is_constant, no_node, operand_missing, property};
use crate::expr::ast::{Expr, Literal, Node, Selection};
use crate::expr::error::{ExprError, NUMBER_FORMAT, Result};
use crate::expr::token::{Kind, Token};

impl<'e> Parser<'e> {
    pub(super) fn start_node(&mut self) -> Parsed {
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

    pub(super) fn literal(&mut self, token: &Token<'e>) -> Parsed {
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

    pub(super) fn word(&mut self, token: &Token<'e>) -> Parsed {
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

    pub(super) fn type_reference(&mut self, token: &Token<'e>) -> Result<Node> {
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

    pub(super) fn constructor(&mut self, token: &Token<'e>) -> Result<Node> {
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

    pub(super) fn qualified_id(&mut self) -> Result<String> {
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

    pub(super) fn method_or_property(&mut self, null_safe: bool) -> Parsed {
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

    pub(super) fn function_or_variable(&mut self) -> Parsed {
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
    pub(super) fn arguments(&mut self) -> Result<Vec<Node>> {
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

    pub(super) fn bean(&mut self, token: &Token<'e>) -> Result<Node> {
        self.next += 1;
        let prefix = if token.kind == Kind::FactoryBeanRef { "&" } else { "" };
        match self.eat_one_of(&[Kind::Identifier, Kind::Text]) {
            Some(name) => Ok(self.node(token.span.start, Expr::Bean(format!("{prefix}{}", name.text)))),
            None => Err(self.error(token.span.start, "EL1061E: @ or & can only be followed by an identifier")),
        }
    }

    pub(super) fn projection(&mut self, null_safe: bool) -> Parsed {
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

    pub(super) fn selection(&mut self, null_safe: bool) -> Parsed {
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

    pub(super) fn index(&mut self, null_safe: bool) -> Parsed {
        let start = self.place();
        if !self.eat(Kind::LSquare) {
            return Ok(None);
        }
        let index = Box::new(self.bracketed(start)?);
        Ok(Some(self.node(start, Expr::Index { index, null_safe })))
    }

    pub(super) fn bracketed(&mut self, start: usize) -> Result<Node> {
        let inner = self.expression()?.ok_or_else(|| no_node(&(start..start + 1)))?;
        self.take(Kind::RSquare)?;
        Ok(inner)
    }

    pub(super) fn list_or_map(&mut self) -> Parsed {
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
}
