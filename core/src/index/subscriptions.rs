//! Subscriptions by topic level.

use alloc::sync::Arc;
use alloc::vec::Vec;

use slab::Slab;

use super::cache::Cache;
use crate::topic::{Filter, Topic};
use crate::util::Map;

/// Names one subscription in a [`SubscriptionIndex`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubKey(pub(super) u32);

/// Subscriptions, found by the topics they match.
///
/// A tree of levels. Level names are kept once, whoever uses them; an edge is an entry in one
/// table keyed by node and level, so a node holds no map of its own and a million subscriptions
/// stay small. Topics that begin with `$` have a root of their own, which is why `#` and `+`
/// never see them [MQTT-4.7.2-1]. Nothing here recurses: a topic of 65,535 slashes costs 65,535
/// steps at most.
#[derive(Clone, Debug)]
pub struct SubscriptionIndex<V> {
    names: Map<Arc<str>, LevelId>,
    levels: Slab<Level>,
    edges: Map<(NodeId, LevelId), NodeId>,
    nodes: Slab<Node>,
    subscriptions: Slab<Entry<V>>,
    cache: Cache,
    /// The nodes a match stands on, kept for its memory.
    stand: Vec<NodeId>,
    next: Vec<NodeId>,
}

type LevelId = u32;
type NodeId = u32;

const ROOT: NodeId = 0;
const DOLLAR_ROOT: NodeId = 1;
const NONE: u32 = u32::MAX;

#[derive(Clone, Debug)]
struct Level {
    name: Arc<str>,
    uses: u32,
}

#[derive(Clone, Debug)]
struct Node {
    parent: NodeId,
    step: Step,
    /// Edges to other nodes, `+` included.
    children: u32,
    plus: NodeId,
    /// Subscriptions whose filter ends here, and those that end here with `#`.
    here: Vec<SubKey>,
    rest: Vec<SubKey>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Root,
    Name(LevelId),
    Plus,
}

#[derive(Clone, Debug)]
struct Entry<V> {
    node: NodeId,
    rest: bool,
    position: u32,
    value: V,
}

impl<V> SubscriptionIndex<V> {
    /// An empty index whose tables are keyed from `seed`.
    pub fn new(seed: u64) -> Self {
        let mut nodes = Slab::new();
        nodes.insert(Node::new(ROOT, Step::Root));
        nodes.insert(Node::new(DOLLAR_ROOT, Step::Root));
        Self {
            names: Map::new(seed),
            levels: Slab::new(),
            edges: Map::new(seed),
            nodes,
            subscriptions: Slab::new(),
            cache: Cache::new(seed),
            stand: Vec::new(),
            next: Vec::new(),
        }
    }

    /// Subscriptions held.
    pub fn len(&self) -> usize {
        self.subscriptions.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.subscriptions.is_empty()
    }

    /// Adds a subscription. The same filter may be added any number of times.
    pub fn insert(&mut self, filter: &Filter, value: V) -> SubKey {
        self.cache.forget();
        let mut node = match filter.filter().starts_with('$') {
            true => DOLLAR_ROOT,
            false => ROOT,
        };
        let mut rest = false;
        for level in filter.levels() {
            match level {
                "#" => rest = true,
                "+" => node = self.plus(node),
                name => node = self.child(node, name),
            }
        }
        let list = self.nodes[node as usize].list(rest);
        let position = list.len() as u32;
        let key = SubKey(self.subscriptions.insert(Entry {
            node,
            rest,
            position,
            value,
        }) as u32);
        self.nodes[node as usize].list(rest).push(key);
        key
    }

    /// Takes a subscription out.
    ///
    /// # Panics
    /// If there is none with this key: keys are the holder's to keep in order.
    pub fn remove(&mut self, key: SubKey) -> V {
        self.cache.forget();
        let entry = self.subscriptions.remove(key.0 as usize);
        let list = self.nodes[entry.node as usize].list(entry.rest);
        list.swap_remove(entry.position as usize);
        let moved = list.get(entry.position as usize).copied();
        if list.is_empty() {
            *list = Vec::new();
        }
        if let Some(moved) = moved {
            self.subscriptions[moved.0 as usize].position = entry.position;
        }
        self.prune(entry.node);
        entry.value
    }

