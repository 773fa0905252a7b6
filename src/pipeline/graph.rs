//! The graph of stages: order, layers, circles.

use std::collections::HashMap;

/// A graph over node numbers: for every node the nodes it waits for.
#[derive(Clone, Debug)]
pub struct Graph {
    requisites: Vec<Vec<usize>>,
    downstream: Vec<Vec<usize>>,
}

impl Graph {
    /// The graph of `(id, requisite ids)`; unknown requisites are left out, of doubled ids the first counts.
    pub fn new<'a, R>(nodes: impl IntoIterator<Item = (&'a str, R)>) -> Self
    where
        R: IntoIterator<Item = &'a str>,
    {
        let nodes: Vec<(&str, Vec<&str>)> = nodes.into_iter().map(|(id, r)| (id, r.into_iter().collect())).collect();
        let mut numbers: HashMap<&str, usize> = HashMap::with_capacity(nodes.len());
        for (number, (id, _)) in nodes.iter().enumerate() {
            numbers.entry(id).or_insert(number);
        }
        let mut downstream = vec![Vec::new(); nodes.len()];
        let mut requisites = Vec::with_capacity(nodes.len());
        for (number, (_, ids)) in nodes.iter().enumerate() {
            let mut known: Vec<usize> = ids.iter().filter_map(|id| numbers.get(id).copied()).collect();
            known.sort_unstable();
            known.dedup();
            for requisite in &known {
                downstream[*requisite].push(number);
            }
            requisites.push(known);
        }
        Self { requisites, downstream }
    }

    /// How many nodes there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.requisites.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.requisites.is_empty()
    }

    /// What a node waits for.
    #[must_use]
    pub fn requisites(&self, node: usize) -> &[usize] {
        &self.requisites[node]
    }

    /// What waits for a node.
    #[must_use]
    pub fn downstream(&self, node: usize) -> &[usize] {
        &self.downstream[node]
    }

    /// Every node behind those it waits for, otherwise in the order given; nodes in or behind a circle are left out.
    #[must_use]
    pub fn order(&self) -> Vec<usize> {
        let mut waiting: Vec<usize> = self.requisites.iter().map(Vec::len).collect();
        let mut ready: std::collections::BinaryHeap<std::cmp::Reverse<usize>> =
            (0..self.len()).filter(|node| waiting[*node] == 0).map(std::cmp::Reverse).collect();
        let mut order = Vec::with_capacity(self.len());
        while let Some(std::cmp::Reverse(node)) = ready.pop() {
            order.push(node);
            for next in &self.downstream[node] {
                waiting[*next] -= 1;
                if waiting[*next] == 0 {
                    ready.push(std::cmp::Reverse(*next));
                }
            }
        }
        order
    }

    /// The nodes by distance from the start: each layer waits only for layers before it. Nodes in or behind a circle
    /// make up the last layer.
    #[must_use]
    pub fn layers(&self) -> Vec<Vec<usize>> {
        let mut depth: Vec<Option<usize>> = vec![None; self.len()];
        let mut layers: Vec<Vec<usize>> = Vec::new();
        for node in self.order() {
            let layer = self.requisites[node].iter().filter_map(|r| depth[*r]).map(|d| d + 1).max().unwrap_or(0);
            depth[node] = Some(layer);
            if layers.len() <= layer {
                layers.resize_with(layer + 1, Vec::new);
            }
            layers[layer].push(node);
        }
        let rest: Vec<usize> = (0..self.len()).filter(|node| depth[*node].is_none()).collect();
        if !rest.is_empty() {
            layers.push(rest);
        }
        layers
    }

    /// One circle of every knot of nodes that wait for each other, each in the order of waiting: every node is waited
    /// for by the next, and the last by the first.
    #[must_use]
    pub fn cycles(&self) -> Vec<Vec<usize>> {
        let mut state = vec![Visit::New; self.len()];
        for node in self.order() {
            state[node] = Visit::Done;
        }
        let mut cycles = Vec::new();
        for start in 0..self.len() {
            if state[start] == Visit::New {
                self.walk(start, &mut state, &mut cycles);
            }
        }
        cycles
    }

    /// Walks up the requisites from a node until the way bites its tail or ends.
    fn walk(&self, start: usize, state: &mut [Visit], cycles: &mut Vec<Vec<usize>>) {
        let mut path = vec![start];
        let mut next_requisite = vec![0usize];
        state[start] = Visit::OnPath;
        let mut found = false;
        while let (Some(node), Some(position)) = (path.last().copied(), next_requisite.last_mut()) {
            let Some(requisite) = self.requisites[node].get(*position).copied() else {
                state[node] = Visit::Done;
                path.pop();
                next_requisite.pop();
                continue;
            };
            *position += 1;
            match state[requisite] {
                Visit::New => {
                    state[requisite] = Visit::OnPath;
                    path.push(requisite);
                    next_requisite.push(0);
                }
                Visit::OnPath if !found => {
                    let begin = path.iter().position(|n| *n == requisite).expect("it is on the path");
                    let mut cycle: Vec<usize> = path[begin..].to_vec();
                    cycle.reverse();
                    let least = cycle.iter().enumerate().min_by_key(|(_, node)| **node).map_or(0, |(i, _)| i);
                    cycle.rotate_left(least);
                    cycles.push(cycle);
                    found = true;
                }
                Visit::OnPath | Visit::Done => {}
            }
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Visit {
    New,
    OnPath,
    Done,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(nodes: &[(&'static str, &[&'static str])]) -> Graph {
        Graph::new(nodes.iter().map(|(id, requisites)| (*id, requisites.iter().copied())))
    }

    #[test]
    fn orders_and_layers_a_diamond() {
        let g = graph(&[("end", &["left", "right"]), ("left", &["start"]), ("right", &["start"]), ("start", &[])]);
        assert_eq!(g.order(), [3, 1, 2, 0]);
        assert_eq!(g.layers(), [vec![3], vec![1, 2], vec![0]]);
        assert!(g.cycles().is_empty());
    }

    #[test]
    fn names_a_circle_in_order() {
        let g = graph(&[("a", &["c"]), ("b", &["a"]), ("c", &["b"]), ("d", &["c"]), ("e", &["e"])]);
        assert_eq!(g.cycles(), [vec![0, 1, 2], vec![4]]);
        assert!(g.order().is_empty());
    }

    #[test]
    fn ten_thousand_in_a_row_take_no_stack() {
        let names: Vec<String> = (0..10_000).map(|i| i.to_string()).collect();
        let node = |i: usize| (names[i].as_str(), Some(names[(i + 1) % 10_000].as_str()));
        let g = Graph::new((0..10_000).map(node));
        assert_eq!(g.cycles()[0].len(), 10_000);
    }
}
