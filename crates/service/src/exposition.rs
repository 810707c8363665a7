//! The two text formats of metrics, and which of them a client wants.
//!
//! Prometheus asks for OpenMetrics. Tools that ask for nothing, such as curl, get the older text
//! format, which every reader of metrics knows. They differ in the name of a counter's
//! metadata, which in the older format has the suffix `_total` as its samples have.

use axum::http::{HeaderMap, header};

/// A text format of metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exposition {
    /// The Prometheus text format.
    Text,
    /// OpenMetrics.
    OpenMetrics,
}

impl Exposition {
    /// What the `Accept` of a request asks for.
    pub fn of(headers: &HeaderMap) -> Exposition {
        let accepted = headers.get_all(header::ACCEPT).iter().filter_map(|it| it.to_str().ok());
        let mut types = accepted.flat_map(|value| value.split(','));
        match types.any(|it| it.trim_start().starts_with("application/openmetrics-text")) {
            true => Exposition::OpenMetrics,
            false => Exposition::Text,
        }
    }

    /// Its content type.
    pub fn content_type(self) -> &'static str {
        match self {
            Exposition::Text => "text/plain; version=0.0.4; charset=utf-8",
            Exposition::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }

    /// Metrics in OpenMetrics → metrics in this format.
    pub fn write(self, open_metrics: String) -> String {
        match self {
            Exposition::Text => to_text(&open_metrics),
            Exposition::OpenMetrics => open_metrics,
        }
    }
}

fn to_text(open_metrics: &str) -> String {
    let mut text = String::with_capacity(open_metrics.len());
    let mut lines = open_metrics.lines().peekable();
    while let Some(line) = lines.next() {
        // The type follows the help text of the same metric.
        let is_counter = |line: &str| line.starts_with("# TYPE ") && line.ends_with(" counter");
        let (name, rest) = match metadata(line) {
            Some((name, rest)) if is_counter(line) => (name, rest),
            Some((name, rest)) if lines.peek().is_some_and(|next| is_counter(next)) => (name, rest),
            // Units and the mark of the end are unknown to the older format.
            _ if line.starts_with("# UNIT ") || line == "# EOF" => continue,
            _ => {
                text.extend([line, "\n"]);
                continue;
            }
        };
        let keyword = &line[..line.len() - name.len() - rest.len()];
        text.extend([keyword, name, "_total", rest, "\n"]);
    }
    text
}

/// The name in a line of help or type, and what follows it.
fn metadata(line: &str) -> Option<(&str, &str)> {
    let rest = line.strip_prefix("# HELP ").or_else(|| line.strip_prefix("# TYPE "))?;
    Some(rest.split_at(rest.find(' ')?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_are_named_as_their_samples() {
        let open = "# HELP t_lines Lines.\n# TYPE t_lines counter\nt_lines_total 3\n\
                    # HELP t_took_seconds Time.\n# TYPE t_took_seconds histogram\n\
                    # UNIT t_took_seconds seconds\nt_took_seconds_sum 1.5\n\
                    # HELP t_rules Rules.\n# TYPE t_rules gauge\nt_rules 7\n# EOF\n";
        let text = "# HELP t_lines_total Lines.\n# TYPE t_lines_total counter\nt_lines_total 3\n\
                    # HELP t_took_seconds Time.\n# TYPE t_took_seconds histogram\n\
                    t_took_seconds_sum 1.5\n\
                    # HELP t_rules Rules.\n# TYPE t_rules gauge\nt_rules 7\n";
        assert_eq!(Exposition::Text.write(open.to_owned()), text);
        assert_eq!(Exposition::OpenMetrics.write(open.to_owned()), open);
    }

    #[test]
    fn the_format_is_negotiated() {
        let of = |accept: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in accept {
                headers.append(header::ACCEPT, value.parse().unwrap());
            }
            Exposition::of(&headers)
        };
        let prometheus = "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;q=0.3";
        assert_eq!(of(&[prometheus]), Exposition::OpenMetrics);
        assert_eq!(
            of(&["text/html", "text/plain, application/openmetrics-text"]),
            Exposition::OpenMetrics
        );
        for other in [&[][..], &["*/*"], &["text/plain;version=0.0.4"]] {
            assert_eq!(of(other), Exposition::Text, "{other:?}");
        }
    }
}
