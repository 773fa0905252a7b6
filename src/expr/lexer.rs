//! Cuts an expression into tokens, with the quirks of Spring's tokenizer.

use std::ops::Range;

use super::error::{ExprError, ILLEGAL_STATE, Result, SPEL_PARSE};
use super::token::{Kind, Token};

/// Operators that are words; the tokenizer knows them in any case.
const WORDS: [(&str, Kind); 9] = [
    ("div", Kind::Div),
    ("eq", Kind::Eq),
    ("ge", Kind::Ge),
    ("gt", Kind::Gt),
    ("le", Kind::Le),
    ("lt", Kind::Lt),
    ("mod", Kind::Mod),
    ("ne", Kind::Ne),
    ("not", Kind::Not),
];

/// All tokens of `text`.
pub(crate) fn tokens(text: &str) -> Result<Vec<Token<'_>>> {
    let mut lexer = Lexer { text, bytes: text.as_bytes(), pos: 0, tokens: Vec::with_capacity(text.len() / 3 + 1) };
    lexer.run()?;
    Ok(lexer.tokens)
}

/// The error Spring raises for a place of `text`: `Expression [text] @position: message`.
pub(crate) fn parse_error(text: &str, at: usize, message: &str) -> ExprError {
    let at = at.min(text.len());
    let position = text[..at].encode_utf16().count();
    let end = text[at..].chars().next().map_or(at, |c| at + c.len_utf8());
    ExprError::java(SPEL_PARSE, format!("Expression [{text}] @{position}: {message}")).at(&(at..end))
}

struct Lexer<'e> {
    text: &'e str,
    bytes: &'e [u8],
    pos: usize,
    tokens: Vec<Token<'e>>,
}

