//! Filling an empty installation from the site folder: the files of the library first, then the content that shows them.

use super::SiteFolder;
use crate::app::App;
use crate::content::schema;
use crate::content::seed::{self, Address, SeedError, Seeded};
use crate::content::site;
use crate::db::DbError;
use crate::media::seed::{FOLDER, SeedMediaError};

#[derive(Debug, thiserror::Error)]
pub enum SeedingError {
    #[error(transparent)]
    Db(#[from] DbError),
    #[error("the site folder: {0}")]
    Folder(#[from] std::io::Error),
    #[error(transparent)]
    Media(#[from] SeedMediaError),
    #[error(transparent)]
    Content(#[from] SeedError),
}

/// Seeds an installation without a site; `None` when there is one.
///
/// # Errors
/// With the file that is wrong; what was made stays, and is found by the next attempt.
pub async fn seed(app: &App, folder: &SiteFolder, address: &Address) -> Result<Option<Seeded>, SeedingError> {
    if !site::list(&*app.db, "").await?.is_empty() {
        return Ok(None);
    }
    let files = folder.files(FOLDER)?.into_iter().map(|file| (file.path, file.bytes)).collect();
    let media = app.media.seed(files).await?;
    let (pages, migrations) = (folder.texts("seed/", ".toml")?, folder.texts(schema::FOLDER, ".toml")?);
    Ok(seed::seed(&app.content, &pages, &media, &migrations, address).await?)
}
