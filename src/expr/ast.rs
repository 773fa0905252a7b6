//! The tree of an expression. Every node knows the bytes it was read from.

use std::ops::Range;
use std::rc::Rc;

/// A node and its place in the expression.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) span: Range<usize>,
    pub(crate) expr: Expr,
}

/// What a node does.
#[derive(Clone, Debug)]
pub(crate) enum Expr {
    Literal(Literal),
    /// Start value and what is read from it, link by link.
    Compound(Vec<Node>),
    Property {
        name: Rc<str>,
        null_safe: bool,
    },
    Method {
        name: Rc<str>,
        args: Vec<Node>,
        null_safe: bool,
    },
    /// `#name`.
    Variable(Rc<str>),
    /// `#name(…)`.
    Function {
        name: Rc<str>,
        args: Vec<Node>,
    },
    /// `[…]`.
    Index {
        index: Box<Node>,
        null_safe: bool,
    },
    Selection {
        kind: Selection,
        condition: Box<Node>,
        null_safe: bool,
    },
    Projection {
        each: Box<Node>,
        null_safe: bool,
    },
    /// `T(name[])`.
    Type {
        name: String,
        dimensions: usize,
    },
    New {
        name: String,
        args: Vec<Node>,
    },
    /// `new name[2]{…}`; an absent dimension is `[]`.
    NewArray {
        name: String,
        dimensions: Vec<Option<Node>>,
        items: Option<Box<Node>>,
    },
    /// `@name`, `&name`.
    Bean(String),
    List {
        items: Vec<Node>,
        constant: bool,
    },
    Map {
        entries: Vec<(Node, Node)>,
        constant: bool,
    },
    Binary {
        op: Binary,
        left: Box<Node>,
        right: Box<Node>,
    },
    Unary {
        op: Unary,
        operand: Box<Node>,
    },
    /// `++x`, `x--`: by how much, and whether the new value is the result.
    Step {
        by: i8,
        prefix: bool,
        operand: Box<Node>,
    },
    Assign {
        target: Box<Node>,
        value: Box<Node>,
    },
    Ternary {
        condition: Box<Node>,
        yes: Box<Node>,
        no: Box<Node>,
    },
    Elvis {
        value: Box<Node>,
        default: Box<Node>,
    },
}

/// A constant.
#[derive(Clone, Debug)]
pub(crate) enum Literal {
    Null,
    Bool(bool),
    Int(i32),
    Long(i64),
    Float(f32),
    Double(f64),
    Text(Rc<str>),
}

/// Which items a selection keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Selection {
    All,
    First,
    Last,
}

/// Operators of two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Binary {
    Or,
    And,
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    InstanceOf,
    Matches,
    Between,
    Plus,
    Minus,
    Multiply,
    Divide,
    Modulus,
    Power,
}

/// Operators of one operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unary {
    Plus,
    Minus,
    Not,
}

impl Node {
    /// Whether evaluating it may change a list or map of the working copy.
    pub(crate) fn mutates(&self) -> bool {
        const MUTATORS: [&str; 10] =
            ["add", "addAll", "addFirst", "clear", "remove", "removeAll", "removeIf", "retainAll", "sort", "putAll"];
        // A loop, not a recursion: `1+1+1+…` nests as deep as it is long.
        let mut open = vec![self];
        while let Some(node) = open.pop() {
            match &node.expr {
                Expr::Assign { .. } | Expr::Step { .. } => return true,
                Expr::Method { name, .. } if MUTATORS.contains(&name.as_ref()) => return true,
                Expr::Property { name, .. } if name.as_ref() == "clear" => return true,
                _ => open.extend(node.children()),
            }
        }
        false
    }

    /// The nodes right below.
    pub(crate) fn children(&self) -> Vec<&Node> {
        match &self.expr {
            Expr::Literal(_) | Expr::Property { .. } | Expr::Variable(_) | Expr::Type { .. } | Expr::Bean(_) => vec![],
            Expr::Compound(nodes) => nodes.iter().collect(),
            Expr::Method { args, .. } | Expr::Function { args, .. } | Expr::New { args, .. } => args.iter().collect(),
            Expr::Index { index: node, .. }
            | Expr::Selection { condition: node, .. }
            | Expr::Projection { each: node, .. }
            | Expr::Unary { operand: node, .. }
            | Expr::Step { operand: node, .. } => vec![node],
            Expr::NewArray { dimensions, items, .. } => {
                dimensions.iter().flatten().chain(items.iter().map(AsRef::as_ref)).collect()
            }
            Expr::List { items, .. } => items.iter().collect(),
            Expr::Map { entries, .. } => entries.iter().flat_map(|(key, value)| [key, value]).collect(),
            Expr::Binary { left: a, right: b, .. }
            | Expr::Assign { target: a, value: b }
            | Expr::Elvis { value: a, default: b } => vec![a, b],
            Expr::Ternary { condition, yes, no } => vec![condition, yes, no],
        }
    }
}
