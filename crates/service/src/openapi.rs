//! `/openapi.json`: the description of the interface. Tests hold it to the sources, and
//! `tools/service-clients` holds a running service to it.

use crate::error::json_text;
use axum::body::Body;
use axum::http::{Response, StatusCode};

const DOCUMENT: &str = include_str!("assets/openapi.json");

/// The OpenAPI document.
pub fn document() -> Response<Body> {
    json_text(StatusCode::OK, DOCUMENT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reading::PARAMETERS;
    use crate::router::PATHS;
    use serde_json::Value;
    use std::collections::BTreeSet;
    use std::path::Path;
    use tidegate_engine::domain::category::Category;
    use tidegate_engine::post::ErrorCode;

    fn parsed() -> Value {
        serde_json::from_str(DOCUMENT).unwrap()
    }

    /// `METHOD PATH` of every operation of the document.
    fn operations(document: &Value) -> BTreeSet<String> {
        let paths = document["paths"].as_object().unwrap();
        let of = |(path, item): (&String, &Value)| -> Vec<String> {
            item.as_object().unwrap().keys().map(|method| format!("{method} {path}")).collect()
        };
        paths.iter().flat_map(of).collect()
    }

    /// `METHOD PATH` of every route of the router.
    fn routes() -> BTreeSet<String> {
        let source = [include_str!("router.rs"), include_str!("state/routes.rs")].concat();
        let route = |rest: &str| {
            let (path, handler) = rest.split_once("\", ")?;
            let method = if handler.starts_with("post(") { "post" } else { "get" };
            Some(format!("{method} {path}"))
        };
        source.split(".route(\"").skip(1).filter_map(route).collect()
    }

    #[test]
    fn every_route_is_described_and_the_reverse() {
        let routes = routes();
        assert_eq!(operations(&parsed()), routes);
        let paths: BTreeSet<&str> =
            routes.iter().filter_map(|route| Some(route.split_once(' ')?.1)).collect();
        assert_eq!(paths, PATHS.into_iter().collect(), "paths of the log");
    }

    /// Names of the parameters of an operation.
    fn parameters(document: &Value, path: &str) -> BTreeSet<String> {
        let all = document["paths"][path]["post"]["parameters"].as_array().unwrap();
        let name = |parameter: &Value| {
            let reference = parameter["$ref"].as_str().unwrap().trim_start_matches('#');
            document.pointer(reference).unwrap()["name"].as_str().unwrap().to_owned()
        };
        all.iter().map(name).collect()
    }

    #[test]
    fn parameters_are_those_that_are_read() {
        let document = parsed();
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let expected: BTreeSet<String> = owned(&PARAMETERS);
        assert_eq!(parameters(&document, "/v1/classify"), expected);
        let mut expected: BTreeSet<String> = owned(&PARAMETERS[5..]);
        expected.insert("rule".to_owned());
        assert_eq!(parameters(&document, "/v1/explain"), expected);
    }

    fn strings(list: &Value) -> BTreeSet<&str> {
        list.as_array().unwrap().iter().map(|value| value.as_str().unwrap()).collect()
    }

    /// The codes of refusals in a source: the first argument in quotes of each call that makes one.
    fn codes(source: &str) -> Vec<String> {
        let calls = ["bad_request(", "Refusal::new("].map(|call| source.split(call).skip(1));
        let code = |call: &str| {
            let quoted = arguments(call).split('"').nth(1)?;
            let is_code = |byte: u8| byte.is_ascii_lowercase() || byte == b'_' || byte == b'8';
            quoted.bytes().all(is_code).then(|| quoted.to_owned())
        };
        calls.into_iter().flatten().filter_map(code).collect()
    }

    /// The part before the parenthesis that closes a call.
    fn arguments(call: &str) -> &str {
        let mut open = 1;
        let end = call.find(|character| {
            open += match character {
                '(' => 1,
                ')' => -1,
                _ => 0,
            };
            open == 0
        });
        &call[..end.unwrap_or(0)]
    }

    #[test]
    fn every_code_of_an_error_is_described_and_the_reverse() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let files = [folder.clone(), folder.join("state")].map(|it| std::fs::read_dir(it).unwrap());
        let mut found = BTreeSet::new();
        for file in files.into_iter().flatten() {
            let path = file.unwrap().path();
            if path.is_file() {
                let source = std::fs::read_to_string(path).unwrap();
                let without_tests = source.split("#[cfg(test)]").next().unwrap_or_default();
                found.extend(codes(without_tests));
            }
        }
        let document = parsed();
        let error = &document["components"]["schemas"]["Error"]["properties"]["error"];
        let listed = strings(&error["properties"]["code"]["enum"]);
        assert_eq!(listed, found.iter().map(String::as_str).collect());
    }

    #[test]
    fn categories_and_codes_of_lines_are_those_of_the_engine() {
        let document = parsed();
        let schemas = &document["components"]["schemas"];
        let categories = strings(&schemas["Category"]["anyOf"][0]["enum"]);
        assert_eq!(categories, Category::built_in().map(Category::name).collect());
        let codes = strings(&schemas["Verdict"]["properties"]["error"]["enum"]);
        assert_eq!(codes, ErrorCode::ALL.iter().map(|code| code.name()).collect());
    }

    #[test]
    fn references_lead_somewhere_and_the_version_is_this_one() {
        fn check(document: &Value, value: &Value) {
            match value {
                Value::Object(members) => {
                    if let Some(Value::String(reference)) = members.get("$ref") {
                        let target = reference.trim_start_matches('#');
                        assert!(document.pointer(target).is_some(), "{reference}");
                    }
                    members.values().for_each(|value| check(document, value));
                }
                Value::Array(items) => items.iter().for_each(|value| check(document, value)),
                _ => {}
            }
        }
        let document = parsed();
        check(&document, &document);
        assert_eq!(document["info"]["version"], env!("CARGO_PKG_VERSION"));
    }
}
