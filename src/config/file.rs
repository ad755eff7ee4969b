//! The configuration file: TOML, with the line of everything.

use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::{DeTable, DeValue, Error};

use super::load::{Given, Loading, SourceText};
use super::origin::Source;
use super::settings::{SECTIONS, SETTINGS};
use super::value::wrong_type;
use super::{slo, suggest};

pub(super) struct Document<'a> {
    source: &'a SourceText,
    table: Spanned<DeTable<'a>>,
    errors: Vec<Error>,
}

impl<'a> Document<'a> {
    pub(super) fn parse(source: &'a SourceText) -> Self {
        let (table, errors) = DeTable::parse_recoverable(&source.text);
        Self { source, table, errors }
    }

    /// Gives every known key to its setting and reports the rest. A text that is not TOML is only
    /// reported: what could be recovered of it may mean something else.
    pub(super) fn collect<'b>(&'b self, loading: &mut Loading<'b>)
    where
        'a: 'b,
    {
        if !self.errors.is_empty() {
            self.report_syntax(loading);
            return;
        }
        for (name, value) in self.table.get_ref() {
            let (name, line) = (name.get_ref().as_ref(), self.line(name.span().start));
            let is_section = SECTIONS.iter().any(|(section, _)| *section == name);
            match value.get_ref() {
                DeValue::Table(table) if name == "slo" => self.collect_slos(table, loading),
                DeValue::Table(table) if is_section => self.collect_section(name, table, loading),
                other if name == "slo" => loading.report(line, Some(name), wrong_type("tables [slo.NAME]", other)),
                other if is_section => {
                    loading.report(line, Some(name), wrong_type(&format!("a section [{name}]"), other));
                }
                other => self.collect_key(name, line, other, value.span().start, loading),
            }
        }
    }

    fn collect_section<'b>(&'b self, section: &str, table: &'b DeTable<'a>, loading: &mut Loading<'b>) {
        for (name, value) in table {
            let key = format!("{section}.{}", name.get_ref());
            let line = self.line(name.span().start);
            self.collect_key(&key, line, value.get_ref(), value.span().start, loading);
        }
    }

    fn collect_slos(&self, tables: &DeTable<'a>, loading: &mut Loading<'_>) {
        for (name, value) in tables {
            let (name, line) = (name.get_ref().as_ref(), self.line(name.span().start));
            let DeValue::Table(fields) = value.get_ref() else {
                let message = wrong_type(&format!("a table [slo.{name}]"), value.get_ref());
                loading.report(line, Some(&format!("slo.{name}")), message);
                continue;
            };
            loading.slos.name(name, line);
            for (field, value) in fields {
                let line = self.line(field.span().start);
                loading.slos.give(name, field.get_ref(), slo::of_toml(value.get_ref()), line);
            }
        }
    }

    fn collect_key<'b>(
        &'b self,
        key: &str,
        line: Source,
        value: &'b DeValue<'a>,
        offset: usize,
        loading: &mut Loading<'b>,
    ) {
        if let Some(setting) = SETTINGS.iter().find(|setting| setting.key == key) {
            loading.give(setting, Given::Toml(value), self.line(offset).into());
            return;
        }
        let at_top = !key.contains('.');
        let message = if value.is_table() && at_top {
            format!("unknown section{}", suggest::section_hint(key))
        } else {
            format!("unknown setting{}", suggest::key_hint(key))
        };
        loading.report(line, Some(key), message);
    }

    /// One error a line: the parser's later ones follow from the first.
    fn report_syntax(&self, loading: &mut Loading<'_>) {
        let mut first: BTreeMap<Source, &str> = BTreeMap::new();
        for error in &self.errors {
            let offset = error.span().map_or(self.source.text.len(), |span| span.start);
            first.entry(self.line(offset)).or_insert(error.message());
        }
        for (line, message) in first {
            loading.report(line, None, format!("not TOML: {message}"));
        }
    }

    fn line(&self, offset: usize) -> Source {
        let before = self.source.text.as_bytes().iter().take(offset);
        let line = 1 + before.filter(|byte| **byte == b'\n').count();
        Source::File { path: self.source.path.clone(), line: Some(line) }
    }
}
