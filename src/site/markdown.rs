//! A page as Markdown: through a Markdown template of the site's, or its title and fields in their order.

use crate::content::types::{ContentType, FieldKind};
use crate::render::markdown::{escaped, from_html};
use crate::render::{TemplateError, TemplateKind, TemplateValue, Templates};

/// Parts of one value that are told; a list of a thousand ids says nothing.
const MAX_PARTS: usize = 100;
/// How deep parts of parts are told.
const MAX_DEPTH: usize = 4;

/// The Markdown of a page whose HTML is made by `template`.
///
/// # Errors
/// When a template fails.
pub fn render(
    templates: &Templates,
    template: &str,
    of_type: Option<&ContentType>,
    context: TemplateValue,
) -> Result<String, TemplateError> {
    if let Some(template) = templates.markdown_beside(template) {
        return Ok(tidy(&templates.render(&template, context)?));
    }
    let site = attribute(&context, "site");
    let base_url = site.map(|site| text(&site, "base_url")).unwrap_or_default();
    let mut document = Document { parts: Vec::new(), facts: Vec::new(), base_url };
    let page = attribute(&context, "page").unwrap_or_default();
    document.parts.push(format!("# {}", escaped(&text(&page, "title"))));
    for field in of_type.map(|found| &found.fields[..]).unwrap_or_default() {
        let Some(value) = attribute(&page, &field.name).filter(TemplateValue::is_true) else { continue };
        match &field.kind {
            FieldKind::Stream { .. } => document.part(templates.stream_markdown(&context, value)?),
            kind => document.field(kind, &field.label, &value),
        }
    }
    if let Some(listing) = attribute(&context, "listing") {
        document.listing(&listing);
    }
    document.end_facts();
    Ok(tidy(&document.parts.join("\n\n")))
}

/// Ends with one line break; no more than one empty line between parts.
fn tidy(markdown: &str) -> String {
    let mut out = String::with_capacity(markdown.len() + 1);
    let mut empty = 0;
    let mut fence: Option<&str> = None;
    for line in markdown.trim().lines() {
        let start = line.trim_start();
        let ticks = &start[..start.len() - start.trim_start_matches('`').len()];
        match fence {
            Some(open) if start.trim_end() == open => fence = None,
            None if ticks.len() >= 3 => fence = Some(ticks),
            _ => {}
        }
        empty = if line.trim().is_empty() && fence.is_none() { empty + 1 } else { 0 };
        if empty < 2 {
            out.push_str(line.trim_end_matches([' ', '\r']));
            out.push('\n');
        }
    }
    out
}

struct Document {
    parts: Vec<String>,
    /// Short fields in a row are one list.
    facts: Vec<String>,
    base_url: String,
}

impl Document {
    fn part(&mut self, part: String) {
        self.end_facts();
        if !part.trim().is_empty() {
            self.parts.push(part);
        }
    }

    fn end_facts(&mut self) {
        if !self.facts.is_empty() {
            self.parts.push(std::mem::take(&mut self.facts).join("\n"));
        }
    }

    fn field(&mut self, kind: &FieldKind, label: &str, value: &TemplateValue) {
        let words = || value.as_str().unwrap_or_default();
        match kind {
            FieldKind::RichText { .. } | FieldKind::RawHtml => self.part(from_html(words(), &self.base_url)),
            FieldKind::Text(_) => {
                let paragraphs: Vec<String> = words().split("\n\n").map(escaped).collect();
                self.part(paragraphs.join("\n\n"));
            }
            FieldKind::BlockQuote(_) => self.part(format!("> {}", escaped(words()))),
            FieldKind::Image | FieldKind::ImageBlock if !text(value, "url").is_empty() => {
                let alt = escaped(&text(value, "alt"));
                self.part(format!("![{alt}]({})", self.address(&text(value, "url"))));
            }
            FieldKind::Image | FieldKind::ImageBlock => {}
            FieldKind::Table => self.part(table(value)),
            _ => {
                let told = self.told(value, 0);
                if !told.is_empty() {
                    self.facts.push(format!("- **{}:** {told}", escaped(label)));
                }
            }
        }
    }

