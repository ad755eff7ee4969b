//! `vitrine page` and `vitrine tree`: the operations on content from a terminal. Running servers follow within a second.

use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::with_app;
use crate::config::Loaded;
use crate::content::{Position, change, tree};
use crate::db::TxName;
use crate::telemetry::label::Channel;

#[derive(Subcommand)]
pub enum Action {
    /// Make the newest draft live.
    Publish { id: i64 },
    /// Take the page off the site; its draft stays.
    Unpublish { id: i64 },
    /// Move the page with its subtree, or reorder it among its siblings.
    Move {
        id: i64,
        #[command(flatten)]
        to: Destination,
    },
    /// Make an old revision the newest draft.
    Revert { id: i64, revision: i64 },
    /// Delete the page with its subtree, for good.
    Delete { id: i64 },
}

/// Where a page goes: exactly one of these.
#[derive(Args)]
#[group(required = true, multiple = false)]
pub struct Destination {
    /// The new parent: behind its last child.
    #[arg(value_name = "PARENT")]
    below: Option<i64>,
    /// The new parent: before its first child.
    #[arg(long, value_name = "PARENT")]
    first_below: Option<i64>,
    /// The page to stand before.
    #[arg(long, value_name = "PAGE")]
    left_of: Option<i64>,
    /// The page to stand behind.
    #[arg(long, value_name = "PAGE")]
    right_of: Option<i64>,
}

impl Destination {
    fn position(&self) -> anyhow::Result<Position> {
        let first = self.first_below.map(Position::FirstChildOf).or(self.left_of.map(Position::LeftOf));
        let found = first.or(self.right_of.map(Position::RightOf)).or(self.below.map(Position::LastChildOf));
        found.ok_or_else(|| anyhow::anyhow!("say where: PARENT, --first-below, --left-of or --right-of"))
    }
}

#[derive(Subcommand)]
pub enum TreeAction {
    /// Print the tree.
    Show,
    /// Compare paths and URLs with parents and slugs; exit 1 when they differ.
    Check {
        /// Repair what differs.
        #[arg(long)]
        fix: bool,
    },
}

/// Runs one operation on a page.
pub fn run(loaded: Loaded, action: Action) -> anyhow::Result<ExitCode> {
    with_app(loaded, async |app| {
        let content = &app.content;
        match action {
            Action::Publish { id } => content.publish(id, None, Channel::Cli).await?,
            Action::Unpublish { id } => content.unpublish(id, Channel::Cli).await?,
            Action::Move { id, to } => content.move_page(id, to.position()?, Channel::Cli).await?,
            Action::Revert { id, revision } => {
                let made = content.revert(id, revision, Channel::Cli).await?;
                println!("revision {made} is the newest draft: publish it to make it live");
            }
            Action::Delete { id } => println!("{} pages deleted", content.delete_page(id, Channel::Cli).await?),
        }
        Ok(ExitCode::SUCCESS)
    })
}

/// Shows or checks the tree.
pub fn run_tree(loaded: Loaded, action: TreeAction) -> anyhow::Result<ExitCode> {
    with_app(loaded, async |app| {
        let mut tx = app.db.begin(TxName("tree.check")).await?;
        let TreeAction::Check { fix } = action else {
            for node in tree::list(&mut tx).await? {
                println!("{:>6}  {}{}", node.id, "  ".repeat(node.depth.max(1) as usize - 1), node.url_path);
            }
            return Ok(ExitCode::SUCCESS);
        };
        tree::lock(&mut tx).await?;
        let faults = tree::check(&mut tx).await?;
        for fault in &faults {
            println!("{}", fault.problem);
        }
        if faults.is_empty() {
            println!("the tree is right");
            return Ok(ExitCode::SUCCESS);
        }
        if fix {
            tree::fix(&mut tx, &faults).await?;
            change::append(&mut tx, &[change::Tag::All]).await?;
            tx.commit().await?;
            let repaired = faults.iter().filter(|fault| fault.fixed.is_some()).count();
            println!("{repaired} repaired");
            return Ok(if repaired == faults.len() { ExitCode::SUCCESS } else { ExitCode::FAILURE });
        }
        println!("{} differ: repair them with --fix", faults.len());
        Ok(ExitCode::FAILURE)
    })
}
