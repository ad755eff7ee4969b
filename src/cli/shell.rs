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

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::super::Cli;

    /// What tells something, by the last word of its command.
    const TELLING: [&str; 17] = [
        "check",
        "doctor",
        "history",
        "list",
        "log",
        "migrate",
        "misses",
        "missing",
        "query",
        "revisions",
        "scheduled",
        "sessions",
        "status",
        "submissions",
        "trash-list",
        "usage",
        "verify",
    ];
    /// Commands that change content, and say what they did.
    const DOING: [&str; 1] = ["vitrine schema migrate"];

    fn walk(command: &clap::Command, name: &str, silent: &mut Vec<String>, told: &mut usize) {
        if TELLING.contains(&command.get_name()) && !DOING.contains(&name) {
            let speaks = command.get_arguments().any(|argument| argument.get_id() == "json");
            *told += usize::from(speaks);
            silent.extend((!speaks).then(|| name.to_owned()));
        }
        for below in command.get_subcommands() {
            walk(below, &format!("{name} {}", below.get_name()), silent, told);
        }
    }

    #[test]
    fn whatever_tells_something_tells_it_as_json_too() {
        let (mut silent, mut told) = (Vec::new(), 0);
        walk(&Cli::command(), "vitrine", &mut silent, &mut told);
        assert!(silent.is_empty() && told > 20, "without --json: {silent:?}");
    }
}
