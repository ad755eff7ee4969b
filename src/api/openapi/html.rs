//! `/api/docs/`: the description for people, written from the document. It loads one style sheet and nothing else.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::problems::PROBLEMS;
use crate::render::escaped;

/// Whichever comes first is what a program would send.
const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// A page with its frame; `contents` and `main` are HTML.
fn page(title: &str, here: &str, contents: &str, main: &str) -> String {
    let link = |path: &str, name: &str| {
        let current = if path == here { " aria-current=\"page\"" } else { "" };
        format!("<a href=\"{path}\"{current}>{name}</a>")
    };
    let (operations, problems) = (link("/api/docs/", "Operations"), link("/api/docs/problems/", "Problems"));
    let title = escaped(title);
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title>\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\"><link rel=\"icon\" href=\"data:,\">\
         <link rel=\"stylesheet\" href=\"/api/docs/page.css\"></head><body>\
         <a class=\"skip\" href=\"#main\">Skip to the content</a><header><p>API</p>\
         <nav aria-label=\"Pages\">{operations}\
         {problems}<a href=\"/api/openapi.json\">openapi.json</a></nav></header><div class=\"frame\">\
         <nav class=\"contents\" aria-label=\"On this page\" tabindex=\"0\">{contents}</nav>\
         <main id=\"main\" tabindex=\"-1\">{main}</main></div></body></html>\n"
    )
}

/// Text of the document, with its `code` and its paragraphs.
fn prose(text: &str) -> String {
    let paragraph = |text: &str| {
        let parts = text.split('`').enumerate().map(|(at, part)| match at % 2 {
            0 => escaped(part),
            _ => format!("<code>{}</code>", escaped(part)),
        });
        format!("<p>{}</p>", parts.collect::<String>())
    };
    text.split("\n\n").filter(|text| !text.is_empty()).map(paragraph).collect()
}

/// All operations and schemas of a document.
pub(super) fn operations(document: &Value) -> String {
    let (mut contents, mut main) = (String::new(), String::new());
    let about = prose(text_of(&document["info"], "description"));
    let _ = write!(main, "<h1>The API</h1><div class=\"lead\">{about}</div>");
    for tag in document["tags"].as_array().into_iter().flatten() {
        let name = text_of(tag, "name");
        let id = anchor(name);
        let shown = escaped(name);
        let about = prose(text_of(tag, "description"));
        let _ = write!(contents, "<h2><a href=\"#{id}\">{shown}</a></h2><ul>");
        let _ = write!(main, "<section aria-labelledby=\"{id}\"><h2 id=\"{id}\">{shown}</h2>{about}");
        for (path, method, operation) in of_tag(document, name) {
            let (id, summary) = (escaped(text_of(operation, "operationId")), escaped(text_of(operation, "summary")));
            let _ = write!(contents, "<li><a href=\"#{id}\">{summary}</a></li>");
            main.push_str(&one(document, path, method, operation));
        }
        contents.push_str("</ul>");
        main.push_str("</section>");
    }
    contents.push_str("<h2><a href=\"#schemas\">Schemas</a></h2>");
    main.push_str("<section aria-labelledby=\"schemas\"><h2 id=\"schemas\">Schemas</h2>");
    for (name, schema) in object(&document["components"]["schemas"]) {
        main.push_str(&named(name, schema));
    }
    main.push_str("</section>");
    page("The API", "/api/docs/", &contents, &main)
}

/// What refusals mean.
pub(super) fn problems() -> String {
    let (mut contents, mut main) = ("<h2>Codes</h2><ul>".to_owned(), String::new());
    let about = prose("Refusals are `application/problem+json` (RFC 9457). Programs match on `code`.");
    let _ = write!(main, "<h1>Problems</h1><div class=\"lead\">{about}</div>");
    for (code, status, about) in PROBLEMS {
        let _ = write!(contents, "<li><a href=\"#{code}\">{code}</a></li>");
        let _ = write!(
            main,
            "<article><h2 id=\"{code}\"><code>{code}</code></h2><p class=\"quiet\">{status}</p>{}</article>",
            prose(about)
        );
    }
    contents.push_str("</ul>");
    page("Problems of the API", "/api/docs/problems/", &contents, &main)
}

fn text_of<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().unwrap_or_default()
}

fn object(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

/// A name as an id of HTML.
fn anchor(name: &str) -> String {
    name.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '-' }).collect()
}

fn of_tag<'d>(document: &'d Value, tag: &str) -> Vec<(&'d str, &'static str, &'d Value)> {
    let mut found = Vec::new();
    for (path, item) in object(&document["paths"]) {
        for method in METHODS {
            let operation = &item[method];
            if operation["tags"][0].as_str() == Some(tag) {
                found.push((path.as_str(), method, operation));
            }
        }
    }
    found
}

