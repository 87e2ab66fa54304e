//! How filters compare with a topic, contact by contact.

use tidings_core::topic::{Filter, LevelVerdict, Topic};

use crate::view::Contact;

/// Whether a filter matches, and one contact for each of its levels.
pub(super) fn contacts(filter: &Filter, topic: &Topic) -> (bool, Vec<Contact>) {
    let explanation = filter.explain(topic);
    let levels = filter.levels().count();
    let verdicts = explanation.levels.into_iter().enumerate();
    // Behind the filter's last level stands at most the contact that says so.
    let own = verdicts
        .take_while(|(n, verdict)| *n < levels || matches!(verdict, LevelVerdict::TopicLonger));
    let contacts = own.map(|(_, verdict)| match verdict {
        LevelVerdict::Equal => Contact::Equal,
        LevelVerdict::Plus => Contact::Plus,
        LevelVerdict::Hash { levels } => Contact::Hash {
            levels: u8::try_from(levels).unwrap_or(u8::MAX),
        },
        LevelVerdict::Differs => Contact::Differs,
        LevelVerdict::FilterLonger => Contact::TopicEnds,
        LevelVerdict::TopicLonger => Contact::FilterEnds,
        LevelVerdict::DollarRule => Contact::Dollar,
        LevelVerdict::NotReached => Contact::NotReached,
    });
    (explanation.matched, contacts.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::check;

    #[test]
    fn one_contact_a_level() {
        use Contact::{Differs, Dollar, Equal, FilterEnds, Hash, NotReached, Plus, TopicEnds};
        let cases: [(&str, &str, bool, &[Contact]); 9] = [
            (
                "home/#",
                "home/hall/door",
                true,
                &[Equal, Hash { levels: 2 }],
            ),
            ("home/#", "home", true, &[Equal, Hash { levels: 0 }]),
            (
                "home/+/temp",
                "home/hall/door",
                false,
                &[Equal, Plus, Differs],
            ),
            (
                "home/kitchen/#",
                "home/hall/door",
                false,
                &[Equal, Differs, NotReached],
            ),
            ("a/b", "a/b/c/d", false, &[Equal, Equal, FilterEnds]),
            ("x/b", "a/b/c/d", false, &[Differs, NotReached]),
            (
                "a/b/c/d",
                "a",
                false,
                &[Equal, TopicEnds, NotReached, NotReached],
            ),
            ("#", "$SYS/a", false, &[Dollar]),
            ("$share/g/a/+", "a/b", true, &[Equal, Plus]),
        ];
        for (filter, topic, matched, expected) in cases {
            let filter = check::filter(filter).expect("a filter");
            let topic = check::topic(topic).expect("a topic");
            let (is, contacts) = contacts(&filter, &topic);
            assert_eq!((is, &contacts[..]), (matched, expected), "{filter} {topic}");
        }
    }
}
