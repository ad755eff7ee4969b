//! Files that come from another system keep the ids that they have there.

use super::tagging::Owner;
use crate::db::{DbError, Exec, Tx};
use crate::queries;

queries! {
    IMAGE = write "image.set_id" "UPDATE image SET id = $2 WHERE id = $1";
    DOCUMENT = write "document.set_id" "UPDATE document SET id = $2 WHERE id = $1";
    /// Ids given here must not be given out again, nor those that somebody has taken and not yet written.
    ADVANCE_IMAGES = write "image.advance_ids"
        "SELECT SETVAL(ids, GREATEST((SELECT MAX(id) FROM image), PG_SEQUENCE_LAST_VALUE(ids)))
         FROM CAST(PG_GET_SERIAL_SEQUENCE('image', 'id') AS REGCLASS) AS ids"
        sqlite "SELECT CAST(0 AS BIGINT)";
    ADVANCE_DOCUMENTS = write "document.advance_ids"
        "SELECT SETVAL(ids, GREATEST((SELECT MAX(id) FROM document), PG_SEQUENCE_LAST_VALUE(ids)))
         FROM CAST(PG_GET_SERIAL_SEQUENCE('document', 'id') AS REGCLASS) AS ids"
        sqlite "SELECT CAST(0 AS BIGINT)";
}

/// Gives a file that was just inserted the id that it is wanted with; its id from now on.
///
/// # Errors
/// When another file has that id.
pub(super) async fn keep_id(tx: &mut Tx, made: Owner, wanted: Option<i64>) -> Result<i64, DbError> {
    let (id, set, advance) = match made {
        Owner::Image(id) => (id, &IMAGE, &ADVANCE_IMAGES),
        Owner::Document(id) => (id, &DOCUMENT, &ADVANCE_DOCUMENTS),
    };
    let Some(wanted) = wanted.filter(|wanted| *wanted != id) else { return Ok(id) };
    Exec::from(&mut *tx).query(set).bind(id).bind(wanted).execute().await?;
    Exec::from(tx).query(advance).one::<i64>().await?;
    Ok(wanted)
}
