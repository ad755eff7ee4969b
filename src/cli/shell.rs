//! `vitrine completions` and `vitrine man`: made from the commands themselves, so that they cannot differ from them.

use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::CommandFactory as _;
use clap_complete::Shell;

use super::Cli;

/// The script that the shell reads.
pub fn completions(shell: Shell) -> anyhow::Result<ExitCode> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "vitrine", &mut script);
    std::io::stdout().write_all(&script)?;
    Ok(ExitCode::SUCCESS)
}

/// The page vitrine(1), or one for each command in `folder`, which is made.
pub fn manual(folder: Option<&Path>) -> anyhow::Result<ExitCode> {
    let command = Cli::command();
    let Some(folder) = folder else {
        let mut page = Vec::new();
        clap_mangen::Man::new(command).render(&mut page)?;
        std::io::stdout().write_all(&page)?;
        return Ok(ExitCode::SUCCESS);
    };
    std::fs::create_dir_all(folder)
        .and_then(|()| clap_mangen::generate_to(command, folder))
        .with_context(|| format!("the pages cannot be written into {}", folder.display()))?;
    println!("wrote the manual pages into {}", folder.display());
    Ok(ExitCode::SUCCESS)
}