    /// The value of a subscription.
    pub fn get(&self, key: SubKey) -> Option<&V> {
        self.subscriptions
            .get(key.0 as usize)
            .map(|entry| &entry.value)
    }

    /// The value of a subscription, to change.
    pub fn get_mut(&mut self, key: SubKey) -> Option<&mut V> {
        self.subscriptions
            .get_mut(key.0 as usize)
            .map(|entry| &mut entry.value)
    }

    /// Appends every subscription that matches `topic` to `found`, each once, in an order that
    /// depends on nothing but the calls made before.
    pub fn matches(&mut self, topic: &Topic, found: &mut Vec<SubKey>) {
        let text = topic.as_str();
        let hash = self.cache.hash(text);
        if let Some(known) = self.cache.get(hash, text) {
            return found.extend_from_slice(known);
        }
        let start = found.len();
        self.search(topic, found);
        self.cache.put(hash, text, &found[start..]);
    }

    /// [`SubscriptionIndex::matches`], level by level.
    fn search(&mut self, topic: &Topic, found: &mut Vec<SubKey>) {
        let (mut stand, mut next) = (
            core::mem::take(&mut self.stand),
            core::mem::take(&mut self.next),
        );
        stand.push(if topic.is_dollar() { DOLLAR_ROOT } else { ROOT });
        for name in topic.levels() {
            let level = self.names.get(name).copied();
            for &at in &stand {
                let node = &self.nodes[at as usize];
                found.extend_from_slice(&node.rest);
                if node.plus != NONE {
                    next.push(node.plus);
                }
                if let Some(level) = level
                    && let Some(&child) = self.edges.get(&(at, level))
                {
                    next.push(child);
                }
            }
            core::mem::swap(&mut stand, &mut next);
            next.clear();
            if stand.is_empty() {
                break;
            }
        }
        for &at in &stand {
            let node = &self.nodes[at as usize];
            found.extend_from_slice(&node.here);
            found.extend_from_slice(&node.rest); // `a/#` matches `a` as well.
        }
        stand.clear();
        (self.stand, self.next) = (stand, next);
    }

    fn plus(&mut self, node: NodeId) -> NodeId {
        let plus = self.nodes[node as usize].plus;
        if plus != NONE {
            return plus;
        }
        let plus = self.nodes.insert(Node::new(node, Step::Plus)) as NodeId;
        let node = &mut self.nodes[node as usize];
        node.plus = plus;
        node.children += 1;
        plus
    }

    fn child(&mut self, node: NodeId, name: &str) -> NodeId {
        let level = match self.names.get(name) {
            Some(&level) => level,
            None => {
                let name: Arc<str> = name.into();
                let level = self.levels.insert(Level {
                    name: name.clone(),
                    uses: 0,
                }) as LevelId;
                self.names.insert(name, level);
                level
            }
        };
        if let Some(&child) = self.edges.get(&(node, level)) {
            return child;
        }
        let child = self.nodes.insert(Node::new(node, Step::Name(level))) as NodeId;
        self.edges.insert((node, level), child);
        self.levels[level as usize].uses += 1;
        self.nodes[node as usize].children += 1;
        child
    }

    /// Frees a node that nobody needs, and its parents that nobody needs without it.
    fn prune(&mut self, mut at: NodeId) {
        loop {
            let node = &self.nodes[at as usize];
            if node.children > 0 || !node.here.is_empty() || !node.rest.is_empty() {
                return;
            }
            let (parent, step) = (node.parent, node.step);
            match step {
                Step::Root => return,
                Step::Plus => self.nodes[parent as usize].plus = NONE,
                Step::Name(level) => {
                    self.edges.remove(&(parent, level));
                    let entry = &mut self.levels[level as usize];
                    entry.uses -= 1;
                    if entry.uses == 0 {
                        let entry = self.levels.remove(level as usize);
                        self.names.remove(&*entry.name);
                    }
                }
            }
            self.nodes.remove(at as usize);
            self.nodes[parent as usize].children -= 1;
            at = parent;
        }
    }
}

