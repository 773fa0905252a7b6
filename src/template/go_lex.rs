//! Go templates, first step: text and actions, and the words of an action.

/// A piece of a template: text, or an action with the byte it begins at.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Piece {
    Text(String),
    Action(Vec<Token>, usize),
}

/// A word of an action.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// `"text"`, `` `text` ``, or a JSON list or object, which dinghy takes as its text.
    Text(String),
    Number(serde_json::Number),
    /// A function, a keyword, `true`, `false` or `nil`.
    Word(String),
    /// `.a.b`: the fields, none for `.` itself. `true` when it follows a value without a space.
    Field(Vec<String>, bool),
    /// `$x` and the fields behind it.
    Variable(String, Vec<String>),
    Open,
    Close,
    Pipe,
    Comma,
    Declare,
    Assign,
}

/// Splits a template. An error names the byte it is about.
pub(super) fn split(text: &str) -> Result<Vec<Piece>, (String, usize)> {
    let mut pieces = Vec::new();
    let mut at = 0;
    let mut trim_left = false;
    loop {
        let open = text[at..].find("{{").map(|found| at + found);
        let mut literal = &text[at..open.unwrap_or(text.len())];
        if trim_left {
            literal = literal.trim_start();
        }
        let Some(open) = open else {
            push_text(&mut pieces, literal);
            return Ok(pieces);
        };
        let mut from = open + 2;
        if text[from..].starts_with('-') && text[from + 1..].starts_with(char::is_whitespace) {
            literal = literal.trim_end();
            from += 1;
        }
        push_text(&mut pieces, literal);
        let rest = text[from..].trim_start();
        if rest.starts_with("/*") {
            let inside = text.len() - rest.len();
            let end = text[inside..].find("*/").map(|end| inside + end + 2);
            let end = end.ok_or_else(|| ("a comment '/*' is never closed".to_owned(), open))?;
            let behind = text[end..].trim_start();
            let close = text.len() - behind.len();
            trim_left = behind.starts_with("-}}");
            at = close + if trim_left { 3 } else { 2 };
            if !text[close..].trim_start_matches('-').starts_with("}}") {
                return Err(("a comment ends with '*/}}'".to_owned(), open));
            }
            continue;
        }
        let (tokens, end, trims) = Lexer { text, at: from, open }.action()?;
        if !tokens.is_empty() {
            pieces.push(Piece::Action(tokens, open));
        }
        trim_left = trims;
        at = end;
    }
}

fn push_text(pieces: &mut Vec<Piece>, text: &str) {
    if !text.is_empty() {
        pieces.push(Piece::Text(text.to_owned()));
    }
}

struct Lexer<'t> {
    text: &'t str,
    at: usize,
    open: usize,
}

impl Lexer<'_> {
    /// The tokens of an action, the byte behind its `}}`, and whether it trims what follows.
    fn action(mut self) -> Result<(Vec<Token>, usize, bool), (String, usize)> {
        let mut tokens = Vec::new();
        loop {
            let before = self.at;
            self.at = self.text.len() - self.text[self.at..].trim_start().len();
            let spaced = self.at > before;
            let rest = &self.text[self.at..];
            if rest.starts_with("}}") {
                return Ok((tokens, self.at + 2, false));
            }
            if spaced && rest.starts_with("-}}") {
                return Ok((tokens, self.at + 3, true));
            }
            let Some(first) = rest.chars().next() else {
                return Err(("'}}' is missing".to_owned(), self.open));
            };
            let token = match first {
                '"' => self.quoted()?,
                '`' => self.raw()?,
                '{' | '[' => self.json()?,
                '(' => self.sign(1, Token::Open),
                ')' => self.sign(1, Token::Close),
                '|' => self.sign(1, Token::Pipe),
                ',' => self.sign(1, Token::Comma),
                ':' if rest.starts_with(":=") => self.sign(2, Token::Declare),
                '=' => self.sign(1, Token::Assign),
                // Dinghy's `var "x" ?: default`: the sign is only for people.
                '?' if rest.starts_with("?:") => {
                    self.at += 2;
                    continue;
                }
                '.' => Token::Field(self.fields(), !spaced && !tokens.is_empty()),
                '$' => {
                    self.at += 1;
                    let name = self.word();
                    Token::Variable(name, if self.text[self.at..].starts_with('.') { self.fields() } else { vec![] })
                }
                c if c.is_ascii_digit() || c == '-' || c == '+' => self.number()?,
                c if c.is_alphabetic() || c == '_' => Token::Word(self.word()),
                other => return Err((format!("'{other}' has no meaning in an action"), self.at)),
            };
            tokens.push(token);
        }
    }

    fn sign(&mut self, length: usize, token: Token) -> Token {
        self.at += length;
        token
    }

    fn word(&mut self) -> String {
        let rest = &self.text[self.at..];
        let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
        self.at += end;
        rest[..end].to_owned()
    }

    fn fields(&mut self) -> Vec<String> {
        let mut fields = Vec::new();
        while self.text[self.at..].starts_with('.') {
            self.at += 1;
            let word = self.word();
            if word.is_empty() {
                break;
            }
            fields.push(word);
        }
        fields
    }

    fn number(&mut self) -> Result<Token, (String, usize)> {
        let rest = &self.text[self.at..];
        let end =
            rest.find(|c: char| !(c.is_alphanumeric() || matches!(c, '.' | '-' | '+' | '_'))).unwrap_or(rest.len());
        let written = rest[..end].trim_start_matches('+').replace('_', "");
        let number =
            serde_json::from_str(&written).map_err(|_| (format!("'{}' is no number", &rest[..end]), self.at))?;
        self.at += end;
        Ok(Token::Number(number))
    }

    /// A text in quotes, with the escapes that Go and JSON share.
    fn quoted(&mut self) -> Result<Token, (String, usize)> {
        let from = self.at;
        let end = self.string_end(from)?;
        self.at = end;
        let literal = &self.text[from..end];
        let plain = literal.replace('\n', "\\n").replace('\t', "\\t").replace('\r', "\\r");
        let text = serde_json::from_str(&plain).map_err(|_| (format!("{literal} is no text literal"), from))?;
        Ok(Token::Text(text))
    }

    fn string_end(&self, from: usize) -> Result<usize, (String, usize)> {
        let mut escaped = false;
        for (offset, c) in self.text[from + 1..].char_indices() {
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '"' => return Ok(from + 1 + offset + 1),
                _ => {}
            }
        }
        Err(("a quote is never closed".to_owned(), from))
    }

    fn raw(&mut self) -> Result<Token, (String, usize)> {
        let from = self.at + 1;
        let end = self.text[from..].find('`').ok_or_else(|| ("'`' is never closed".to_owned(), self.at))?;
        self.at = from + end + 1;
        Ok(Token::Text(self.text[from..from + end].to_owned()))
    }

    /// Everything up to the bracket that closes the first one.
    fn json(&mut self) -> Result<Token, (String, usize)> {
        let from = self.at;
        let mut open = 0usize;
        let mut at = from;
        while let Some(c) = self.text[at..].chars().next() {
            match c {
                '"' => {
                    at = self.string_end(at)?;
                    continue;
                }
                '{' | '[' => open += 1,
                '}' | ']' => open -= 1,
                _ => {}
            }
            at += c.len_utf8();
            if open == 0 {
                self.at = at;
                return Ok(Token::Text(self.text[from..at].to_owned()));
            }
        }
        Err(("a bracket is never closed".to_owned(), from))
    }
}
