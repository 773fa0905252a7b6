//! What a key that is not there may have meant.

use super::ast::{Expr, Literal, Node};
use super::error::nearest;
use super::eval::eval;
use super::machine::Machine;
use super::value::Value;

/// For an expression that gave null: the names nearest to the first key on its path that does not exist.
pub(crate) fn nearest_keys<'a>(machine: &Machine<'a>, node: &Node) -> Vec<String> {
    let links = match &node.expr {
        Expr::Compound(links) => links.as_slice(),
        Expr::Property { .. } => std::slice::from_ref(node),
        _ => return Vec::new(),
    };
    let mut holder = Value::Root;
    for link in links {
        let name = match &link.expr {
            Expr::Property { name, .. } => Some(name.to_string()),
            Expr::Index { index, .. } => match &index.expr {
                Expr::Literal(Literal::Text(text)) => Some(text.to_string()),
                _ => None,
            },
            _ => None,
        };
        if let Some(name) = name
            && holder.is_map()
        {
            let keys = machine.key_names(&holder);
            if !keys.contains(&name) {
                let near = nearest(&name, keys.iter().map(String::as_str));
                return near.map(|near| format!("there is no '{name}'; did you mean '{near}'?")).into_iter().collect();
            }
        }
        match eval(machine, link, &holder) {
            Ok(value) => holder = value,
            Err(_) => return Vec::new(),
        }
    }
    Vec::new()
}

/// The parts of an expression that read names from the root on; not those of items of a selection or projection.
pub(crate) fn readings(node: &Node) -> Vec<&Node> {
    let mut found = Vec::new();
    // A loop, not a recursion: `1+1+1+…` nests as deep as it is long.
    let mut open = vec![node];
    while let Some(node) = open.pop() {
        match &node.expr {
            Expr::Selection { .. } | Expr::Projection { .. } => {}
            Expr::Property { .. } => found.push(node),
            Expr::Compound(links) => {
                found.push(node);
                let inside =
                    links.iter().filter(|link| !matches!(link.expr, Expr::Selection { .. } | Expr::Projection { .. }));
                open.extend(inside.flat_map(Node::children));
            }
            _ => open.extend(node.children()),
        }
    }
    found.sort_by_key(|node| node.span.start);
    found
}
