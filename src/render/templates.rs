//! The site's templates: MiniJinja, close to Jinja and Django, compiled once and bounded in what they may do.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, State, UndefinedBehavior};

use super::blocks::{self, BlockLooks};
use super::images::{self, Renditions};
use super::markdown;
use super::messages::{self, Say};
use super::texts::Texts;
use crate::telemetry::label::{Phase, TEMPLATE, TemplateFailure};
use crate::telemetry::scope::{self, StepKind};
use crate::telemetry::{Telemetry, Timer};

/// Instructions one render may take; a page of the default site takes a few thousand.
const FUEL: u64 = 5_000_000;
/// Blocks within blocks within blocks.
const RECURSION_LIMIT: usize = 64;
/// A stream by itself, for a page that has no Markdown template.
const STREAM_MARKDOWN: &str = "$stream.md";

/// Finds the hashed URL of a static file.
pub type StaticUrls = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// A template's name, relative to `templates/`, and its text.
#[derive(Clone, Debug)]
pub struct TemplateFile {
    pub name: String,
    pub text: String,
}

/// Why a template did not load or render.
#[derive(Clone, Debug, thiserror::Error)]
#[error("templates/{template}:{line}: {message}")]
pub struct TemplateError {
    pub template: String,
    pub line: usize,
    pub message: String,
    pub kind: TemplateFailure,
}

/// All templates of a site.
pub struct Templates {
    /// By language; the one that others fall back on under an empty name.
    environments: BTreeMap<String, Environment<'static>>,
    telemetry: Arc<Telemetry>,
}

impl Templates {
    /// Compiles all files; every mistake of every file is reported.
    ///
    /// # Errors
    /// One entry per file that does not compile.
    pub fn load(
        files: Vec<TemplateFile>,
        block_looks: BlockLooks,
        static_urls: StaticUrls,
        renditions: Renditions,
        texts: &Texts,
        telemetry: Arc<Telemetry>,
    ) -> Result<Self, Vec<TemplateError>> {
        let mut environment = Environment::new();
        minijinja_contrib::add_to_environment(&mut environment);
        environment.set_unknown_method_callback(minijinja_contrib::pycompat::unknown_method_callback);
        environment.set_fuel(Some(FUEL));
        environment.set_recursion_limit(RECURSION_LIMIT);
        environment.set_undefined_behavior(UndefinedBehavior::SemiStrict);
        let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
        environment.set_syntax(syntax.expect("the default delimiters are valid"));
        environment.set_auto_escape_callback(|name| {
            // Anything may be served as HTML, whatever its name.
            let plain = name.ends_with(".txt") || name.ends_with(".json") || name.ends_with(".md");
            if plain { AutoEscape::None } else { AutoEscape::Html }
        });
        environment.set_formatter(|out, state, value| match (state.auto_escape(), value.as_str()) {
            (AutoEscape::Html, Some(text)) if !value.is_safe() => escape_html(out, text),
            _ => match value.downcast_object_ref::<images::Image>() {
                Some(image) => Ok(out.write_str(&image.tag())?),
                None => minijinja::escape_formatter(out, state, value),
            },
        });
        environment.add_function("static", move |path: &str| {
            static_urls(path)
                .ok_or_else(|| Error::new(ErrorKind::InvalidOperation, format!("there is no file static/{path}")))
        });
        images::add_to(&mut environment, renditions);
        environment.add_function("listing_url", listing_url);
        environment.add_filter("richtext", rich_text);
        environment.add_filter("markdown", |value: Value| {
            value.as_str().map(markdown::escaped).unwrap_or_else(|| value.to_string())
        });
        blocks::add_to(&mut environment, block_looks);
        let mut errors = Vec::new();
        environment.add_template(STREAM_MARKDOWN, "{{ value|blocks }}").expect("one expression compiles");
        for file in files {
            if let Err(error) = environment.add_template_owned(file.name.clone(), file.text) {
                errors.push(template_error(&file.name, &error));
            }
        }
        if errors.is_empty() {
            Ok(Self { environments: texts.environments(environment), telemetry })
        } else {
            Err(errors)
        }
    }

    /// Templates of the binary's own pages, `(name, text)`: they have no static files and no images of a site. What they
    /// say they say in each of `says`; the one without a name stands in for others.
    ///
    /// # Errors
    /// As [`Templates::load`].
    pub fn of_binary(
        files: &[(&'static str, &'static str)],
        says: Vec<(String, Say)>,
        telemetry: Arc<Telemetry>,
    ) -> Result<Self, Vec<TemplateError>> {
        let file = |(name, text): &(&str, &str)| TemplateFile { name: (*name).to_owned(), text: (*text).to_owned() };
        let no_images: Renditions = Arc::new(|_, _| Err("these pages have no images".to_owned()));
        let no_files: StaticUrls = Arc::new(|_| None);
        let files = files.iter().map(file).collect();
        let mut templates =
            Self::load(files, BlockLooks::default(), no_files, no_images, &Texts::default(), telemetry)?;
        let silent = templates.environments.remove("").expect("every set of templates has it");
        for (language, say) in says {
            let mut environment = silent.clone();
            messages::add_to(&mut environment, say);
            templates.environments.insert(language, environment);
        }
        Ok(templates)
    }

