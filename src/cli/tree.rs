//! `vitrine tree`: the page tree as a whole.

use std::process::ExitCode;

use clap::Subcommand;
use serde_json::json;

use super::with_app;
use crate::config::Loaded;
use crate::content::change::{self, Tag};
use crate::content::shadow;
use crate::content::tree::{self, Fault, Node};
use crate::db::{Tx, TxName};

#[derive(Subcommand)]
pub enum Action {
    /// Print the tree, and behind it what is in the trash.
    Show {
        #[arg(long)]
        json: bool,
    },
    /// Compare paths and URLs with parents and slugs, and name pages that the server hides; exit 1 when there are some.
    Check {
        /// Repair what differs.
        #[arg(long)]
        fix: bool,
        #[arg(long)]
        json: bool,
    },
}

/// Shows or checks the tree.
pub fn run(loaded: Loaded, action: Action) -> anyhow::Result<ExitCode> {
    with_app(loaded, async |app| {
        let mut tx = app.db.begin(TxName("tree.check")).await?;
        match action {
            Action::Show { json } => {
                show(&tree::list(&mut tx).await?, json);
                Ok(ExitCode::SUCCESS)
            }
            Action::Check { fix, json } => check(tx, fix, json).await,
        }
    })
}

fn show(nodes: &[Node], as_json: bool) {
    if !as_json {
        for node in nodes {
            println!("{:>6}  {}{}", node.id, "  ".repeat(node.depth.max(1) as usize - 1), node.url_path);
        }
        return;
    }
    let node = |node: &Node| {
        json!({ "id": node.id, "parent_id": node.parent_id, "path": node.path, "depth": node.depth,
                "slug": node.slug, "url_path": node.url_path, "trashed": node.trashed })
    };
    println!("{:#}", json!(nodes.iter().map(node).collect::<Vec<_>>()));
}

async fn check(mut tx: Tx, fix: bool, as_json: bool) -> anyhow::Result<ExitCode> {
    tree::lock(&mut tx).await?;
    let mut faults = tree::check(&mut tx).await?;
    faults.extend(shadow::list(&mut tx).await?.into_iter().map(hidden));
    let repairable = faults.iter().filter(|fault| fault.fixed.is_some()).count();
    let repaired = if fix { repairable } else { 0 };
    if repaired > 0 {
        tree::fix(&mut tx, &faults).await?;
        change::append(&mut tx, &[Tag::All]).await?;
        tx.commit().await?;
    }
    if as_json {
        let fault = |fault: &Fault| json!({ "page": fault.id, "problem": fault.problem });
        let found: Vec<_> = faults.iter().map(fault).collect();
        println!("{:#}", json!({ "faults": found, "repaired": repaired }));
    } else {
        tell(&faults, repaired, fix);
    }
    Ok(if repaired == faults.len() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Nobody but whoever edits it knows another slug for it.
fn hidden(page: shadow::Hidden) -> Fault {
    let problem = format!(
        "page {} ({}): no visitor sees it: {:?} is reserved for the server itself",
        page.id, page.url_path, page.slug
    );
    Fault { id: page.id, problem, fixed: None }
}

fn tell(faults: &[Fault], repaired: usize, fix: bool) {
    for fault in faults {
        println!("{}", fault.problem);
    }
    match (faults.len(), fix) {
        (0, _) => println!("the tree is right"),
        (_, true) => println!("{repaired} repaired"),
        (all, false) => {
            let by_hand = faults.iter().filter(|fault| fault.fixed.is_none()).count();
            if all > by_hand {
                println!("{} differ: repair them with --fix", all - by_hand);
            }
            if by_hand > 0 {
                println!("{by_hand} to be put right by hand");
            }
        }
    }
}
