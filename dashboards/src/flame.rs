//! Where the instructions of an arm go, as a picture.

use std::collections::BTreeMap;

use inferno::flamegraph::{self, Options};

/// Why there is no picture.
#[derive(Debug, thiserror::Error)]
pub enum FlameError {
    /// The stacks could not be drawn.
    #[error("the flame graph could not be drawn: {0}")]
    Draw(String),
}

/// A flame graph as SVG: `stacks` are instructions by stack, outermost function first, separated by semicolons.
///
/// Frames are sorted by name, so that the pictures of two arms can be laid side by side.
///
/// # Errors
/// When there is no stack.
pub fn flame_graph(title: &str, stacks: &BTreeMap<String, u64>) -> Result<String, FlameError> {
    let lines: Vec<String> = stacks
        .iter()
        .filter(|(_, count)| **count > 0)
        .map(|(stack, count)| format!("{stack} {count}"))
        .collect();
    let mut options = Options::default();
    title.clone_into(&mut options.title);
    "instructions".clone_into(&mut options.count_name);
    // Colours by name: the same function looks the same in both arms.
    options.hash = true;
    let mut svg = Vec::new();
    flamegraph::from_lines(&mut options, lines.iter().map(String::as_str), &mut svg)
        .map_err(|error| FlameError::Draw(error.to_string()))?;
    String::from_utf8(svg).map_err(|error| FlameError::Draw(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_function_is_in_the_picture() {
        let stacks = [("[JavaScript];stat;statx".to_owned(), 900), ("[JavaScript];stat".to_owned(), 100)];
        let svg = flame_graph("fs/stat <baseline>", &BTreeMap::from(stacks)).expect("it can be drawn");
        for text in ["<svg", "fs/stat &lt;baseline&gt;", "statx (900 instructions, 90.00%)"] {
            assert!(svg.contains(text), "{text} is not in {svg}");
        }
    }

    #[test]
    fn nothing_is_no_picture() {
        assert!(flame_graph("nothing", &BTreeMap::new()).is_err());
    }
}
