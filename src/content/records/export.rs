//! All of a list as a file, read a part at a time, so that a million rows take no more memory than a thousand.

use std::sync::Arc;

use futures_util::Stream;

use super::list::{Asked, Count, Cursor};
use super::transfer::{Format, head, line};
use super::{Filter, typed};
use crate::content::types::{RecordOrder, Types};
use crate::content::{Content, EditError, FieldRights};

/// Rows that are read at once.
const PART: i64 = 500;

/// What is not read yet.
struct Rest {
    content: Arc<Content>,
    types: Arc<Types>,
    type_name: String,
    rights: FieldRights,
    format: Format,
    filters: Vec<Filter>,
    order: RecordOrder,
    after: Option<Cursor>,
}

impl Rest {
    /// The next lines, and what is behind them.
    async fn read(mut self) -> Result<(Vec<u8>, Option<Self>), EditError> {
        let asked = Asked {
            type_name: &self.type_name,
            filters: self.filters.clone(),
            order: self.order.clone(),
            after: self.after.take(),
            limit: PART,
            count: Count::None,
        };
        let part = self.content.list_records(&asked).await?;
        let mut lines = Vec::new();
        if let Some(of_type) = self.types.find(&self.type_name) {
            for row in &part.rows {
                lines.append(&mut line(self.format, of_type, &self.rights, row));
            }
        }
        self.after = part.next;
        let rest = self.after.is_some().then_some(self);
        Ok((lines, rest))
    }
}

impl Content {
    /// The bytes of a file with all rows of a list, for somebody with these rights. The first of them are read before
    /// anything is sent, so that a database that is away is an error and no broken file; later the file breaks off.
    ///
    /// # Errors
    /// As [`Content::list_records`].
    pub async fn export_records(
        self: &Arc<Self>,
        asked: Asked<'_>,
        format: Format,
        rights: FieldRights,
    ) -> Result<impl Stream<Item = Result<Vec<u8>, EditError>> + Send + use<>, EditError> {
        let types = self.types();
        let (of_type, _) = typed(&types, asked.type_name)?;
        let mut ready = head(format, of_type, &rights);
        let rest = Rest {
            content: self.clone(),
            types: types.clone(),
            type_name: of_type.name.clone(),
            rights,
            format,
            filters: asked.filters,
            order: asked.order,
            after: None,
        };
        let (mut lines, rest) = rest.read().await?;
        ready.append(&mut lines);
        Ok(futures_util::stream::unfold((Some(ready), rest), |(ready, rest)| async move {
            if let Some(ready) = ready {
                return Some((Ok(ready), (None, rest)));
            }
            match rest?.read().await {
                Ok((lines, rest)) => Some((Ok(lines), (None, rest))),
                Err(error) => {
                    tracing::error!(%error, "an export of rows broke off");
                    Some((Err(error), (None, None)))
                }
            }
        }))
    }
}
