//! Access rules as data: who may publish, subscribe and be delivered to, on which topics.
//!
//! Knows identities as text and topics; passwords and tokens are somebody else's
//! ([`crate::node::Question`]).

use alloc::vec::Vec;

use crate::topic::{Filter, Topic, Utf8};

/// What somebody wants to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Send a message, or leave it as a will.
    Publish,
    /// Make a subscription.
    Subscribe,
    /// Be given a message.
    Deliver,
}

/// Whom a rule is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// Everybody.
    Anyone,
    /// The client with this identifier.
    Client(Utf8),
    /// Clients that gave this user name.
    User(Utf8),
}

/// One rule: the first that speaks about a case decides it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Whom it is about.
    pub who: Who,
    /// What it is about; `None` for everything.
    pub action: Option<Action>,
    /// Which topics it is about. It speaks about a subscription if the filters are the same or
    /// this one matches the other read as a topic.
    pub filter: Filter,
    /// Whether it allows.
    pub allow: bool,
}

/// Rules in order, and what holds where none speaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The rules.
    pub rules: Vec<Rule>,
    /// What holds where no rule speaks.
    pub otherwise_allow: bool,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            rules: Vec::new(),
            otherwise_allow: true,
        }
    }
}

impl Policy {
    /// Whether a message on `topic` may be published by or delivered to this client.
    ///
    /// Nobody but the broker publishes below `$SYS`.
    pub fn allows(&self, action: Action, client: &str, user: Option<&str>, topic: &Topic) -> bool {
        if action == Action::Publish
            && (topic.as_str() == "$SYS" || topic.as_str().starts_with("$SYS/"))
        {
            return false;
        }
        self.decide(action, client, user, |rule| rule.filter.matches(topic))
    }

    /// Whether this client may subscribe with `filter`.
    pub fn allows_filter(&self, client: &str, user: Option<&str>, filter: &Filter) -> bool {
        self.decide(Action::Subscribe, client, user, |rule| {
            rule.filter.filter() == filter.filter() || covers(&rule.filter, filter)
        })
    }

    /// Whether deliveries need to be asked about at all.
    pub(crate) fn watches_deliveries(&self) -> bool {
        !self.otherwise_allow
            || self
                .rules
                .iter()
                .any(|rule| !matches!(rule.action, Some(Action::Publish | Action::Subscribe)))
    }

    fn decide(
        &self,
        action: Action,
        client: &str,
        user: Option<&str>,
        speaks: impl Fn(&Rule) -> bool,
    ) -> bool {
        self.rules
            .iter()
            .find(|rule| {
                rule.action.is_none_or(|about| about == action)
                    && match &rule.who {
                        Who::Anyone => true,
                        Who::Client(id) => id.as_str() == client,
                        Who::User(name) => user == Some(name.as_str()),
                    }
                    && speaks(rule)
            })
            .map_or(self.otherwise_allow, |rule| rule.allow)
    }
}

/// Whether everything that `narrow` can match, `wide` matches.
fn covers(wide: &Filter, narrow: &Filter) -> bool {
    let mut wide_levels = wide.levels();
    let mut narrow_levels = narrow.levels();
    let mut first = true;
    loop {
        match (wide_levels.next(), narrow_levels.next()) {
            (Some("#" | "+"), Some(level)) if first && level.starts_with('$') => return false,
            (Some("#"), _) => return true,
            (Some("+"), Some(level)) if level != "#" => {}
            (Some(a), Some(b)) if a == b => {}
            (None, None) => return true,
            _ => return false,
        }
        first = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    fn filter(text: &'static str) -> Filter {
        Filter::parse(Utf8::from_static(text)).expect("a filter")
    }

    fn topic(text: &'static str) -> Topic {
        Topic::parse(Utf8::from_static(text)).expect("a topic")
    }

    #[test]
    fn the_first_rule_that_speaks_decides() {
        let rule = |who, action, text, allow| Rule {
            who,
            action,
            filter: filter(text),
            allow,
        };
        let policy = Policy {
            rules: vec![
                rule(Who::Client(Utf8::from_static("door")), None, "home/#", true),
                rule(
                    Who::User(Utf8::from_static("guest")),
                    Some(Subscribe),
                    "home/+",
                    true,
                ),
                rule(Who::Anyone, Some(Publish), "home/#", false),
            ],
            otherwise_allow: true,
        };
        use Action::*;
        for (action, client, user, name, allowed) in [
            (Publish, "door", None, "home/hall", true),
            (Publish, "x", None, "home/hall", false),
            (Publish, "x", None, "garden", true),
            (Deliver, "x", None, "home/hall", true),
            (Publish, "door", None, "$SYS/broker", false),
            (Publish, "door", None, "$SYSTEM", true),
        ] {
            assert_eq!(
                policy.allows(action, client, user, &topic(name)),
                allowed,
                "{name}"
            );
        }
        let closed = Policy {
            otherwise_allow: false,
            ..policy
        };
        for (client, user, text, allowed) in [
            ("x", Some("guest"), "home/hall", true),
            ("x", Some("guest"), "home/+", true),
            ("x", Some("guest"), "home/#", false),
            ("x", None, "home/hall", false),
            ("door", None, "home/#", true),
            ("door", None, "#", false),
        ] {
            assert_eq!(
                closed.allows_filter(client, user, &filter(text)),
                allowed,
                "{text}"
            );
        }
    }
}
