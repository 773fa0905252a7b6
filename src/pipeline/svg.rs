//! The graph of stages as a self-contained SVG: columns by distance from the start, lines that pass between boxes.

use std::fmt::Write as _;

use super::draw::{DrawNode, color, graph_of};

const BOX_HEIGHT: f64 = 44.0;
const ROW: f64 = 64.0;
const GAP: f64 = 56.0;
const MARGIN: f64 = 16.0;
/// Width of a character of the label's font, on average.
const CHARACTER: f64 = 7.4;
const LONGEST_LABEL: usize = 40;
/// Times the columns are put in order by what they are connected with.
const SWEEPS: usize = 6;

/// What stands in a column: a stage, or the point where a line passes by.
#[derive(Clone, Copy)]
struct Slot {
    stage: Option<usize>,
}

/// The columns, and what is connected with what in the next one.
struct Columns {
    slots: Vec<Slot>,
    columns: Vec<Vec<usize>>,
    edges: Vec<(usize, usize)>,
}

/// The graph as SVG.
#[must_use]
pub fn svg(nodes: &[DrawNode]) -> String {
    let mut columns = Columns::of(nodes);
    for _ in 0..SWEEPS {
        columns.sweep();
    }
    let (places, width, height) = columns.places(nodes);
    let mut text = String::new();
    let mut put = |line: String| writeln!(text, "{line}").expect("text grows");
    put(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" viewBox=\"0 0 {width:.0} {height:.0}\" font-family=\"system-ui, sans-serif\">"
    ));
    put("<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>".to_owned());
    put("<g fill=\"none\" stroke=\"#8a8a8a\" stroke-width=\"1.5\">".to_owned());
    for (from, to) in &columns.edges {
        let (a, b) = (&places[*from], &places[*to]);
        let middle = (a.right + b.left) / 2.0;
        let pass = if columns.slots[*to].stage.is_none() { format!(" H{:.1}", b.right) } else { String::new() };
        put(format!(
            "<path d=\"M{:.1} {:.1} C{middle:.1} {:.1} {middle:.1} {:.1} {:.1} {:.1}{pass}\"/>",
            a.right, a.y, a.y, b.y, b.left, b.y
        ));
    }
    put("</g>".to_owned());
    for (slot, place) in columns.slots.iter().zip(&places) {
        if let Some(node) = slot.stage.map(|stage| &nodes[stage]) {
            put(stage(node, place));
        }
    }
    put("</svg>".to_owned());
    text
}

fn stage(node: &DrawNode, place: &Place) -> String {
    let (x, y) = (place.left, place.y - BOX_HEIGHT / 2.0);
    let status = node.status.map_or(String::new(), |status| format!(": {status}"));
    let center = (place.left + place.right) / 2.0;
    let width = place.right - place.left;
    format!(
        "<g><title>{} ({}){status}</title><rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{BOX_HEIGHT:.0}\" rx=\"6\" fill=\"{}\" stroke=\"#5a5a5a\"/><text x=\"{center:.1}\" y=\"{:.1}\" font-size=\"13\" text-anchor=\"middle\" fill=\"#1a1a1a\">{}</text><text x=\"{center:.1}\" y=\"{:.1}\" font-size=\"10\" text-anchor=\"middle\" fill=\"#555555\">{}</text></g>",
        escape(&node.label),
        escape(&node.kind),
        color(node.status),
        place.y - 1.0,
        escape(&short(&node.label)),
        place.y + 13.0,
        escape(&short(&node.kind)),
    )
}

/// Where a slot is drawn; `y` is its middle.
struct Place {
    left: f64,
    right: f64,
    y: f64,
}

impl Columns {
    fn of(nodes: &[DrawNode]) -> Self {
        let graph = graph_of(nodes);
        let mut slots: Vec<Slot> = (0..nodes.len()).map(|stage| Slot { stage: Some(stage) }).collect();
        let mut columns = graph.layers();
        let mut column_of = vec![0; nodes.len()];
        for (column, stages) in columns.iter().enumerate() {
            for stage in stages {
                column_of[*stage] = column;
            }
        }
        let mut edges = Vec::new();
        for stage in 0..nodes.len() {
            for requisite in graph.requisites(stage) {
                let mut from = *requisite;
                // Edges inside the last column are those of circles; they are not drawn.
                if column_of[from] >= column_of[stage] {
                    continue;
                }
                for column in columns.iter_mut().take(column_of[stage]).skip(column_of[from] + 1) {
                    let point = slots.len();
                    slots.push(Slot { stage: None });
                    column.push(point);
                    edges.push((from, point));
                    from = point;
                }
                edges.push((from, stage));
            }
        }
        Self { slots, columns, edges }
    }

