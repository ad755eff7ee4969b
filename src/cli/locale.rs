//! `vitrine locale`: the languages that pages are written in. Running servers follow within a second.

use std::process::ExitCode;

use clap::Subcommand;

use super::with_app;
use crate::config::Loaded;
use crate::content::locale;
use crate::telemetry::label::Channel;

#[derive(Subcommand)]
pub enum Action {
    /// Show every language and how many pages it has.
    List {
        #[arg(long)]
        json: bool,
    },
    /// Add a language, by its code, such as de or pt-BR.
    Add {
        code: String,
        /// [default: what the language calls itself]
        #[arg(long)]
        name: Option<String>,
    },
    /// Make a language the one that new trees are written in.
    Default { code: String },
    /// Remove a language that no page is written in.
    Remove { code: String },
}

/// Runs one of the commands.
pub fn run(loaded: Loaded, action: Action) -> anyhow::Result<ExitCode> {
    with_app(loaded, async |app| {
        match action {
            Action::List { json } => {
                let locales = locale::list(&app.db).await?;
                if json {
                    let entry = |locale: &locale::Locale| {
                        serde_json::json!({
                            "code": locale.code, "name": locale.name, "is_default": locale.is_default,
                            "direction": locale::direction(&locale.code), "pages": locale.pages,
                        })
                    };
                    println!("{:#}", serde_json::Value::from_iter(locales.iter().map(entry)));
                } else {
                    for locale in locales {
                        let default = if locale.is_default { "  default" } else { "" };
                        println!("{:<10}  {}  {} pages{default}", locale.code, locale.name, locale.pages);
                    }
                }
            }
            Action::Add { code, name } => {
                let code = app.content.create_locale(&code, name.as_deref(), Channel::Cli).await?;
                println!("{code}  {}", name.as_deref().unwrap_or_else(|| locale::own_name(&code)));
            }
            Action::Default { code } => app.content.set_default_locale(&code, Channel::Cli).await?,
            Action::Remove { code } => app.content.delete_locale(&code, Channel::Cli).await?,
        }
        Ok(ExitCode::SUCCESS)
    })
}