    /// A short value in a line: a link for what has an address, else its words.
    fn told(&self, value: &TemplateValue, depth: usize) -> String {
        if depth > MAX_DEPTH || value.is_none() || value.is_undefined() {
            return String::new();
        }
        if let Some(text) = value.as_str() {
            return escaped(text);
        }
        if value.as_object().is_none() {
            return match value.to_string().as_str() {
                "True" | "true" => "yes".to_owned(),
                other => escaped(other),
            };
        }
        if let Some(name) = ["title", "name", "label"].iter().map(|key| text(value, key)).find(|name| !name.is_empty())
        {
            let url = ["url", "target"].iter().map(|key| text(value, key)).find(|url| !url.is_empty());
            return match url {
                Some(url) => self.link(&name, &url),
                None => escaped(&name),
            };
        }
        let is_map = value.kind() == TemplateKind::Map;
        let parts = value.try_iter().into_iter().flatten().take(MAX_PARTS).map(|part| match is_map {
            true => {
                let inner = attribute(value, part.as_str().unwrap_or_default()).unwrap_or_default();
                let told = self.told(&inner, depth + 1);
                let key = escaped(&part.as_str().unwrap_or_default().replace('_', " "));
                if told.is_empty() { told } else { format!("{key} {told}") }
            }
            // An item of a list is wrapped with its id.
            false => match attribute(&part, "value") {
                Some(inner) => self.told(&inner, depth + 1),
                None => self.told(&part, depth + 1),
            },
        });
        parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
    }

    fn address(&self, url: &str) -> String {
        let absolute = if url.starts_with('/') && !url.starts_with("//") {
            format!("{}{url}", self.base_url.trim_end_matches('/'))
        } else {
            url.to_owned()
        };
        absolute.replace(' ', "%20").replace('(', "%28").replace(')', "%29").replace('<', "%3C").replace('>', "%3E")
    }

    fn link(&self, name: &str, url: &str) -> String {
        format!("[{}]({})", escaped(name), self.address(url))
    }

    /// The pages of a listing, and its neighbours.
    fn listing(&mut self, listing: &TemplateValue) {
        let mut lines = Vec::new();
        let items = attribute(listing, "items");
        for item in items.iter().filter_map(|items| items.try_iter().ok()).flatten() {
            let about =
                ["search_description", "intro"].iter().map(|key| text(&item, key)).find(|about| !about.is_empty());
            let about = about.map(|about| format!(": {}", escaped(&about))).unwrap_or_default();
            lines.push(format!("- {}{about}", self.link(&text(&item, "title"), &text(&item, "url"))));
        }
        self.part(lines.join("\n"));
        let neighbours = [("Newer", "previous_url"), ("Older", "next_url")];
        let links = neighbours.map(|(name, key)| (name, text(listing, key)));
        let links: Vec<String> =
            links.iter().filter(|(_, url)| !url.is_empty()).map(|(name, url)| self.link(name, url)).collect();
        self.part(links.join(" "));
    }
}

/// Rows of Wagtail's `TableBlock`.
fn table(value: &TemplateValue) -> String {
    let rows = attribute(value, "data").and_then(|rows| rows.try_iter().ok()).into_iter().flatten();
    let mut out = String::new();
    let caption = text(value, "table_caption");
    if !caption.is_empty() {
        out.push_str(&format!("{}\n\n", escaped(&caption)));
    }
    for (number, row) in rows.enumerate() {
        let cells: Vec<String> = row
            .try_iter()
            .into_iter()
            .flatten()
            .map(|cell| escaped(cell.as_str().unwrap_or_default()).replace('|', "\\|"))
            .collect();
        out.push_str(&format!("| {} |\n", cells.join(" | ")));
        if number == 0 {
            out.push_str(&format!("|{}\n", " --- |".repeat(cells.len())));
        }
    }
    out
}

fn attribute(value: &TemplateValue, name: &str) -> Option<TemplateValue> {
    value.get_attr(name).ok().filter(|found| !found.is_undefined() && !found.is_none())
}

fn text(value: &TemplateValue, name: &str) -> String {
    attribute(value, name).and_then(|found| found.as_str().map(str::to_owned)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::tidy;

    #[test]
    fn empty_lines_are_kept_in_code_and_nowhere_else() {
        assert_eq!(tidy("\n# A\n\n\n\nb  \n```\n\n\n\nc\n```\n\n\n"), "# A\n\nb\n```\n\n\n\nc\n```\n");
    }
}