impl Node {
    fn new(parent: NodeId, step: Step) -> Self {
        Self {
            parent,
            step,
            children: 0,
            plus: NONE,
            here: Vec::new(),
            rest: Vec::new(),
        }
    }

    fn list(&mut self, rest: bool) -> &mut Vec<SubKey> {
        if rest { &mut self.rest } else { &mut self.here }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::topic::Utf8;
    use proptest::prelude::*;
    use std::string::String;

    fn filter(text: &str) -> Filter {
        Filter::parse(Utf8::copy_from(text).expect("short")).expect("a filter")
    }

    fn topic(text: &str) -> Topic {
        Topic::parse(Utf8::copy_from(text).expect("short")).expect("a topic")
    }

    fn level() -> impl Strategy<Value = &'static str> {
        prop::sample::select(&["a", "b", "", "$x"][..])
    }

    fn any_topic() -> impl Strategy<Value = String> {
        prop::collection::vec(level(), 1..5)
            .prop_map(|levels| levels.join("/"))
            .prop_filter("a topic has a character", |topic| !topic.is_empty())
    }

    fn any_filter() -> impl Strategy<Value = String> {
        let level = prop_oneof![3 => level(), 1 => Just("+")];
        (prop::collection::vec(level, 0..4), prop::bool::ANY)
            .prop_map(|(mut levels, rest)| {
                if rest {
                    levels.push("#");
                }
                levels.join("/")
            })
            .prop_filter("a filter has a character", |filter| !filter.is_empty())
    }

    proptest! {
        #[test]
        fn finds_what_comparing_each_filter_finds(
            filters in prop::collection::vec((any_filter(), any::<bool>()), 0..40),
            topics in prop::collection::vec(any_topic(), 1..20),
        ) {
            let mut index = SubscriptionIndex::new(7);
            let mut held = Vec::new();
            for (text, stays) in &filters {
                let key = index.insert(&filter(text), text.clone());
                held.push((key, text, *stays));
            }
            for (key, text, stays) in &held {
                if !stays {
                    prop_assert_eq!(&index.remove(*key), *text);
                }
            }
            held.retain(|(_, _, stays)| *stays);
            let mut found = Vec::new();
            for text in &topics {
                let topic = topic(text);
                for _ in 0..3 {
                    // Found, remembered, and then known.
                    found.clear();
                    index.matches(&topic, &mut found);
                }
                found.sort();
                let mut naive: Vec<SubKey> = held
                    .iter()
                    .filter(|(_, text, _)| filter(text).matches(&topic))
                    .map(|(key, ..)| *key)
                    .collect();
                naive.sort();
                prop_assert_eq!(&found, &naive);
            }
            // What was remembered does not outlive a change.
            let topic = topic(&topics[0]);
            for (key, text, _) in held {
                let matched = filter(text).matches(&topic);
                for stays in [true, false] {
                    found.clear();
                    index.matches(&topic, &mut found);
                    prop_assert_eq!(found.contains(&key), matched && stays);
                    if stays {
                        index.remove(key);
                    }
                }
            }
            prop_assert!(index.is_empty());
            prop_assert_eq!(index.nodes.len(), 2);
            prop_assert_eq!((index.names.len(), index.edges.len(), index.levels.len()), (0, 0, 0));
        }
    }

    #[test]
    fn depth_is_harmless() {
        let deep = "/".repeat(65_535);
        let mut index = SubscriptionIndex::new(1);
        let key = index.insert(&filter(&deep), ());
        let mut found = Vec::new();
        index.matches(&topic(&deep), &mut found);
        assert_eq!(found, [key]);
        index.remove(key);
        assert_eq!(index.nodes.len(), 2);
    }
}
