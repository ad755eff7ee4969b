//! Random operations on the tree, as editors do them.

use rand::RngExt as _;
use rand::rngs::StdRng;
use vitrine::content::{Content, CopyState, Copying, EditError, Extent, Position, Restoring, revision};
use vitrine::telemetry::label::Channel;

use super::tree_model::Refusal;
use crate::support::edit::standard_page;

/// One random operation, with all that it needs.
#[derive(Clone, Debug)]
pub enum Operation {
    Create {
        parent: i64,
        title: String,
    },
    Move {
        id: i64,
        to: Position,
    },
    /// And publish.
    Rename {
        id: i64,
        slug: String,
    },
    Publish {
        id: i64,
    },
    Unpublish {
        id: i64,
    },
    Copy {
        id: i64,
        to: Position,
        whole: bool,
        keep_live: bool,
    },
    Alias {
        id: i64,
        to: Position,
        whole: bool,
    },
    Convert {
        id: i64,
    },
    Trash {
        id: i64,
    },
    Restore {
        id: i64,
        to: Option<Position>,
        slug: Option<String>,
    },
    Delete {
        id: i64,
    },
}

impl Operation {
    /// `ids` are the pages that there are or were, the home page first; `trashed` is what is in the trash.
    pub fn random(random: &mut StdRng, ids: &[i64], trashed: &[i64]) -> Self {
        let any = |random: &mut StdRng| ids[random.random_range(0..ids.len())];
        let not_home = |random: &mut StdRng| ids[random.random_range(1..ids.len())];
        let in_trash = |random: &mut StdRng| match trashed {
            [] => ids[random.random_range(0..ids.len())],
            trashed => trashed[random.random_range(0..trashed.len())],
        };
        let position = |random: &mut StdRng| {
            let id = ids[random.random_range(0..ids.len())];
            match random.random_range(0..4) {
                0 => Position::FirstChildOf(id),
                1 => Position::LastChildOf(id),
                2 => Position::LeftOf(id),
                _ => Position::RightOf(id),
            }
        };
        let slug = |random: &mut StdRng| format!("page-{}", random.random_range(0..30));
        if ids.len() == 1 {
            return Self::Create { parent: ids[0], title: "Page 0".into() };
        }
        match random.random_range(0..100) {
            0..22 => Self::Create { parent: any(random), title: slug(random).replace('-', " ") },
            22..47 => Self::Move { id: any(random), to: position(random) },
            47..55 => Self::Rename { id: not_home(random), slug: slug(random) },
            55..65 => Self::Publish { id: any(random) },
            65..69 => Self::Unpublish { id: any(random) },
            69..74 => Self::Copy {
                id: not_home(random),
                to: position(random),
                whole: random.random(),
                keep_live: random.random(),
            },
            74..80 => Self::Alias { id: not_home(random), to: position(random), whole: random.random() },
            80..82 => Self::Convert { id: any(random) },
            82..88 => Self::Trash { id: any(random) },
            88..96 => Self::Restore {
                id: in_trash(random),
                to: random.random_bool(0.3).then(|| position(random)),
                slug: random.random_bool(0.2).then(|| slug(random)),
            },
            96..98 => Self::Delete { id: in_trash(random) },
            _ => Self::Delete { id: any(random) },
        }
    }

    pub fn adds(&self) -> bool {
        matches!(self, Self::Create { .. } | Self::Copy { .. } | Self::Alias { .. })
    }

    /// Does it on the real tree; a new page's id, or how many pages it was about.
    pub async fn perform(&self, content: &Content) -> Result<i64, EditError> {
        const AS: Channel = Channel::Admin;
        let extent = |whole: bool| if whole { Extent::Subtree } else { Extent::Page };
        match self.clone() {
            Self::Create { parent, title } => content.create_page(standard_page(parent, &title, "<p>x</p>"), AS).await,
            Self::Move { id, to } => content.move_page(id, to, AS).await.map(|()| 0),
            Self::Rename { id, slug } => {
                let newest = revision::list(&*content.db, id).await?.into_iter().next();
                let mut draft = newest.map(|revision| revision.content).unwrap_or_default();
                (draft.slug, draft.title) = (slug, "Renamed".into());
                content.save_draft(id, draft, AS).await?;
                content.publish(id, None, AS).await.map(|()| 0)
            }
            Self::Publish { id } => content.publish(id, None, AS).await.map(|()| 0),
            Self::Unpublish { id } => content.unpublish(id, AS).await.map(|()| 0),
            Self::Copy { id, to, whole, keep_live } => {
                let state = if keep_live { CopyState::KeepLive } else { CopyState::Draft };
                content.copy_page(id, &Copying { to, extent: extent(whole), state, slug: None, title: None }, AS).await
            }
            Self::Alias { id, to, whole } => content.create_alias(id, to, extent(whole), AS).await,
            Self::Convert { id } => content.convert_alias(id, AS).await.map(|()| 0),
            Self::Trash { id } => content.trash_page(id, AS).await.map(|trashed| trashed.pages),
            Self::Restore { id, to, slug } => content.restore_page(id, &Restoring { to, slug }, AS).await,
            Self::Delete { id } => content.delete_page_anyway(id, AS).await.map(|pages| pages as i64),
        }
    }
}

pub fn refusal(error: &EditError) -> Option<Refusal> {
    Some(match error {
        EditError::MoveIntoItself => Refusal::IntoItself,
        EditError::SlugTaken(_) => Refusal::SlugTaken,
        EditError::RootIsFixed => Refusal::RootIsFixed,
        EditError::InTrash(_) => Refusal::InTrash,
        EditError::NotInTrash(_) => Refusal::NotInTrash,
        EditError::IsAlias { .. } => Refusal::IsAlias,
        EditError::NotAnAlias(_) => Refusal::NotAnAlias,
        EditError::AddressTaken { .. } => Refusal::AddressTaken,
        EditError::PlaceGone(_) => Refusal::PlaceGone,
        EditError::PageNotFound(_) => Refusal::NotFound,
        EditError::Placement(_) => Refusal::Placement,
        _ => return None,
    })
}
