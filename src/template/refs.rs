//! Sets of stage ids in the order Java keeps them, so that a resolved pipeline equals Spinnaker's also in its order.

use serde_json::Value;

/// Stage ids without repetition. Ids that were read from a document lie in a `HashSet`, others in a `LinkedHashSet`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Refs {
    ids: Vec<String>,
    hashed: bool,
}

impl Refs {
    /// Ids as Jackson reads a list of them.
    pub(super) fn hashed(ids: impl IntoIterator<Item = String>) -> Self {
        let mut refs = Self { ids: Vec::new(), hashed: true };
        refs.extend(ids);
        refs
    }

    pub(super) fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    pub(super) fn contains(&self, id: &str) -> bool {
        self.ids.iter().any(|known| known == id)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &String> {
        self.ids.iter()
    }

    pub(super) fn extend(&mut self, ids: impl IntoIterator<Item = String>) {
        for id in ids {
            if !self.contains(&id) {
                self.ids.push(id);
            }
        }
        if self.hashed {
            hash_order(&mut self.ids, String::as_str);
        }
    }

    /// Whether it was there.
    pub(super) fn remove(&mut self, id: &str) -> bool {
        let before = self.ids.len();
        self.ids.retain(|known| known != id);
        before != self.ids.len()
    }

    /// Takes everything out.
    pub(super) fn take(&mut self) -> Vec<String> {
        std::mem::take(&mut self.ids)
    }

    pub(super) fn to_value(&self) -> Value {
        self.ids.iter().cloned().collect()
    }
}

/// Puts items into the order in which a `java.util.HashMap` with these keys is iterated.
pub(super) fn hash_order<T>(items: &mut [T], key: impl Fn(&T) -> &str) {
    let mut buckets: usize = 16;
    while items.len() * 4 > buckets * 3 {
        buckets *= 2;
    }
    // A stable sort keeps the order of insertion within a bucket, as its chain does.
    items.sort_by_key(|item| spread(key(item)) as usize & (buckets - 1));
}

/// `String.hashCode()`, its upper half mixed into the lower one as `HashMap` does.
fn spread(text: &str) -> u32 {
    let hash = text.encode_utf16().fold(0u32, |hash, unit| hash.wrapping_mul(31).wrapping_add(u32::from(unit)));
    hash ^ (hash >> 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_is_that_of_a_java_hash_map() {
        let mut ids = ["wait1", "waitChild1", "waitChild2", "finalWait"].map(str::to_owned);
        hash_order(&mut ids, String::as_str);
        // As in orca's own example-expected.json: "waitChild2" comes before "waitChild1".
        let at = |id: &str| ids.iter().position(|known| known == id);
        assert!(at("waitChild2") < at("waitChild1"), "{ids:?}");
    }
}
