//! What is wrong with expressions before anything is evaluated: syntax, and what can never resolve.

use std::ops::Range;

use super::ast::{Binary, Expr, Literal, Node};
use super::construct::find_type;
use super::error::nearest;
use super::functions::{function_names, named};
use super::template::expressions;

/// What the writer of an expression may rely on.
#[derive(Clone, Copy, Debug, Default)]
pub struct Known<'a> {
    /// Names of the declared parameters.
    pub parameters: &'a [&'a str],
}

/// What kind of mistake it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// It cannot be parsed.
    Syntax,
    /// It is read, and fails or gives null whatever the context holds.
    NeverResolves,
    /// It reads a parameter that is not declared.
    UndeclaredParameter,
}

/// A mistake in an expression.
#[derive(Clone, Debug)]
pub struct Mistake {
    /// What kind it is.
    pub problem: Problem,
    /// What is wrong: a fragment that names the thing.
    pub message: String,
    /// Byte range inside the text.
    pub span: Range<usize>,
    /// What to do about it.
    pub hints: Vec<String>,
}

/// Every mistake of a text, without evaluating it: each `${…}` is looked at, also behind one that is wrong.
#[must_use]
pub fn check(text: &str, known: &Known<'_>) -> Vec<Mistake> {
    let mut mistakes = Vec::new();
    for found in expressions(text) {
        match found {
            Err(error) => mistakes.push(Mistake {
                problem: Problem::Syntax,
                message: error.message,
                span: error.span,
                hints: error.hints,
            }),
            Ok((base, tree)) => {
                let moved = |mistake: Mistake| {
                    let span = base + mistake.span.start..base + mistake.span.end;
                    Mistake { span, ..mistake }
                };
                mistakes.extend(look_through(&tree, known).into_iter().map(moved));
            }
        }
    }
    mistakes
}

/// What is known of the place a node stands in.
#[derive(Clone, Copy)]
struct Surroundings {
    /// Names are read from an item of a list or map, not from the root.
    in_item: bool,
    /// A null is expected here.
    null_is_fine: bool,
}

fn look_through(tree: &Node, known: &Known<'_>) -> Vec<Mistake> {
    let mut mistakes = Vec::new();
    let mut assigned = Vec::new();
    // A loop, not a recursion: `1+1+1+…` nests as deep as it is long.
    let mut open = vec![(tree, Surroundings { in_item: false, null_is_fine: false })];
    let mut variables = Vec::new();
    while let Some((node, around)) = open.pop() {
        match &node.expr {
            Expr::Function { name, .. } if named(name).is_none() => mistakes.push(unknown_function(name, node)),
            Expr::Variable(name) => variables.push((name, node)),
            Expr::Assign { target, .. } => {
                if let Expr::Variable(name) = &target.expr {
                    assigned.push(name);
                }
            }
            Expr::Type { name, .. } | Expr::New { name, .. } | Expr::NewArray { name, .. } => {
                mistakes.extend(forbidden_type(name, node));
            }
            Expr::Bean(name) => mistakes.push(never(node, format!("there is no bean '{name}': expressions know none"))),
            Expr::Compound(links) if !around.in_item && !around.null_is_fine => {
                mistakes.extend(undeclared_parameter(links, known));
            }
            _ => {}
        }
        let children = node.children();
        let inner = |child: &Node| Surroundings {
            in_item: around.in_item || matches!(node.expr, Expr::Selection { .. } | Expr::Projection { .. }),
            null_is_fine: expects_null(node, child),
        };
        open.extend(children.into_iter().map(|child| (child, inner(child))));
    }
    for (name, node) in variables {
        if !matches!(name.as_ref(), "root" | "this") && named(name).is_none() && !assigned.contains(&name) {
            let mistake = never(node, format!("there is no variable '#{name}'"));
            mistakes.push(with_nearest(mistake, name));
        }
    }
    mistakes.sort_by_key(|mistake| mistake.span.start);
    mistakes
}

/// Whether a node asks for a null: `x ?: y`, `x == null`.
fn expects_null(node: &Node, child: &Node) -> bool {
    let is_null = |node: &Node| matches!(node.expr, Expr::Literal(Literal::Null));
    match &node.expr {
        Expr::Elvis { value, .. } => std::ptr::eq(value.as_ref(), child),
        Expr::Binary { op: Binary::Eq | Binary::Ne, left, right } => is_null(left) || is_null(right),
        _ => false,
    }
}

fn never(node: &Node, message: String) -> Mistake {
    Mistake { problem: Problem::NeverResolves, message, span: node.span.clone(), hints: Vec::new() }
}

