//! Puts a tree together from what a reader meets: parts that open and close, not always in order.

use super::tree::{Block, Inline, Style, Target, normal_line};

/// How deep parts nest; what is deeper loses its structure and keeps its text.
const MAX_DEPTH: usize = 32;

/// A part that holds blocks, or parts of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Root,
    List { ordered: bool },
    Item,
    Quote,
    Table,
    Row,
    Cell,
}

impl Part {
    /// Whether an end tag of `other` closes this part.
    fn is_like(self, other: Part) -> bool {
        std::mem::discriminant(&self) == std::mem::discriminant(&other)
    }
}

/// A run within a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Run {
    Styled(Style),
    Code,
    Link(Target),
    /// A link that leads nowhere.
    Unlinked,
}

impl Run {
    fn is_like(&self, other: &Run) -> bool {
        match (self, other) {
            (Run::Styled(one), Run::Styled(two)) => one == two,
            (Run::Link(_) | Run::Unlinked, Run::Link(_) | Run::Unlinked) => true,
            (one, two) => one == two,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line {
    Paragraph,
    Heading(u8),
}

struct Open {
    part: Part,
    blocks: Vec<Block>,
    items: Vec<Vec<Block>>,
    rows: Vec<Vec<Vec<Inline>>>,
    cells: Vec<Vec<Inline>>,
}

impl Open {
    fn new(part: Part) -> Self {
        Self { part, blocks: Vec::new(), items: Vec::new(), rows: Vec::new(), cells: Vec::new() }
    }
}

pub(super) struct Builder {
    parts: Vec<Open>,
    /// Parts too deep to keep.
    ignored: usize,
    line: Line,
    /// The runs that are open, the line itself first.
    runs: Vec<(Option<Run>, Vec<Inline>)>,
}

impl Builder {
    pub fn new() -> Self {
        Self { parts: vec![Open::new(Part::Root)], ignored: 0, line: Line::Paragraph, runs: vec![(None, Vec::new())] }
    }

    pub fn finish(mut self) -> Vec<Block> {
        self.end_line();
        while self.parts.len() > 1 {
            self.pop();
        }
        self.parts.pop().map(|root| root.blocks).unwrap_or_default()
    }

    /// Whether no list, quote or table is open.
    pub fn is_at_root(&self) -> bool {
        self.parts.len() == 1
    }

    /// Ends the line in hand and begins another one.
    pub fn start_line(&mut self, line: Line) {
        self.end_line();
        self.line = line;
    }

    /// Puts the line in hand away. Runs that are open go on in the next one.
    pub fn end_line(&mut self) {
        let mut open = Vec::new();
        while self.runs.len() > 1 {
            open.extend(self.close_innermost());
        }
        let line = normal_line(std::mem::take(&mut self.runs[0].1));
        let kind = std::mem::replace(&mut self.line, Line::Paragraph);
        if !line.is_empty() {
            self.block(match kind {
                Line::Paragraph => Block::Paragraph(line),
                Line::Heading(level) => Block::Heading(level, line),
            });
        }
        self.runs.extend(open.into_iter().rev().map(|run| (Some(run), Vec::new())));
    }

    /// Adds a whole block; the line in hand must have ended.
    pub fn block(&mut self, block: Block) {
        if let Some(open) = self.parts.last_mut() {
            match open.part {
                // A list or row takes items and cells only; what stands between them becomes one.
                Part::List { .. } => open.items.push(vec![block]),
                _ => open.blocks.push(block),
            }
        }
    }

    pub fn open(&mut self, part: Part) {
        self.end_line();
        if self.parts.len() >= MAX_DEPTH {
            self.ignored += 1;
            return;
        }
        self.parts.push(Open::new(part));
    }

    /// Closes the innermost part of that kind, and what is open in it.
    pub fn close(&mut self, part: Part) {
        self.end_line();
        if self.ignored > 0 {
            self.ignored -= 1;
            return;
        }
        let Some(at) = self.parts.iter().rposition(|open| open.part.is_like(part)).filter(|at| *at > 0) else { return };
        while self.parts.len() > at {
            self.pop();
        }
    }

    /// Closes an item that its list did not close.
    pub fn close_within(&mut self, part: Part, barrier: Part) {
        let open = self.parts.iter().rposition(|open| open.part.is_like(part));
        let wall = self.parts.iter().rposition(|open| open.part.is_like(barrier));
        if open > wall {
            self.close(part);
        }
    }

    fn pop(&mut self) {
        let Some(closed) = self.parts.pop() else { return };
        let Some(parent) = self.parts.last_mut() else { return };
        let Open { part, blocks, items, rows, cells } = closed;
        match part {
            Part::Item if blocks.is_empty() => {}
            Part::Item if matches!(parent.part, Part::List { .. }) => parent.items.push(blocks),
            Part::List { ordered } if !items.is_empty() => {
                let list = Block::List { ordered, items };
                match parent.part {
                    Part::List { .. } => match parent.items.last_mut() {
                        Some(item) => item.push(list),
                        None => parent.items.push(vec![list]),
                    },
                    _ => parent.blocks.push(list),
                }
            }
            Part::Quote if !blocks.is_empty() => {
                let quote = Block::Quote(blocks);
                self.block(quote);
            }
            Part::Cell if parent.part == Part::Row => parent.cells.push(one_line(blocks)),
            Part::Row if parent.part == Part::Table => parent.rows.extend((!cells.is_empty()).then_some(cells)),
            Part::Table if !rows.is_empty() => {
                // A caption stands before its table.
                for block in blocks.into_iter().chain([Block::Table(rows)]) {
                    self.block(block);
                }
            }
            _ => {
                for block in blocks {
                    self.block(block);
                }
            }
        }
    }

    pub fn text(&mut self, text: &str) {
        self.inline(Inline::Text(text.to_owned()));
    }

    pub fn inline(&mut self, inline: Inline) {
        if let Some((_, line)) = self.runs.last_mut() {
            line.push(inline);
        }
    }

    pub fn start_run(&mut self, run: Run) {
        if self.runs.len() < MAX_DEPTH {
            self.runs.push((Some(run), Vec::new()));
        }
    }

    /// Ends the innermost run of that kind; runs that are open in it go on behind it.
    pub fn end_run(&mut self, run: &Run) {
        let is_like = |open: &Option<Run>| open.as_ref().is_some_and(|open| open.is_like(run));
        let Some(at) = self.runs.iter().rposition(|(open, _)| is_like(open)) else { return };
        let mut inner = Vec::new();
        while self.runs.len() > at + 1 {
            inner.extend(self.close_innermost());
        }
        self.close_innermost();
        self.runs.extend(inner.into_iter().rev().map(|run| (Some(run), Vec::new())));
    }

    fn close_innermost(&mut self) -> Option<Run> {
        let (run, line) = self.runs.pop()?;
        let run = run?;
        match &run {
            Run::Styled(style) => self.inline(Inline::Styled(*style, line)),
            Run::Code => coded(line).into_iter().for_each(|inline| self.inline(inline)),
            Run::Link(target) => self.inline(Inline::Link(target.clone(), line)),
            Run::Unlinked => line.into_iter().for_each(|inline| self.inline(inline)),
        }
        Some(run)
    }
}

/// A line whose words are code: code has no styles.
fn coded(line: Vec<Inline>) -> Vec<Inline> {
    let mut out = Vec::with_capacity(line.len());
    for inline in line {
        match inline {
            Inline::Text(text) => out.push(Inline::Code(text)),
            Inline::Styled(_, inner) => out.extend(coded(inner)),
            Inline::Link(target, inner) => out.push(Inline::Link(target, coded(inner))),
            other => out.push(other),
        }
    }
    out
}

/// Blocks of a table's cell as the one line that it can hold.
fn one_line(blocks: Vec<Block>) -> Vec<Inline> {
    let mut line = Vec::new();
    let mut add = |part: Vec<Inline>| {
        if !line.is_empty() {
            line.push(Inline::Break);
        }
        line.extend(part);
    };
    for block in blocks {
        match block {
            Block::Paragraph(part) | Block::Heading(_, part) => add(part),
            Block::Code { text, .. } => add(vec![Inline::Code(text)]),
            Block::Quote(inner) => add(one_line(inner)),
            Block::List { items, .. } => items.into_iter().for_each(|item| add(one_line(item))),
            Block::Table(rows) => rows.into_iter().flatten().for_each(&mut add),
            Block::Rule => {}
        }
    }
    normal_line(line)
}
