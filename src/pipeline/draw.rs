//! The graph of stages as text: lanes for terminals, mermaid, Graphviz.

use std::fmt::Write as _;

use super::Graph;
use crate::model::Status;

/// A stage to draw.
#[derive(Clone, Debug, Default)]
pub struct DrawNode {
    /// RefId.
    pub id: String,
    /// Name for people.
    pub label: String,
    /// Stage type.
    pub kind: String,
    /// Where it stands, when it is of an execution.
    pub status: Option<Status>,
    /// The ids it waits for.
    pub requisites: Vec<String>,
}

pub(super) fn graph_of(nodes: &[DrawNode]) -> Graph {
    Graph::new(nodes.iter().map(|node| (node.id.as_str(), node.requisites.iter().map(String::as_str))))
}

/// The graph for a terminal: a line per stage, and lanes on the left that say what waits for what.
#[must_use]
pub fn draw(nodes: &[DrawNode]) -> String {
    let graph = graph_of(nodes);
    let order = graph.order();
    let mut lanes = Lanes { lanes: Vec::new(), text: String::new() };
    for number in &order {
        lanes.node(*number, &graph, &nodes[*number]);
    }
    let mut text = lanes.text;
    let placed: std::collections::HashSet<usize> = order.into_iter().collect();
    for (_, node) in nodes.iter().enumerate().filter(|(number, _)| !placed.contains(number)) {
        writeln!(text, "!  {}  never starts: waits for {}", line(node), node.requisites.join(", "))
            .expect("text grows");
    }
    text
}

/// Lanes run down from a stage to the stage that waits for it.
struct Lanes {
    /// For every lane the stage it leads to; `None` is a free lane.
    lanes: Vec<Option<usize>>,
    text: String,
}

const UP: u8 = 1;
const DOWN: u8 = 2;
const LEFT: u8 = 4;
const RIGHT: u8 = 8;

impl Lanes {
    fn node(&mut self, number: usize, graph: &Graph, node: &DrawNode) {
        let incoming: Vec<usize> = (0..self.lanes.len()).filter(|lane| self.lanes[*lane] == Some(number)).collect();
        let lane = match incoming.first() {
            Some(lane) => *lane,
            None => self.free(0),
        };
        if incoming.len() > 1 {
            let before = self.lanes.clone();
            for joined in &incoming[1..] {
                self.lanes[*joined] = None;
            }
            self.connect(lane, &incoming[1..], &before);
        }
        self.lanes[lane] = Some(number);
        self.stage(lane, node);
        self.fork(lane, graph.downstream(number));
    }

    /// The first free lane from one on.
    fn free(&mut self, from: usize) -> usize {
        let found = (from..self.lanes.len()).find(|lane| self.lanes[*lane].is_none());
        found.unwrap_or_else(|| {
            self.lanes.push(None);
            self.lanes.len() - 1
        })
    }

    fn stage(&mut self, lane: usize, node: &DrawNode) {
        for (number, target) in self.lanes.iter().enumerate() {
            let mark = if number == lane {
                symbol(node.status)
            } else if target.is_some() {
                '│'
            } else {
                ' '
            };
            self.text.push(mark);
            self.text.push(' ');
        }
        writeln!(self.text, " {}", line(node)).expect("text grows");
    }

    /// The lanes that lead on from a stage.
    fn fork(&mut self, lane: usize, downstream: &[usize]) {
        let before = self.lanes.clone();
        self.lanes[lane] = None;
        let mut connected = Vec::new();
        for next in downstream {
            if let Some(existing) = self.lanes.iter().position(|target| *target == Some(*next)) {
                connected.push(existing);
            } else if self.lanes[lane].is_none() {
                self.lanes[lane] = Some(*next);
            } else {
                let new = self.free(lane);
                self.lanes[new] = Some(*next);
                connected.push(new);
            }
        }
        if !connected.is_empty() || self.lanes[lane].is_some() {
            self.connect(lane, &connected, &before);
        }
        while self.lanes.last() == Some(&None) {
            self.lanes.pop();
        }
    }