    /// What renders in a language: itself, else the language without its region, else the first one.
    fn environment(&self, language: &str) -> &Environment<'static> {
        let general = language.split('-').next().unwrap_or_default();
        let known = self.environments.get(language).or_else(|| self.environments.get(general));
        known.unwrap_or_else(|| &self.environments[""])
    }

    pub fn has(&self, name: &str) -> bool {
        self.environment("").get_template(name).is_ok()
    }

    /// The Markdown template beside an HTML one (`blog/post.md` beside `blog/post.html`), if the site has it.
    pub fn markdown_beside(&self, name: &str) -> Option<String> {
        markdown_name(name).filter(|name| self.environment("").get_template(name).is_ok())
    }

    /// A stream's blocks in Markdown, with the page's `context`.
    ///
    /// # Errors
    /// As [`Templates::render`].
    pub fn stream_markdown(&self, context: &Value, stream: Value) -> Result<String, TemplateError> {
        let with_value = minijinja::value::merge_maps([Value::from_pairs([("value", stream)]), context.clone()]);
        self.render(STREAM_MARKDOWN, with_value)
    }

    /// As [`Templates::render`], with a JSON object.
    ///
    /// # Errors
    /// As [`Templates::render`].
    pub fn render_json(&self, name: &str, context: &serde_json::Value) -> Result<String, TemplateError> {
        self.render(name, Serde(context).into())
    }

    /// Renders a template, measured.
    ///
    /// # Errors
    /// With the file and the line that failed.
    pub fn render(&self, name: &str, context: Value) -> Result<String, TemplateError> {
        let timer = Timer::start();
        let locale = context.get_attr("locale").and_then(|locale| locale.get_attr("code")).unwrap_or_default();
        let environment = self.environment(locale.as_str().unwrap_or_default());
        let result = environment.get_template(name).and_then(|template| template.render(context));
        let elapsed = timer.elapsed();
        let label = self.telemetry.bounded(&TEMPLATE, name);
        scope::with_current(|scope| {
            scope.add(Phase::Render, elapsed);
            let failed = if result.is_err() { "error" } else { "" };
            scope.step(StepKind::Render, Cow::Owned(label.to_owned()), elapsed, 0, failed);
        });
        if self.telemetry.enabled {
            let families = &self.telemetry.families;
            families.template_render_duration.with_label_values(&[label]).observe(elapsed.as_secs_f64());
        }
        result.map_err(|error| {
            let error = template_error(name, &error);
            let labels = [label, error.kind.as_str()];
            self.telemetry.families.template_errors.with_label_values(&labels).inc();
            error
        })
    }
}

/// Escapes for text and quoted attributes. MiniJinja's own also escapes slashes, which makes every URL unreadable.
fn escape_html(out: &mut minijinja::Output<'_>, text: &str) -> Result<(), Error> {
    Ok(super::escape::each_piece(text, |piece| out.write_str(piece))?)
}

/// The innermost place of an error: the included template, not the one that included it.
fn template_error(name: &str, error: &Error) -> TemplateError {
    let mut innermost = error;
    let mut source = std::error::Error::source(error);
    while let Some(next) = source {
        if let Some(next) = next.downcast_ref::<Error>().filter(|next| next.line().is_some()) {
            innermost = next;
        }
        source = next.source();
    }
    let kind = match innermost.kind() {
        ErrorKind::SyntaxError => TemplateFailure::Syntax,
        ErrorKind::TemplateNotFound => TemplateFailure::Missing,
        _ => TemplateFailure::Runtime,
    };
    TemplateError {
        template: innermost.name().unwrap_or(name).to_owned(),
        line: innermost.line().unwrap_or(0),
        message: innermost.detail().map_or_else(|| innermost.kind().to_string(), str::to_owned),
        kind,
    }
}

/// `blog/post.html` -> `blog/post.md`.
pub(super) fn markdown_name(name: &str) -> Option<String> {
    name.strip_suffix(".html").map(|stem| format!("{stem}.md"))
}

/// HTML as it is; within a Markdown template, as Markdown with absolute addresses.
pub(super) fn in_form_of(state: &State<'_, '_>, html: String) -> Value {
    if !state.name().ends_with(".md") {
        return Value::from_safe_string(html);
    }
    let base_url = state.lookup("site").and_then(|site| site.get_attr("base_url").ok());
    Value::from_safe_string(markdown::from_html(&html, base_url.as_ref().and_then(Value::as_str).unwrap_or_default()))
}

/// The address of a filtered listing; slugs of tags may hold letters that addresses do not.
fn listing_url(base: &str, segment: &str, slug: Value) -> Result<String, Error> {
    let slug = minijinja::filters::urlencode(&slug)?;
    Ok(format!("{base}{segment}/{slug}/"))
}

/// Rich text was sanitised when it was saved, and its links were resolved before the render.
fn rich_text(state: &State<'_, '_>, value: Value) -> Value {
    in_form_of(state, value.as_str().unwrap_or_default().to_owned())
}
