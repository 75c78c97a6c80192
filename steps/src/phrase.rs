//! Phrases: the sentences that features may use. A phrase is data, so that `offhook steps` can list it with its documentation, and
//! every one runs under the same limits and leaves the same traces in journal and capture.

use crate::outcome::{Outcome, Stop};
use crate::world::World;
use cucumber::step::{Context, Step};
use cucumber_expressions::Expression;
use futures::future::LocalBoxFuture;
use regex::Regex;
use std::collections::HashMap;
use std::str::FromStr;
use std::sync::LazyLock;

/// Under which keyword a phrase stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keyword {
    /// Sets the scene; may also stand under When and Then.
    Given,
    /// Does something.
    When,
    /// Claims something.
    Then,
}

/// One sentence of the features.
pub struct Phrase {
    /// Its keyword.
    pub keyword: Keyword,
    /// The sentence as a Cucumber expression.
    pub expression: &'static str,
    /// What it does, and what it claims.
    pub doc: &'static str,
    /// Runs it.
    pub run: Step<World>,
}

/// Values that a step names, in the order of its sentence.
pub struct Args {
    values: std::vec::IntoIter<String>,
    /// The doc string below the step, if any.
    pub doc_string: Option<String>,
}

impl Args {
    /// The next value.
    ///
    /// # Errors
    /// The harness is at fault when the phrase has fewer values than its step function reads.
    pub fn text(&mut self) -> Result<String, Stop> {
        self.values
            .next()
            .ok_or_else(|| Stop::bench("a phrase names fewer values than its step reads; this is a bug of offhook"))
    }

    /// The next value, read as `T`.
    ///
    /// # Errors
    /// The feature is at fault when the value is not one of `T`.
    pub fn read<T: FromStr>(&mut self) -> Result<T, Stop>
    where
        T::Err: std::fmt::Display,
    {
        let text = self.text()?;
        text.parse().map_err(|e| Stop::bench(format!("the feature says `{text}`: {e}; correct the feature file")))
    }
}

/// Parameter types that phrases may use beside Cucumber's own.
const PARAMETERS: &[(&str, &str)] = &[
    ("server", "the call server|the second server|the stranger|the moved server"),
    ("method", "INVITE|ACK|BYE|CANCEL|OPTIONS|NOTIFY|SUBSCRIBE|REFER|MESSAGE|INFO|UPDATE|PRACK|PUBLISH"),
    (
        "host",
        "the gateway|the second gateway|the name server|the second name server|the provisioning server|the second provisioning server\
         |the time server|the second time server|the distant host|the far server|the ACS|the second ACS",
    ),
    ("anything", ".+"),
];

/// The expression as a regular expression.
///
/// # Errors
/// A text when the expression is not one.
pub(crate) fn regex_of(expression: &str) -> Result<Regex, String> {
    let parameters: HashMap<&str, &str> = PARAMETERS.iter().copied().collect();
    Expression::regex_with_parameters(expression, &parameters).map_err(|e| format!("`{expression}`: {e}"))
}

/// A phrase with its expression ready to match.
struct Known {
    phrase: &'static Phrase,
    regex: Regex,
}

/// All phrases, made ready once: every scenario of every unit asks for them.
static KNOWN: LazyLock<Result<Vec<Known>, String>> = LazyLock::new(|| {
    let ready = |phrase: &'static Phrase| Ok(Known { phrase, regex: regex_of(phrase.expression)? });
    crate::phrases::all().map(ready).collect()
});

/// Says whether every phrase is well formed.
///
/// # Errors
/// A text about the first that is not.
pub(crate) fn checked() -> Result<(), String> {
    KNOWN.as_ref().map(drop).map_err(Clone::clone)
}

/// Runs the phrase that a step is. The runner is given this for every step, for it would ask each phrase for its captures, and nearly all
/// have none: that was a twentieth of a run. A phrase may stand under any keyword: what sets the scene in one scenario is the deed of another.
pub(crate) fn dispatch(world: &mut World, mut context: Context) -> LocalBoxFuture<'_, ()> {
    let known = KNOWN.as_deref().unwrap_or_default();
    let mut fitting = known.iter().filter(|known| known.regex.is_match(&context.step.value));
    let why = match (fitting.next(), fitting.next()) {
        (Some(only), None) => {
            context.matches = captured(&only.regex, &context.step.value);
            return (only.phrase.run)(world, context);
        }
        (Some(one), Some(other)) => {
            format!("it is both `{}` and `{}`", one.phrase.expression, other.phrase.expression)
        }
        (None, _) => {
            nearest(&context.step.value).map_or_else(String::new, |phrase| format!("the nearest is `{phrase}`"))
        }
    };
    Box::pin(async move {
        world.undefined_step(sentence_of(&context), why);
        stop_here("an undefined step");
    })
}

