//! A site's looks: its templates and static files, loaded together and replaced together.

use std::sync::Arc;

use bytes::Bytes;

use super::folder::SiteFolder;
use super::forms;
use super::media_refs;
use super::static_files::StaticFiles;
use crate::content::embed::Providers;
use crate::content::schema::{self, Migration};
use crate::content::types::{Block, BlockShape, Choice, Field, FieldKind, SourceFile, Types};
use crate::keys::Keys;
use crate::render::{BlockLook, BlockLooks, ChoiceLook, FieldLook, TemplateFile, Templates, Texts};
use crate::telemetry::Telemetry;

/// Providers of embedded media that a site adds.
const EMBEDS: &str = "embeds.toml";
/// Templates that every site has.
const REQUIRED: [&str; 3] = ["404.html", "500.html", "password_required.html"];

/// A mistake in a site folder, as one line that names file and line.
pub type Problem = String;

pub struct Theme {
    pub templates: Templates,
    pub statics: Arc<StaticFiles>,
    /// Texts that a language lacks, for whoever checks the folder.
    pub missing_texts: Vec<Problem>,
}

/// The content types of a site folder.
///
/// # Errors
/// Every mistake of every file.
pub fn load_types(folder: &SiteFolder) -> Result<Types, Vec<Problem>> {
    let files = folder.texts("types/", ".toml").map_err(|error| vec![error.to_string()])?;
    let files: Vec<SourceFile> = files.into_iter().map(|(path, text)| SourceFile { path, text }).collect();
    if files.is_empty() {
        return Err(vec![format!("{folder}: there is no content type in types/")]);
    }
    let mut types: Types =
        Types::load(&files).map_err(|problems| problems.iter().map(ToString::to_string).collect::<Vec<_>>())?;
    if let Some(text) = folder.text(EMBEDS).map_err(|error| vec![error.to_string()])? {
        let named = |problem: &String| format!("{EMBEDS}: {problem}");
        let providers = Providers::default().and(&text);
        types.embeds = Arc::new(providers.map_err(|problems| problems.iter().map(named).collect::<Vec<_>>())?);
    }
    Ok(types)
}

/// Reads the migrations of a site folder; most sites have none.
///
/// # Errors
/// Every mistake of every file.
pub fn load_migrations(folder: &SiteFolder, types: &Types) -> Result<Vec<Migration>, Vec<Problem>> {
    let files = folder.texts(schema::FOLDER, ".toml").map_err(|error| vec![error.to_string()])?;
    let files: Vec<SourceFile> = files.into_iter().map(|(path, text)| SourceFile { path, text }).collect();
    schema::load(&files, types).map_err(|problems| problems.iter().map(ToString::to_string).collect())
}

impl Theme {
    /// Loads templates and static files, and checks that every template a type names is there. Without `keys` nothing
    /// that shows images can be rendered.
    ///
    /// # Errors
    /// Every mistake of every file.
    pub fn load(
        folder: &SiteFolder,
        types: &Types,
        keys: Option<&Keys>,
        telemetry: &Arc<Telemetry>,
    ) -> Result<Self, Vec<Problem>> {
        let unreadable = |error: std::io::Error| vec![error.to_string()];
        let statics = folder.files("static/").map_err(unreadable)?.into_iter();
        let statics =
            statics.map(|file| (file.path["static/".len()..].to_owned(), Bytes::from(file.bytes.into_owned())));
        let statics = Arc::new(StaticFiles::from_files(statics).map_err(|error| vec![error.to_string()])?);
        let files = folder.texts("templates/", "").map_err(unreadable)?;
        let files: Vec<TemplateFile> = files
            .into_iter()
            .map(|(path, text)| TemplateFile { name: path["templates/".len()..].to_owned(), text })
            .collect();
        let of_forms = types.iter().any(|found| found.form.is_some()).then_some(forms::UNAVAILABLE);
        let wanted = types.templates().into_iter().chain(REQUIRED).chain(of_forms);
        let mut problems: Vec<Problem> = wanted
            .filter(|name| !files.iter().any(|file| file.name == *name))
            .map(|name| format!("templates/{name}: a type or the site needs this template"))
            .collect();
        let texts = Texts::load(&folder.texts("texts/", ".toml").map_err(unreadable)?)?;
        problems.extend(files.iter().flat_map(|file| texts.check(&file.name, &file.text)));
        let urls = statics.clone();
        let looks = looks(types, &files);
        let templates = Templates::load(
            files,
            looks,
            Arc::new(move |path| urls.url(path).map(str::to_owned)),
            media_refs::renditions(keys.cloned()),
            &texts,
            telemetry.clone(),
        );
        match templates {
            Ok(templates) if problems.is_empty() => {
                Ok(Self { templates, statics, missing_texts: texts.missing().to_vec() })
            }
            Ok(_) => Err(problems),
            Err(errors) => {
                problems.extend(errors.iter().map(ToString::to_string));
                Err(problems)
            }
        }
    }
}

/// What rendering knows of the blocks. One that names no template has that of its name, if there is such a file.
fn looks(types: &Types, files: &[TemplateFile]) -> BlockLooks {
    let look = |block: &Block| {
        let own = block.template.clone().unwrap_or_else(|| format!("blocks/{}.html", block.name));
        let value = match &block.shape {
            BlockShape::Value(field) => field_look(field),
            BlockShape::Struct { fields, .. } => FieldLook {
                name: block.name.clone(),
                label: block.label.clone(),
                kind: "struct",
                fields: fields.iter().map(field_look).collect(),
                ..FieldLook::default()
            },
        };
        let template = files.iter().any(|file| file.name == own).then_some(own);
        (block.name.clone(), BlockLook { template, css_class: block.css_class.clone(), value })
    };
    types.blocks().map(look).collect()
}

fn field_look(field: &Field) -> FieldLook {
    let choices = match &field.kind {
        FieldKind::Choice(choices) | FieldKind::MultipleChoice(choices) => choices.as_slice(),
        _ => &[],
    };
    let choice = |choice: &Choice| ChoiceLook { value: choice.value.clone(), label: choice.label.clone() };
    FieldLook {
        name: field.name.clone(),
        label: field.label.clone(),
        kind: field.kind.name(),
        block: field.kind.blocks().first().filter(|_| field.kind.blocks().len() == 1).cloned(),
        choices: choices.iter().map(choice).collect(),
        fields: Vec::new(),
    }
}