    /// A line that joins one lane with others; lanes between them are crossed.
    fn connect(&mut self, lane: usize, others: &[usize], before: &[Option<usize>]) {
        let width = self.lanes.len().max(before.len());
        let (first, last) = others.iter().fold((lane, lane), |(low, high), other| (low.min(*other), high.max(*other)));
        let mut row = String::new();
        for number in 0..width {
            let mut arms = 0;
            if before.get(number).is_some_and(Option::is_some) {
                arms |= UP;
            }
            if self.lanes.get(number).is_some_and(Option::is_some) {
                arms |= DOWN;
            }
            let joined = number == lane || others.contains(&number);
            let crossed = !joined && arms == UP | DOWN;
            if !crossed && number > first && number <= last {
                arms |= LEFT;
            }
            if !crossed && number >= first && number < last {
                arms |= RIGHT;
            }
            row.push(corner(arms));
            row.push(if number >= first && number < last { '─' } else { ' ' });
        }
        self.text.push_str(row.trim_end());
        self.text.push('\n');
    }
}

const fn corner(arms: u8) -> char {
    const UP_DOWN: u8 = UP | DOWN;
    const LEFT_RIGHT: u8 = LEFT | RIGHT;
    match arms {
        0 => ' ',
        UP | DOWN | UP_DOWN => '│',
        LEFT | RIGHT | LEFT_RIGHT => '─',
        9 => '╰',
        5 => '╯',
        10 => '╭',
        6 => '╮',
        11 => '├',
        7 => '┤',
        14 => '┬',
        13 => '┴',
        _ => '┼',
    }
}

fn line(node: &DrawNode) -> String {
    let mut text = clean(&node.label);
    if node.kind != node.label && !node.kind.is_empty() {
        write!(text, "  ({})", clean(&node.kind)).expect("text grows");
    }
    if let Some(status) = node.status {
        write!(text, "  {status}").expect("text grows");
    }
    text
}

