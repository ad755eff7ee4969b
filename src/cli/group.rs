//! `vitrine group`: who may do what in the editor.

use std::process::ExitCode;

use anyhow::{bail, ensure};
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::with_app;
use crate::accounts::{
    By, CollectionPermission, GlobalPermission, Grant, GroupListed, PagePermission, RecordPermission, TypeName,
};
use crate::config::Loaded;

#[derive(Subcommand)]
pub enum Action {
    /// Create a group.
    Create { name: String },
    /// List groups by name, at most a thousand, with the numbers of their members and grants.
    List {
        /// Begin behind this name.
        #[arg(long, default_value = "")]
        after: String,
        #[arg(long)]
        json: bool,
    },
    /// Call a group something else, also where pages and files are restricted to it.
    Rename { group: String, name: String },
    /// Delete a group with all that it gives; refused while pages or files are restricted to it.
    Delete { group: String },
    /// Make a user a member.
    Add { group: String, username: String },
    /// Take a user out.
    Remove { group: String, username: String },
    /// Give a permission: on a page or a collection with all below it, or a global one.
    Grant {
        group: String,
        #[command(flatten)]
        grant: GrantArgs,
    },
    /// Take a permission away.
    Revoke {
        group: String,
        #[command(flatten)]
        grant: GrantArgs,
    },
}

#[derive(Args)]
pub struct GrantArgs {
    /// On a page: add, edit, publish, bulk_delete, lock, unlock. On a collection: add, change, choose, delete. Else
    /// manage_users, manage_groups, manage_sites, manage_locales, manage_redirects, manage_snippets, manage_settings,
    /// manage_collections, manage_forms, manage_webhooks or view_reports.
    permission: String,
    /// The id of a page.
    #[arg(long, value_name = "ID", conflicts_with = "collection")]
    page: Option<i64>,
    /// The id of a collection.
    #[arg(long, value_name = "ID")]
    collection: Option<i64>,
    /// The id of a site, for manage_settings.
    #[arg(long, value_name = "ID", conflicts_with_all = ["page", "collection"])]
    site: Option<i64>,
    /// The name of a type of kind collection, for its rows: view, add, change or delete.
    #[arg(long, value_name = "TYPE", conflicts_with_all = ["page", "collection", "site"])]
    rows: Option<String>,
}

impl GrantArgs {
    fn grant(&self) -> anyhow::Result<Grant> {
        let text = self.permission.as_str();
        if let Some(of) = &self.rows {
            let permission = RecordPermission::parse(text);
            let Some(permission) = permission else {
                bail!("{text:?} is no permission on rows: view, add, change, delete")
            };
            let Some(of) = TypeName::new(of) else { bail!("{of:?} is too long to be the name of a type") };
            return Ok(Grant::Records(of, permission));
        }
        if let Some(site) = self.site {
            ensure!(
                text == GlobalPermission::Settings.as_str(),
                "{text:?} is no permission on a site: manage_settings"
            );
            return Ok(Grant::SiteSettings(site));
        }
        let (grant, place, known) = match (self.page, self.collection) {
            (Some(id), _) => {
                let known = PagePermission::ALL.iter().map(|permission| permission.as_str()).collect::<Vec<_>>();
                (PagePermission::parse(text).map(|permission| Grant::Page(id, permission)), "a page", known)
            }
            (None, Some(id)) => {
                let known = CollectionPermission::ALL.iter().map(|permission| permission.as_str()).collect();
                let grant = CollectionPermission::parse(text).map(|permission| Grant::Collection(id, permission));
                (grant, "a collection", known)
            }
            (None, None) => {
                let known = GlobalPermission::ALL.iter().map(|permission| permission.as_str()).collect();
                (GlobalPermission::parse(text).map(Grant::Global), "no place", known)
            }
        };
        let Some(grant) = grant else { bail!("{text:?} is no permission on {place}: {}", known.join(", ")) };
        Ok(grant)
    }
}

pub fn run(loaded: Loaded, action: Action) -> anyhow::Result<ExitCode> {
    with_app(loaded, async |app| {
        let (accounts, by) = (&app.accounts, By::cli());
        let said = |changed: bool| if changed { "" } else { " already" };
        match action {
            Action::Create { name } => {
                accounts.create_group(&name, &by).await?;
                println!("created the group {name}");
            }
            Action::List { after, json: true } => {
                let entry = |group: GroupListed| json!({ "name": group.name, "members": group.members, "grants": group.grants });
                println!("{:#}", Value::from_iter(accounts.list_groups(&after).await?.into_iter().map(entry)));
            }
            Action::List { after, json: false } => {
                for group in accounts.list_groups(&after).await? {
                    println!("{}  {} members  {} grants", group.name, group.members, group.grants);
                }
            }
            Action::Rename { group, name } => {
                accounts.rename_group(accounts.group_id(&group).await?, &name, &by).await?;
                println!("{group} is called {} now", name.trim());
            }
            Action::Delete { group } => {
                accounts.delete_group(accounts.group_id(&group).await?, &by).await?;
                println!("deleted the group {group}");
            }
            Action::Add { group, username } => {
                let user = accounts.user(&username).await?;
                let added = accounts.add_member(&group, &user, &by).await?;
                println!("{username} is in {group}{}", said(added));
            }
            Action::Remove { group, username } => {
                let user = accounts.user(&username).await?;
                ensure!(accounts.remove_member(&group, &user, &by).await?, "{username} is not in {group}");
                println!("{username} is not in {group} any more");
            }
            Action::Grant { group, grant } => {
                let grant = grant.grant()?;
                let added = accounts.grant(&group, grant, &by).await?;
                println!("{group} has{} {grant}", said(added));
            }
            Action::Revoke { group, grant } => {
                let grant = grant.grant()?;
                ensure!(accounts.revoke_grant(&group, grant, &by).await?, "{group} has not {grant}");
                println!("{group} has no longer {grant}");
            }
        }
        Ok(ExitCode::SUCCESS)
    })
}