/// Below this a phrase has too little in common with a sentence to be what its author meant.
const ALIKE: f64 = 0.6;

/// The phrase that a sentence which is none was probably meant to be.
fn nearest(sentence: &str) -> Option<&'static str> {
    // What stands in quotes is a value: the odd parts between them are the sentence.
    let parts: Vec<&str> = sentence.split('"').step_by(2).collect();
    let sentence = parts.join("{string}");
    let likeness = |known: &Known| strsim::normalized_damerau_levenshtein(&sentence, known.phrase.expression);
    let rated = KNOWN.as_deref().unwrap_or_default().iter().map(|known| (likeness(known), known.phrase.expression));
    let (likeness, phrase) = rated.max_by(|(one, _), (other, _)| one.total_cmp(other))?;
    (likeness >= ALIKE).then_some(phrase)
}

/// What the groups of an expression hold, the whole sentence first, as the runner tells it.
fn captured(regex: &Regex, sentence: &str) -> Vec<(Option<String>, String)> {
    let names = regex.capture_names().map(|name| name.map(str::to_owned));
    let Some(captures) = regex.captures(sentence) else { return Vec::new() };
    names.zip(captures.iter()).map(|(name, found)| (name, found.map_or("", |m| m.as_str()).to_owned())).collect()
}

fn sentence_of(context: &Context) -> String {
    format!("{} {}", context.step.keyword.trim(), context.step.value)
}

/// The runner knows a step that stopped by its panic; this one passes the hook by, for nothing of ours is broken.
fn stop_here(told: impl Into<String>) -> ! {
    std::panic::resume_unwind(Box::new(told.into()))
}

/// Runs a step function under the limits of a step and leaves its traces. The macro [`phrases!`](crate::phrases) puts it around
/// each phrase.
pub fn drive<'a, F>(world: &'a mut World, context: Context, body: F) -> LocalBoxFuture<'a, ()>
where
    F: for<'w> FnOnce(&'w mut World, Args) -> LocalBoxFuture<'w, Outcome> + 'a,
{
    Box::pin(async move {
        let sentence = sentence_of(&context);
        // The first match is the sentence; a {string} has one group for each kind of quote, of which only one is filled.
        let mut values = Vec::new();
        let mut matches = context.matches.iter().skip(1).peekable();
        while let Some((name, value)) = matches.next() {
            match name.as_deref() {
                Some(group) if group.starts_with("__") => {
                    let key: String = group.trim_start_matches('_').chars().take_while(char::is_ascii_digit).collect();
                    let mut chosen = value.clone();
                    while let Some((Some(next), more)) = matches.peek() {
                        let same: String =
                            next.trim_start_matches('_').chars().take_while(char::is_ascii_digit).collect();
                        if same != key || !next.starts_with("__") {
                            break;
                        }
                        if chosen.is_empty() {
                            chosen = more.clone();
                        }
                        matches.next();
                    }
                    values.push(chosen);
                }
                _ => values.push(value.clone()),
            }
        }
        let args = Args { values: values.into_iter(), doc_string: context.step.docstring.clone() };
        world.begin_step(&sentence);
        let limit = world.step_limit();
        let result = match tokio::time::timeout(limit, body(world, args)).await {
            Ok(result) => result,
            Err(_) => Err(world.over_time(limit).await),
        };
        world.end_step(&sentence, &result);
        if let Err(stop) = result {
            let told = stop.to_string();
            world.stop_with(stop);
            stop_here(told);
        }
    })
}

/// Declares the phrases of an area: documentation, keyword, expression, step function.
#[macro_export]
macro_rules! phrases {
    ($($(#[doc = $doc:literal])+ $keyword:ident $expression:literal => $step:path;)+) => {
        /// The phrases of this area.
        pub static PHRASES: &[$crate::Phrase] = &[$($crate::Phrase {
            keyword: $crate::Keyword::$keyword,
            expression: $expression,
            doc: concat!($($doc),+),
            run: |world, context| $crate::phrases::drive(world, context, |w, a| Box::pin($step(w, a))),
        },)+];
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_pen_has_a_nearest_phrase_and_nonsense_has_none() {
        assert_eq!(
            nearest("the phoen answers OPTIONS from the call server"),
            Some("the phone answers OPTIONS from {server}")
        );
        assert_eq!(nearest("clicks on \"Submit All Changes\""), Some("clicks {string}"));
        assert_eq!(nearest("it sings"), None);
    }
}
