//! Tables for people: no frames, two spaces between columns, cut to the terminal's width where there is one.

use comfy_table::{Cell, Color, ContentArrangement, presets};

use super::style::{Role, Style};

/// A table being filled.
pub struct Table {
    style: Style,
    inner: comfy_table::Table,
}

impl Table {
    /// An empty table under these column titles.
    #[must_use]
    pub fn new(style: Style, titles: &[&str]) -> Self {
        let mut inner = comfy_table::Table::new();
        inner.load_style(presets::NOTHING);
        // Colours were decided by the command line, not by what this crate thinks of the terminal.
        if style.colors {
            inner.enforce_styling();
        } else {
            inner.force_no_tty();
        }
        inner.set_content_arrangement(ContentArrangement::Disabled);
        inner.set_header(titles.iter().map(|title| painted(style, Role::Strong, title)));
        Self { style, inner }
    }

    /// Adds a row of plain texts.
    pub fn row<S: AsRef<str>>(&mut self, cells: &[S]) {
        self.inner.add_row(cells.iter().map(|cell| Cell::new(clean(cell.as_ref()))));
    }

    /// Adds a row whose cells have roles.
    pub fn painted_row(&mut self, cells: &[(Role, &str)]) {
        let style = self.style;
        self.inner.add_row(cells.iter().map(|(role, text)| painted(style, *role, text)));
    }

    /// Its lines, without blanks at their ends.
    #[must_use]
    pub fn lines(mut self) -> Vec<String> {
        for column in self.inner.column_iter_mut() {
            column.set_padding((0, 2));
        }
        self.inner.lines().map(|line| line.trim_end().to_owned()).collect()
    }
}

fn painted(style: Style, role: Role, text: &str) -> Cell {
    let cell = Cell::new(clean(text));
    if !style.colors {
        return cell;
    }
    match role {
        Role::Plain => cell,
        Role::Ok => cell.fg(Color::DarkGreen),
        Role::Fail => cell.fg(Color::DarkRed),
        Role::Wait => cell.fg(Color::DarkYellow),
        Role::Hint => cell.fg(Color::DarkCyan),
        Role::Dim => cell.fg(Color::DarkGrey),
        Role::Strong => cell.add_attribute(comfy_table::Attribute::Bold),
    }
}

/// A cell is one line.
fn clean(text: &str) -> String {
    text.replace(['\n', '\r', '\t'], " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_under_each_other_without_frames() {
        let mut table = Table::new(Style::default(), &["NAME", "STATUS"]);
        table.row(&["hello", "UP"]);
        table.painted_row(&[(Role::Strong, "a longer name"), (Role::Ok, "DOWN\nnow")]);
        assert_eq!(table.lines(), ["NAME           STATUS", "hello          UP", "a longer name  DOWN now"]);
    }
}