fn clean(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

const fn symbol(status: Option<Status>) -> char {
    match status {
        None | Some(Status::NotStarted | Status::Buffered) => '○',
        Some(Status::Running | Status::Redirect) => '●',
        Some(Status::Paused | Status::Suspended) => '◐',
        Some(Status::Succeeded) => '✔',
        Some(Status::FailedContinue) => '!',
        Some(Status::Terminal | Status::Stopped) => '✘',
        Some(Status::Canceled) => '■',
        Some(Status::Skipped) => '◌',
    }
}

/// The graph for mermaid.
#[must_use]
pub fn mermaid(nodes: &[DrawNode]) -> String {
    let graph = graph_of(nodes);
    let mut text = "flowchart LR\n".to_owned();
    for (number, node) in nodes.iter().enumerate() {
        let escape = |text: &str| {
            clean(text).replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;")
        };
        let kind = if node.kind == node.label { String::new() } else { format!("<br/><i>{}</i>", escape(&node.kind)) };
        let class = node.status.map_or(String::new(), |status| format!(":::{}", status.as_str().to_ascii_lowercase()));
        writeln!(text, "  s{number}[\"{}{kind}\"]{class}", escape(&node.label)).expect("text grows");
    }
    for number in 0..nodes.len() {
        for requisite in graph.requisites(number) {
            writeln!(text, "  s{requisite} --> s{number}").expect("text grows");
        }
    }
    for status in statuses(nodes) {
        let name = status.as_str().to_ascii_lowercase();
        writeln!(text, "  classDef {name} fill:{}", color(Some(status))).expect("text grows");
    }
    text
}

/// The graph for Graphviz.
#[must_use]
pub fn dot(nodes: &[DrawNode]) -> String {
    let graph = graph_of(nodes);
    let mut text = "digraph pipeline {\n  rankdir=LR;\n  node [shape=box, style=\"rounded,filled\"];\n".to_owned();
    let escape = |text: &str| clean(text).replace('\\', "\\\\").replace('"', "\\\"");
    for (number, node) in nodes.iter().enumerate() {
        let kind = if node.kind == node.label { String::new() } else { format!("\\n{}", escape(&node.kind)) };
        let fill = color(node.status);
        writeln!(text, "  s{number} [label=\"{}{kind}\", fillcolor=\"{fill}\"];", escape(&node.label))
            .expect("text grows");
    }
    for number in 0..nodes.len() {
        for requisite in graph.requisites(number) {
            writeln!(text, "  s{requisite} -> s{number};").expect("text grows");
        }
    }
    text.push_str("}\n");
    text
}

fn statuses(nodes: &[DrawNode]) -> Vec<Status> {
    let mut statuses: Vec<Status> = nodes.iter().filter_map(|node| node.status).collect();
    statuses.sort_unstable();
    statuses.dedup();
    statuses
}

/// Pale fills that dark text can be read on.
pub(super) const fn color(status: Option<Status>) -> &'static str {
    match status {
        None | Some(Status::NotStarted | Status::Buffered | Status::Skipped) => "#f2f2f2",
        Some(Status::Running | Status::Redirect) => "#cfe5ff",
        Some(Status::Paused | Status::Suspended) => "#fff1c4",
        Some(Status::Succeeded) => "#d3f2d6",
        Some(Status::FailedContinue) => "#ffe0bd",
        Some(Status::Terminal | Status::Stopped) => "#ffd2cf",
        Some(Status::Canceled) => "#dddddd",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(id: &str, requisites: &[&str]) -> DrawNode {
        DrawNode {
            id: id.to_owned(),
            label: id.to_owned(),
            kind: "wait".to_owned(),
            status: None,
            requisites: requisites.iter().map(|r| (*r).to_owned()).collect(),
        }
    }

    #[test]
    fn draws_branches_and_joins() {
        let nodes = [
            node("bake", &[]),
            node("deploy east", &["bake"]),
            node("deploy west", &["bake"]),
            node("deploy south", &["bake"]),
            node("check east", &["deploy east"]),
            node("verify", &["check east", "deploy west", "deploy south"]),
            node("notify", &["bake", "verify"]),
            node("alone", &[]),
        ];
        insta::assert_snapshot!(draw(&nodes), @r#"
        ○  bake  (wait)
        ├─┬─┬─╮
        ○ │ │ │  deploy east  (wait)
        │ │ │ │
        │ ○ │ │  deploy west  (wait)
        │ │ │ │
        │ │ ○ │  deploy south  (wait)
        │ ├─╯ │
        ○ │   │  check east  (wait)
        ╰─┤   │
          ○   │  verify  (wait)
          ╰───┤
              ○  notify  (wait)
        ○  alone  (wait)
        "#);
    }

    #[test]
    fn circles_are_listed_not_drawn() {
        let nodes = [node("a", &[]), node("b", &["c"]), node("c", &["b"])];
        insta::assert_snapshot!(draw(&nodes), @r#"
        ○  a  (wait)
        !  b  (wait)  never starts: waits for c
        !  c  (wait)  never starts: waits for b
        "#);
    }

    #[test]
    fn names_cannot_break_out_of_their_quotes() {
        let mut evil = node("x\"]; <b> \\", &[]);
        evil.status = Some(Status::Succeeded);
        insta::assert_snapshot!(format!("{}{}", mermaid(&[evil.clone()]), dot(&[evil])), @r##"
        flowchart LR
          s0["x&quot;]; &lt;b&gt; \<br/><i>wait</i>"]:::succeeded
          classDef succeeded fill:#d3f2d6
        digraph pipeline {
          rankdir=LR;
          node [shape=box, style="rounded,filled"];
          s0 [label="x\"]; <b> \\\nwait", fillcolor="#d3f2d6"];
        }
        "##);
    }
}
