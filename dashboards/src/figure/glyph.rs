use std::fmt::Write as _;

use bench_schema::Row;

use super::scale::Scale;
use crate::display::Outcome;

const WIDTH: i32 = 74;
const HEIGHT: i32 = 16;

/// The axis that all glyphs of a table share, so that they compare by eye.
#[derive(Clone, Copy)]
pub(crate) struct GlyphScale {
    scale: Scale,
}

impl GlyphScale {
    /// Wide enough for `rows` on either side of 1, but no wider than a factor of 1.4, beyond which effects
    /// near the margin would vanish; what lies outside is drawn as an arrow.
    pub(crate) fn over<'a>(rows: impl Iterator<Item = &'a Row>) -> GlyphScale {
        let (mut below, mut above): (f64, f64) = (1.0, 1.0);
        for ratio in rows.filter_map(|row| row.ratio).filter(|ratio| ratio.is_finite() && *ratio > 0.0) {
            below = below.max(1.04 / ratio);
            above = above.max(1.04 * ratio);
        }
        let (below, above) = (below.clamp(1.12, 1.4), above.clamp(1.12, 1.4));
        GlyphScale { scale: Scale::logarithmic(1.0 / below, above, 2, WIDTH - 2) }
    }
}

/// A row's interval as a small picture beside its numbers, which say the same: hidden from screen readers.
pub(crate) fn glyph(row: &Row, scale: &GlyphScale) -> String {
    let scale = &scale.scale;
    let Some(ratio) = row.ratio.filter(|ratio| ratio.is_finite() && *ratio > 0.0) else {
        return String::new();
    };
    let (low, high) = (row.low.unwrap_or(ratio), row.high.unwrap_or(ratio));
    let middle = HEIGHT / 2;
    let (left, right) = (scale.at(1.0 / (1.0 + row.margin)), scale.at(1.0 + row.margin));
    let one = scale.at(1.0);
    let mut out = format!(
        "<svg class=\"glyph {word}\" aria-hidden=\"true\" width=\"{WIDTH}\" height=\"{HEIGHT}\" viewBox=\"0 0 {WIDTH} {HEIGHT}\"><rect class=\"margin\" x=\"{left}\" y=\"0\" width=\"{extent}\" height=\"{HEIGHT}\"/><path class=\"one\" d=\"M{one} 0V{HEIGHT}\"/>",
        word = Outcome::of(row).word(),
        extent = (right - left).max(1),
    );
    let (from, to) = (scale.at(low), scale.at(high));
    let (top, bottom) = (middle - 3, middle + 3);
    // Caps nearer than the dot is wide would only smudge it.
    let caps =
        if to - from > 6 { format!("M{from} {top}V{bottom}M{to} {top}V{bottom}") } else { String::new() };
    // Writing to a string does not fail.
    let _ = if scale.contains(ratio) {
        write!(
            out,
            "<path class=\"interval\" d=\"M{from} {middle}H{to}{caps}\"/><circle class=\"estimate\" cx=\"{at}\" cy=\"{middle}\" r=\"2.5\"/>",
            at = scale.at(ratio),
        )
    } else {
        let (tip, base) = if ratio < 1.0 { (1, 8) } else { (WIDTH - 1, WIDTH - 8) };
        write!(
            out,
            "<path class=\"estimate\" d=\"M{tip} {middle}L{base} {top}V{bottom}Z\"/><path class=\"interval\" d=\"M{base} {middle}H{one}\"/>",
            top = middle - 4,
            bottom = middle + 4,
        )
    };
    out.push_str("</svg>");
    out
}
