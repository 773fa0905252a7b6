//! The tokens of an expression.

use std::ops::Range;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Int,
    Long,
    HexInt,
    HexLong,
    Real,
    RealFloat,
    Text,
    Identifier,
    LParen,
    RParen,
    Comma,
    Colon,
    Hash,
    RSquare,
    LSquare,
    LCurly,
    RCurly,
    Dot,
    Plus,
    Star,
    Minus,
    SelectFirst,
    SelectLast,
    QMark,
    Project,
    Div,
    Ge,
    Gt,
    Le,
    Lt,
    Eq,
    Ne,
    Mod,
    Not,
    Assign,
    SymbolicAnd,
    SymbolicOr,
    Select,
    Power,
    Elvis,
    SafeNavi,
    BeanRef,
    FactoryBeanRef,
    Inc,
    Dec,
}

impl Kind {
    /// The name Spring's messages use.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Int => "literal_int",
            Self::Long => "literal_long",
            Self::HexInt => "literal_hexint",
            Self::HexLong => "literal_hexlong",
            Self::Real => "literal_real",
            Self::RealFloat => "literal_real_float",
            Self::Text => "literal_string",
            Self::Identifier => "identifier",
            Self::LParen => "lparen(()",
            Self::RParen => "rparen())",
            Self::Comma => "comma(,)",
            Self::Colon => "colon(:)",
            Self::Hash => "hash(#)",
            Self::RSquare => "rsquare(])",
            Self::LSquare => "lsquare([)",
            Self::LCurly => "lcurly({)",
            Self::RCurly => "rcurly(})",
            Self::Dot => "dot(.)",
            Self::Plus => "plus(+)",
            Self::Star => "star(*)",
            Self::Minus => "minus(-)",
            Self::SelectFirst => "select_first(^[)",
            Self::SelectLast => "select_last($[)",
            Self::QMark => "qmark(?)",
            Self::Project => "project(![)",
            Self::Div => "div(/)",
            Self::Ge => "ge(>=)",
            Self::Gt => "gt(>)",
            Self::Le => "le(<=)",
            Self::Lt => "lt(<)",
            Self::Eq => "eq(==)",
            Self::Ne => "ne(!=)",
            Self::Mod => "mod(%)",
            Self::Not => "not(!)",
            Self::Assign => "assign(=)",
            Self::SymbolicAnd => "symbolic_and(&&)",
            Self::SymbolicOr => "symbolic_or(||)",
            Self::Select => "select(?[)",
            Self::Power => "power(^)",
            Self::Elvis => "elvis(?:)",
            Self::SafeNavi => "safe_navi(?.)",
            Self::BeanRef => "bean_ref(@)",
            Self::FactoryBeanRef => "factory_bean_ref(&)",
            Self::Inc => "inc(++)",
            Self::Dec => "dec(--)",
        }
    }

    /// Whether the token's own text matters.
    pub(crate) const fn has_payload(self) -> bool {
        matches!(
            self,
            Self::Int
                | Self::Long
                | Self::HexInt
                | Self::HexLong
                | Self::Real
                | Self::RealFloat
                | Self::Text
                | Self::Identifier
        )
    }
}

/// One token; its text is the slice of the expression it covers (without `0x`, `L` for numbers).
#[derive(Clone, Debug)]
pub(crate) struct Token<'e> {
    pub(crate) kind: Kind,
    pub(crate) text: &'e str,
    pub(crate) span: Range<usize>,
}
