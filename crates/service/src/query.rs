//! Parameters of a request: the part of an address after `?`.

use crate::error::Refusal;
use tidegate_engine::rules::source::suggest;

/// The parameters of a query, decoded, in order.
///
/// # Errors
///
/// A `%` without two hexadecimal digits, or bytes that are not UTF-8.
pub fn parameters(query: &str) -> Result<Vec<(String, String)>, Refusal> {
    let parts = query.split('&').filter(|part| !part.is_empty());
    let pairs = parts.map(|part| part.split_once('=').unwrap_or((part, "")));
    pairs.map(|(name, value)| Ok((decode(name)?, decode(value)?))).collect()
}

/// Decodes `%XX` and `+`, as forms write them.
fn decode(text: &str) -> Result<String, Refusal> {
    let refused = || {
        let message = "the query has a `%` without two hexadecimal digits, or is not UTF-8";
        Refusal::bad_request("bad_query", message)
    };
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        match first {
            b'+' => bytes.push(b' '),
            b'%' => {
                let digits = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
                let is_hex = |digits: &&str| digits.bytes().all(|it| it.is_ascii_hexdigit());
                let digits = digits.filter(is_hex).ok_or_else(refused)?;
                bytes.push(u8::from_str_radix(digits, 16).map_err(|_| refused())?);
                rest = &after[2..];
            }
            byte => bytes.push(*byte),
        }
    }
    String::from_utf8(bytes).map_err(|_| refused())
}

/// The value of a parameter that is a switch: `brief`, `brief=true`, `brief=1`, `brief=false`.
///
/// # Errors
///
/// Another value.
pub fn switch(name: &str, value: &str) -> Result<bool, Refusal> {
    match value {
        "" | "1" | "true" => Ok(true),
        "0" | "false" => Ok(false),
        _ => Err(wrong(name, "expected true or false")),
    }
}

/// A parameter with a wrong value.
pub fn wrong(name: &str, why: impl std::fmt::Display) -> Refusal {
    Refusal::bad_request("bad_parameter", format!("parameter `{name}`: {why}")).param(name)
}

/// A parameter that does not exist, with the nearest of those that do.
pub fn unknown(name: &str, known: &[&str]) -> Refusal {
    let near = suggest::nearest(name, known.iter().copied());
    let help = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("known: {}", known.join(", ")),
    };
    let name = name.escape_debug().to_string();
    let message = format!("no parameter is called `{name}`; {help}");
    Refusal::bad_request("unknown_parameter", message).param(&name)
}

/// Refuses every parameter, on paths that have none.
///
/// # Errors
///
/// The query has a parameter.
pub fn none(query: &str) -> Result<(), Refusal> {
    match parameters(query)?.first() {
        None => Ok(()),
        Some((name, _)) => {
            let name = name.escape_debug().to_string();
            let message = format!("no parameter is called `{name}`; this path has none");
            Err(Refusal::bad_request("unknown_parameter", message).param(&name))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_decoded() {
        let all = parameters("brief&text=%2Fa%2Fb&&id=x+y&lang=%E4%B8%AD&a=b=c").unwrap();
        let expected =
            [("brief", ""), ("text", "/a/b"), ("id", "x y"), ("lang", "中"), ("a", "b=c")];
        assert_eq!(all, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
        for bad in ["a=%", "a=%4", "a=%zz", "a=%ff", "a=%+1"] {
            assert_eq!(parameters(bad).unwrap_err().code, "bad_query", "{bad}");
        }
    }

    #[test]
    fn an_unknown_parameter_is_reported_with_its_neighbour() {
        let known = ["brief", "annotate"];
        assert!(unknown("breif", &known).message.ends_with("did you mean `brief`?"));
        assert!(unknown("zzz", &known).message.ends_with("known: brief, annotate"));
        assert!(none("").is_ok() && none("x=1").is_err());
        assert!(switch("brief", "yes").is_err() && switch("brief", "").unwrap());
    }
}