impl<'e> Lexer<'e> {
    fn run(&mut self) -> Result<()> {
        while self.pos < self.bytes.len() {
            let byte = self.bytes[self.pos];
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'_' => self.identifier(),
                b'0'..=b'9' => self.number()?,
                b' ' | b'\t' | b'\r' | b'\n' => self.pos += 1,
                b'\'' | b'"' => self.quoted(byte)?,
                b'\\' => return Err(self.error(self.pos, "EL1065E: Unexpected escape character.")),
                b'|' if self.peek(1) != b'|' => {
                    return Err(self.error(self.pos, "EL1069E: Missing expected character '|'"));
                }
                _ => self.symbol(byte)?,
            }
        }
        Ok(())
    }

    fn symbol(&mut self, byte: u8) -> Result<()> {
        let two = match (byte, self.peek(1)) {
            (b'+', b'+') => Some(Kind::Inc),
            (b'-', b'-') => Some(Kind::Dec),
            (b'^', b'[') => Some(Kind::SelectFirst),
            (b'$', b'[') => Some(Kind::SelectLast),
            (b'!', b'=') => Some(Kind::Ne),
            (b'!', b'[') => Some(Kind::Project),
            (b'=', b'=') => Some(Kind::Eq),
            (b'&', b'&') => Some(Kind::SymbolicAnd),
            (b'|', b'|') => Some(Kind::SymbolicOr),
            (b'?', b'[') => Some(Kind::Select),
            (b'?', b':') => Some(Kind::Elvis),
            (b'?', b'.') => Some(Kind::SafeNavi),
            (b'>', b'=') => Some(Kind::Ge),
            (b'<', b'=') => Some(Kind::Le),
            _ => None,
        };
        if let Some(kind) = two {
            self.push(kind, self.pos..self.pos + 2);
            return Ok(());
        }
        let kind = match byte {
            b'+' => Kind::Plus,
            b'-' => Kind::Minus,
            b':' => Kind::Colon,
            b'.' => Kind::Dot,
            b',' => Kind::Comma,
            b'*' => Kind::Star,
            b'/' => Kind::Div,
            b'%' => Kind::Mod,
            b'(' => Kind::LParen,
            b')' => Kind::RParen,
            b'[' => Kind::LSquare,
            b']' => Kind::RSquare,
            b'{' => Kind::LCurly,
            b'}' => Kind::RCurly,
            b'#' => Kind::Hash,
            b'@' => Kind::BeanRef,
            b'^' => Kind::Power,
            b'!' => Kind::Not,
            b'=' => Kind::Assign,
            b'&' => Kind::FactoryBeanRef,
            b'?' => Kind::QMark,
            b'>' => Kind::Gt,
            b'<' => Kind::Lt,
            b'$' => {
                self.identifier();
                return Ok(());
            }
            _ => return Err(self.unknown_character()),
        };
        self.push(kind, self.pos..self.pos + 1);
        Ok(())
    }

    fn unknown_character(&self) -> ExprError {
        let character = self.text[self.pos..].chars().next().unwrap_or('\0');
        let mut units = [0; 2];
        let unit = character.encode_utf16(&mut units)[0];
        ExprError::java(ILLEGAL_STATE, format!("Cannot handle ({unit}) '{character}'"))
            .at(&(self.pos..self.pos + character.len_utf8()))
            .hint("names hold letters, digits, '_' and '$'; other keys are read with ['…']")
    }

    fn identifier(&mut self) {
        let start = self.pos;
        while matches!(self.peek(0), b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'$') {
            self.pos += 1;
        }
        let word = &self.text[start..self.pos];
        let kind = WORDS.iter().find(|(name, _)| name.eq_ignore_ascii_case(word)).map_or(Kind::Identifier, |w| w.1);
        self.tokens.push(Token { kind, text: word, span: start..self.pos });
    }

    fn number(&mut self) -> Result<()> {
        let start = self.pos;
        if self.bytes[start] == b'0' && matches!(self.peek(1), b'x' | b'X') {
            return self.hex(start);
        }
        self.digits();
        let mut real = false;
        if self.peek(0) == b'.' {
            let dot = self.pos;
            self.digits();
            if self.pos == dot + 1 {
                // `3.toString()`: the dot belongs to what follows.
                self.pos = dot;
                self.literal(Kind::Int, start..dot);
                return Ok(());
            }
            real = true;
        }
        match self.peek(0) {
            b'L' | b'l' if real => {
                return Err(self.error(start, "EL1039E: Real number cannot be suffixed with a long (L or l) suffix"));
            }
            b'L' | b'l' => {
                self.literal(Kind::Long, start..self.pos);
                self.pos += 1;
            }
            b'e' | b'E' => {
                self.pos += 1;
                if matches!(self.peek(0), b'+' | b'-') {
                    self.pos += 1;
                }
                if self.pos >= self.bytes.len() {
                    let message = "Index out of bounds for the exponent of the number";
                    return Err(ExprError::java("java.lang.ArrayIndexOutOfBoundsException", message));
                }
                // As Spring does: one character is taken whatever it is, digits behind it too.
                self.pos += self.text[self.pos..].chars().next().map_or(1, char::len_utf8);
                while self.peek(0).is_ascii_digit() {
                    self.pos += 1;
                }
                self.real_suffix(start);
            }
            b'f' | b'F' | b'd' | b'D' => self.real_suffix(start),
            _ if real => self.literal(Kind::Real, start..self.pos),
            _ => self.literal(Kind::Int, start..self.pos),
        }
        Ok(())
    }

    fn real_suffix(&mut self, start: usize) {
        let kind = match self.peek(0) {
            b'f' | b'F' => Kind::RealFloat,
            _ => Kind::Real,
        };
        let end = self.pos;
        if matches!(self.peek(0), b'f' | b'F' | b'd' | b'D') {
            self.pos += 1;
        }
        self.tokens.push(Token { kind, text: &self.text[start..end], span: start..self.pos });
    }

    fn hex(&mut self, start: usize) -> Result<()> {
        self.pos += 2;
        while self.peek(0).is_ascii_hexdigit() {
            self.pos += 1;
        }
        let digits = &self.text[start + 2..self.pos];
        let long = matches!(self.peek(0), b'L' | b'l');
        if digits.is_empty() {
            let (code, name) = if long { ("EL1036E", "a long") } else { ("EL1035E", "an int") };
            let text = &self.text[start..self.pos];
            return Err(self.error(start, &format!("{code}: The value '{text}' cannot be parsed as {name}")));
        }
        let kind = if long { Kind::HexLong } else { Kind::HexInt };
        self.pos += usize::from(long);
        self.tokens.push(Token { kind, text: digits, span: start..self.pos });
        Ok(())
    }

    fn quoted(&mut self, quote: u8) -> Result<()> {
        let start = self.pos;
        self.pos += 1;
        loop {
            match self.bytes.get(self.pos) {
                None => {
                    let name = if quote == b'\'' { "EL1045E" } else { "EL1046E" };
                    let kind = if quote == b'\'' { "quoted" } else { "double quoted" };
                    return Err(self.error(start, &format!("{name}: Cannot find terminating quote of {kind} string")));
                }
                Some(byte) if *byte == quote && self.peek(1) == quote => self.pos += 2,
                Some(byte) if *byte == quote => break,
                Some(_) => self.pos += 1,
            }
        }
        self.push(Kind::Text, start..self.pos + 1);
        Ok(())
    }

    /// Takes one character and the digits behind it.
    fn digits(&mut self) {
        self.pos += 1;
        while self.peek(0).is_ascii_digit() {
            self.pos += 1;
        }
    }

    fn literal(&mut self, kind: Kind, span: Range<usize>) {
        self.tokens.push(Token { kind, text: &self.text[span.clone()], span });
    }

    fn push(&mut self, kind: Kind, span: Range<usize>) {
        self.pos = span.end;
        self.literal(kind, span);
    }

    fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.pos + ahead).copied().unwrap_or(0)
    }

    fn error(&self, at: usize, message: &str) -> ExprError {
        parse_error(self.text, at, message)
    }
}