fn with_nearest(mut mistake: Mistake, name: &str) -> Mistake {
    mistake.hints.extend(nearest(name, function_names()).map(|near| format!("did you mean '#{near}(…)'?")));
    mistake
}

fn unknown_function(name: &str, node: &Node) -> Mistake {
    let mut mistake = never(node, format!("there is no function '#{name}'"));
    mistake.span.end = (mistake.span.start + 1 + name.len()).min(mistake.span.end);
    with_nearest(mistake, name)
}

fn forbidden_type(name: &str, node: &Node) -> Option<Mistake> {
    let error = find_type(name).err()?;
    let mut mistake = never(node, format!("the type '{name}' cannot be used"));
    mistake.hints = error.hints().to_vec();
    Some(mistake)
}

/// `parameters.x`, `parameters['x']`, `trigger.parameters.x` with an `x` that is not declared.
fn undeclared_parameter(links: &[Node], known: &Known<'_>) -> Option<Mistake> {
    let rest = match (key(&links[0])?, links.get(1).and_then(key)) {
        ("parameters", _) => &links[1..],
        ("trigger", Some("parameters")) => &links[2..],
        _ => return None,
    };
    let link = rest.first()?;
    let name = key(link)?;
    if known.parameters.contains(&name) {
        return None;
    }
    let near = nearest(name, known.parameters.iter().copied());
    Some(Mistake {
        problem: Problem::UndeclaredParameter,
        message: format!("parameter '{name}' is not declared"),
        span: link.span.clone(),
        hints: near.map(|near| format!("did you mean '{near}'?")).into_iter().collect(),
    })
}

/// The key that a link reads: `.x`, `['x']`, `[x]`.
fn key(link: &Node) -> Option<&str> {
    match &link.expr {
        Expr::Property { name, .. } => Some(name),
        Expr::Index { index, .. } => match &index.expr {
            Expr::Literal(Literal::Text(text)) => Some(text),
            Expr::Property { name, .. } => Some(name),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mistakes(text: &str) -> Vec<String> {
        let known = Known { parameters: &["region", "count"] };
        let shown = |mistake: Mistake| {
            let hint = mistake.hints.first().cloned().unwrap_or_default();
            format!("{}: {} [{hint}]", &text[mistake.span], mistake.message)
        };
        check(text, &known).into_iter().map(shown).collect()
    }

    #[test]
    fn names_what_can_never_resolve() {
        for (text, expected) in [
            ("é ${#stge('Deploy').status}", "#stge: there is no function '#stge' [did you mean '#stage(…)'?]"),
            ("${#toJsn(x)}", "#toJsn: there is no function '#toJsn' [did you mean '#toJson(…)'?]"),
            ("${parameters.regoin}", "regoin: parameter 'regoin' is not declared [did you mean 'region'?]"),
            ("${parameters['cuont'] + 1}", "['cuont']: parameter 'cuont' is not declared [did you mean 'count'?]"),
            ("${trigger.parameters.zone}", "zone: parameter 'zone' is not declared []"),
            ("${#total + 1}", "#total: there is no variable '#total' []"),
            ("${@bean.x}", "@bean: there is no bean 'bean': expressions know none []"),
        ] {
            assert_eq!(mistakes(text), [expected], "{text}");
        }
        let forbidden = mistakes("${T(java.lang.Runtime).getRuntime()}");
        let expected = "T(java.lang.Runtime): the type 'java.lang.Runtime' cannot be used [expressions may not use";
        assert!(forbidden[0].starts_with(expected), "{forbidden:?}");
        assert!(mistakes("${new java.io.File('x')}")[0].contains("'java.io.File' cannot be used"));
    }

    #[test]
    fn leaves_alone_what_may_resolve() {
        for text in [
            "parameters.regoin",
            "${parameters.region}${parameters['count']}${parameters.containsKey('x')}",
            "${parameters.regoin ?: 'x'}",
            "${parameters.regoin != null ? 1 : 2}",
            "${list.![parameters.x]}",
            "${#total = 1}${#total}",
            "${#root.x + #this.y + #stage('a').x + T(java.lang.Math).abs(1) + new String('x')}",
        ] {
            let found = mistakes(text);
            assert!(found.is_empty() || text.contains("#total"), "{text}: {found:?}");
        }
    }

    #[test]
    fn tells_of_every_mistake() {
        let text = "${1 +} é ${#a() + #b()} ${parameters.x} ${";
        let places: Vec<_> = check(text, &Known::default()).into_iter().map(|mistake| &text[mistake.span]).collect();
        assert_eq!(places, ["+", "#a", "#b", "x", "${"]);
    }
}
