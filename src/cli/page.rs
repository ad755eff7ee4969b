//! `vitrine page` and `vitrine tree`: the operations on content from a terminal. Running servers follow within a second.

use std::process::ExitCode;

use clap::Subcommand;

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
    /// Move the page, with its subtree, below another one.
    Move { id: i64, below: i64 },
    /// Make an old revision the newest draft.
    Revert { id: i64, revision: i64 },
    /// Delete the page with its subtree, for good.
    Delete { id: i64 },
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
            Action::Move { id, below } => content.move_page(id, Position::LastChildOf(below), Channel::Cli).await?,
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
            println!("{} repaired", faults.iter().filter(|fault| fault.fixed.is_some()).count());
            return Ok(ExitCode::SUCCESS);
        }
        println!("{} differ: repair them with --fix", faults.len());
        Ok(ExitCode::FAILURE)
    })
}