/// An operation: what it takes, what it answers, and how a terminal asks for it.
fn one(document: &Value, path: &str, method: &str, operation: &Value) -> String {
    let (id, summary) = (escaped(text_of(operation, "operationId")), escaped(text_of(operation, "summary")));
    let mut out = format!(
        "<article><h3 id=\"{id}\">{summary}</h3><p class=\"address\"><span class=\"method {method}\">{}</span>\
         <code>{}</code></p>{}",
        method.to_uppercase(),
        escaped(path),
        prose(text_of(operation, "description")),
    );
    let parameters: Vec<&Value> = operation["parameters"].as_array().into_iter().flatten().collect();
    if !parameters.is_empty() {
        out.push_str(
            "<h4>Parameters</h4><table><thead><tr><th>Name</th><th>Type</th><th>About</th></tr></thead><tbody>",
        );
        for parameter in parameters {
            let needed = if parameter["required"] == true { ", needed" } else { "" };
            let _ = write!(
                out,
                "<tr><th scope=\"row\"><code>{}</code> <span class=\"quiet\">{}{needed}</span></th>\
                 <td>{}</td><td>{}</td></tr>",
                escaped(text_of(parameter, "name")),
                escaped(text_of(parameter, "in")),
                kind(&parameter["schema"]),
                prose(text_of(parameter, "description")),
            );
        }
        out.push_str("</tbody></table>");
    }
    let content = &operation["requestBody"]["content"];
    for (media, body) in object(content) {
        let _ = write!(out, "<h4>Body</h4><p><code>{}</code>: {}</p>", escaped(media), kind(&body["schema"]));
    }
    out.push_str("<h4>Answers</h4><table><tbody>");
    for (status, answer) in object(&operation["responses"]) {
        let answer = resolved(document, answer);
        let kinds: Vec<String> = object(&answer["content"]).map(|(_, content)| kind(&content["schema"])).collect();
        let about = escaped(text_of(answer, "description"));
        let _ = write!(out, "<tr><th scope=\"row\">{status}</th><td>{}</td><td>{about}</td></tr>", kinds.join(" or "));
    }
    let _ = write!(
        out,
        "</tbody></table><h4>Example</h4><pre><code>{}</code></pre></article>",
        escaped(&curl(path, method, operation))
    );
    out
}

fn resolved<'d>(document: &'d Value, value: &'d Value) -> &'d Value {
    let pointer = value["$ref"].as_str().and_then(|reference| reference.strip_prefix('#'));
    pointer.and_then(|pointer| document.pointer(pointer)).unwrap_or(value)
}

fn curl(path: &str, method: &str, operation: &Value) -> String {
    let shown: Vec<&str> = path.split('/').map(|part| if part.starts_with('{') { "7" } else { part }).collect();
    let mut line = String::from("curl -s");
    if method != "get" {
        let _ = write!(line, " -X {}", method.to_uppercase());
    }
    let _ = write!(line, " \"$SITE{}\"", shown.join("/"));
    if operation["security"][0].as_object().is_some_and(|first| !first.is_empty()) {
        line.push_str(" \\\n  -H \"Authorization: Bearer $TOKEN\"");
    }
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        if parameter["in"] == "header" && parameter["required"] == true {
            let _ = write!(line, " \\\n  -H '{}: {}'", text_of(parameter, "name"), text_of(parameter, "example"));
        }
    }
    let content = &operation["requestBody"]["content"];
    if content["multipart/form-data"].is_object() {
        line.push_str(" \\\n  -F file=@file");
    }
    let body = &content["application/json"];
    if body.is_object() {
        let example = if body["example"].is_object() { body["example"].to_string() } else { "{}".to_owned() };
        let _ = write!(line, " \\\n  -H 'Content-Type: application/json' -d '{}'", example.replace('\'', "'\\''"));
    }
    line
}

/// A schema with a name of its own.
fn named(name: &str, schema: &Value) -> String {
    let shown = escaped(name);
    let mut out = format!(
        "<div class=\"schema\"><h3 id=\"schema-{shown}\"><code>{shown}</code></h3>{}",
        prose(text_of(schema, "description"))
    );
    let needed: Vec<&str> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let values: Option<&Map<String, Value>> = schema["properties"].as_object().filter(|values| !values.is_empty());
    match values {
        None => {
            let _ = write!(out, "<p>{}</p>", kind(schema));
        }
        Some(values) => {
            let _ = write!(out, "<details><summary>{} values</summary><table><tbody>", values.len());
            for (name, schema) in values {
                let always =
                    if needed.contains(&name.as_str()) { "" } else { " <span class=\"quiet\">optional</span>" };
                let about = prose(text_of(schema, "description"));
                let name = escaped(name);
                let kind = kind(schema);
                let _ = write!(
                    out,
                    "<tr><th scope=\"row\"><code>{name}</code>{always}</th><td>{kind}</td><td>{about}</td></tr>"
                );
            }
            out.push_str("</tbody></table></details>");
        }
    }
    out.push_str("</div>");
    out
}

/// What a value is, in a few words with links.
fn kind(schema: &Value) -> String {
    if let Some(name) = schema["$ref"].as_str().and_then(|reference| reference.rsplit('/').next()) {
        let name = escaped(name);
        return format!("<a href=\"#schema-{name}\">{name}</a>");
    }
    for together in ["anyOf", "oneOf", "allOf"] {
        if let Some(several) = schema[together].as_array() {
            let word = if together == "allOf" { " and " } else { " or " };
            return several.iter().map(kind).collect::<Vec<_>>().join(word);
        }
    }
    if let Some(only) = schema.get("const") {
        return format!("<code>{}</code>", escaped(&only.to_string()));
    }
    if let Some(words) = schema["enum"].as_array() {
        return words
            .iter()
            .map(|word| format!("<code>{}</code>", escaped(&word.to_string())))
            .collect::<Vec<_>>()
            .join(" or ");
    }
    if schema["items"].is_object() {
        return format!("list of {}", kind(&schema["items"]));
    }
    let name = |value: &Value| escaped(value.as_str().unwrap_or_default());
    let base = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().map(name).collect::<Vec<_>>().join(" or "),
        Value::String(kind) => escaped(kind),
        _ => "anything".to_owned(),
    };
    match schema["format"].as_str() {
        Some(format) => format!("{base} <span class=\"quiet\">({})</span>", escaped(format)),
        None => base,
    }
}