    /// Puts every column in the order of the middle of what it is connected with, forwards and back.
    fn sweep(&mut self) {
        let count = self.columns.len();
        for column in 1..count {
            self.reorder(column, |(from, to)| (to, from));
        }
        for column in (0..count.saturating_sub(1)).rev() {
            self.reorder(column, |(from, to)| (from, to));
        }
    }

    fn reorder(&mut self, column: usize, side: impl Fn((usize, usize)) -> (usize, usize)) {
        let rank = self.ranks();
        let mut sums = vec![(0.0, 0.0); self.slots.len()];
        for edge in &self.edges {
            let (own, other) = side(*edge);
            sums[own].0 += rank[other];
            sums[own].1 += 1.0;
        }
        let middle = |slot: usize| if sums[slot].1 > 0.0 { sums[slot].0 / sums[slot].1 } else { rank[slot] };
        self.columns[column].sort_by(|a, b| middle(*a).total_cmp(&middle(*b)));
    }

    /// Where in its column a slot is, from 0 to 1.
    fn ranks(&self) -> Vec<f64> {
        let mut rank = vec![0.0; self.slots.len()];
        for column in &self.columns {
            for (position, slot) in column.iter().enumerate() {
                rank[*slot] = (position as f64 + 0.5) / column.len() as f64;
            }
        }
        rank
    }

    fn places(&self, nodes: &[DrawNode]) -> (Vec<Place>, f64, f64) {
        let rows = self.columns.iter().map(Vec::len).max().unwrap_or(0).max(1) as f64;
        let mut places: Vec<Place> = self.slots.iter().map(|_| Place { left: 0.0, right: 0.0, y: 0.0 }).collect();
        let mut left = MARGIN;
        for column in &self.columns {
            let label = |slot: &usize| self.slots[*slot].stage.map_or(0, |stage| width_of(&nodes[stage]));
            let width = column.iter().map(label).max().unwrap_or(0) as f64 * CHARACTER + 24.0;
            let top = MARGIN + (rows - column.len() as f64) * ROW / 2.0;
            for (position, slot) in column.iter().enumerate() {
                places[*slot] = Place { left, right: left + width, y: top + (position as f64 + 0.5) * ROW };
            }
            left += width + GAP;
        }
        (places, left - GAP + MARGIN, rows * ROW + 2.0 * MARGIN)
    }
}

fn width_of(node: &DrawNode) -> usize {
    short(&node.label).chars().count().max(short(&node.kind).chars().count() * 4 / 5).max(8)
}

fn short(text: &str) -> String {
    if text.chars().count() <= LONGEST_LABEL {
        return text.to_owned();
    }
    text.chars().take(LONGEST_LABEL - 1).chain(['…']).collect()
}

fn escape(text: &str) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(id: &str, requisites: &[&str]) -> DrawNode {
        let requisites = requisites.iter().map(|r| (*r).to_owned()).collect();
        DrawNode { id: id.to_owned(), label: id.to_owned(), kind: "wait".to_owned(), status: None, requisites }
    }

    #[test]
    fn is_well_formed_and_escaped() {
        let nodes = [node("a<b>&\"", &[]), node("b", &["a<b>&\""]), node("c", &["b"]), node("d", &["a<b>&\"", "c"])];
        let text = svg(&nodes);
        assert!(text.contains("a&lt;b&gt;&amp;&quot;") && !text.contains("a<b>"), "{text}");
        assert_eq!(text.matches("<g").count(), text.matches("</g>").count());
        // a→b, b→c, c→d, and a→d over two points.
        assert_eq!(text.matches("<path").count(), 6);
    }

    #[test]
    fn boxes_do_not_overlap() {
        let nodes = [node("a", &[]), node("b", &["a"]), node("c", &["a"]), node("d", &["b", "c"]), node("e", &["a"])];
        let columns = Columns::of(&nodes);
        let (places, ..) = columns.places(&nodes);
        for (i, a) in places.iter().enumerate() {
            for b in &places[i + 1..] {
                assert!(a.right < b.left || b.right < a.left || (a.y - b.y).abs() > BOX_HEIGHT);
            }
        }
    }

    #[test]
    fn nothing_and_circles_can_be_drawn() {
        assert!(svg(&[]).ends_with("</svg>\n"));
        assert!(svg(&[node("a", &["b"]), node("b", &["a"])]).contains(">b<"));
    }
}
