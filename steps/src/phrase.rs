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

/// Runs a step function under the limits of a step and leaves its traces. The macro [`phrases!`](crate::phrases) puts it around
/// each phrase.
pub fn drive<'a, F>(world: &'a mut World, context: Context, body: F) -> LocalBoxFuture<'a, ()>
where
    F: for<'w> FnOnce(&'w mut World, Args) -> LocalBoxFuture<'w, Outcome> + 'a,
{
    Box::pin(async move {
        let sentence = format!("{} {}", context.step.keyword.trim(), context.step.value);
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
            // The runner knows a failed step by its panic; this one passes the hook by, for nothing of ours is broken.
            std::panic::resume_unwind(Box::new(told));
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
