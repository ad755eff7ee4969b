//! Asking for a password at a terminal, which does not show what is typed.

use std::io::{BufRead as _, Read as _, StdinLock, Write as _};

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

/// Longest line that is read for a password, in bytes.
const MAX_LINE_BYTES: u64 = 8192;

/// A terminal that shows nothing until this is dropped; the end of the line it does show.
struct Quiet {
    before: Termios,
}

impl Quiet {
    fn begin(input: &StdinLock<'_>) -> rustix::io::Result<Self> {
        let before = tcgetattr(input)?;
        let mut quiet = before.clone();
        quiet.local_modes.remove(LocalModes::ECHO);
        quiet.local_modes.insert(LocalModes::ECHONL);
        // What was typed ahead was shown already: it is no password.
        tcsetattr(input, OptionalActions::Flush, &quiet)?;
        Ok(Self { before })
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        // There is no terminal any more when this fails.
        let _ = tcsetattr(std::io::stdin(), OptionalActions::Flush, &self.before);
    }
}

/// Asks for a password on standard error, and reads it from the terminal.
pub(super) fn password(input: &mut StdinLock<'_>) -> std::io::Result<String> {
    let quiet = Quiet::begin(input)?;
    eprint!("Password: ");
    std::io::stderr().flush()?;
    let mut line = String::new();
    input.take(MAX_LINE_BYTES).read_line(&mut line)?;
    drop(quiet);
    Ok(line.trim_end_matches(['\n', '\r']).to_owned())
}
