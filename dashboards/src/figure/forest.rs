use super::canvas::{Align, Canvas, Ink};
use super::scale::{Scale, ratio_ticks};
use crate::display::{self, Outcome};

const WIDTH: i32 = 980;
const LEFT: i32 = 290;
const RIGHT: i32 = 800;
const TOP: i32 = 46;
const BOTTOM: i32 = 34;
const MARK_HEIGHT: i32 = 17;
const LINE_GAP: i32 = 9;

/// One benchmark and metric: a mark a level and variant.
pub(crate) struct Line {
    pub(crate) label: String,
    pub(crate) metric: &'static str,
    pub(crate) marks: Vec<Mark>,
}

/// An interval, or the absence of one.
pub(crate) struct Mark {
    pub(crate) shape: Shape,
    pub(crate) ratio: Option<f64>,
    pub(crate) low: f64,
    pub(crate) high: f64,
    pub(crate) margin: f64,
    pub(crate) outcome: Outcome,
}

/// What a mark looks like, so that levels and variants are told apart without colour.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Shape {
    /// Level binding: a dot.
    Binding,
    /// Level public: a square.
    Public,
    /// A port with features: a diamond.
    Featured,
}

/// Ratios with their intervals, one line a benchmark, on a logarithmic axis. Levels and variants differ by the mark's
/// shape, verdicts by colour and by the word at the right.
pub(crate) fn forest(lines: &[Line], scale: Scale, host: &str, title: &str, description: &str) -> String {
    let heights: Vec<i32> =
        lines.iter().map(|line| line.marks.len().max(1) as i32 * MARK_HEIGHT + LINE_GAP).collect();
    let body: i32 = heights.iter().sum();
    let height = TOP + body + BOTTOM;
    let mut canvas = Canvas::new(WIDTH as u32, height as u32);

    // Bands first, so that they lie behind the axis; a line has one band, of its first level.
    let mut y = TOP;
    for (line, height) in lines.iter().zip(&heights) {
        if let Some(mark) = line.marks.first() {
            let (from, to) = (scale.at(1.0 / (1.0 + mark.margin)), scale.at(1.0 + mark.margin));
            canvas.rect((from, y), (to, y + height), Ink::Band);
        }
        y += height;
    }
    for (value, label) in ratio_ticks(&scale, 36) {
        let x = scale.at(value);
        let (ink, width) = if (value - 1.0).abs() < 1e-9 { (Ink::Text, 1) } else { (Ink::Rule, 1) };
        canvas.line((x, TOP - 8), (x, TOP + body), ink, width);
        canvas.text((x, TOP - 18), label.clone(), 12, Ink::Muted, Align::Middle);
        canvas.text((x, TOP + body + 12), label, 12, Ink::Muted, Align::Middle);
    }
    let featured = lines.iter().flat_map(|line| &line.marks).any(|mark| mark.shape == Shape::Featured);
    legend(&mut canvas, host, featured);

    let mut y = TOP;
    for (line, height) in lines.iter().zip(&heights) {
        let middle = y + (height - LINE_GAP) / 2;
        canvas.text((LEFT - 78, middle), clipped(&line.label, 32), 13, Ink::Text, Align::End);
        canvas.text((LEFT - 70, middle), line.metric, 11, Ink::Muted, Align::Start);
        for (index, mark) in line.marks.iter().enumerate() {
            draw_mark(&mut canvas, &scale, mark, y + index as i32 * MARK_HEIGHT + MARK_HEIGHT / 2);
        }
        y += height;
    }
    canvas.finish("figure forest", title, description)
}

/// An axis that holds all of `marks`. A mark beyond it is drawn as an arrow.
pub(crate) fn axis(marks: &[Mark]) -> Scale {
    let mut reach: f64 = 1.15;
    let mut down: f64 = 1.15;
    for mark in marks.iter().filter(|mark| mark.ratio.is_some()) {
        if mark.high.is_finite() {
            reach = reach.max(mark.high * 1.03);
        }
        if mark.low.is_finite() && mark.low > 0.0 {
            down = down.max(1.03 / mark.low);
        }
    }
    // Beyond a factor of 50 the axis would flatten all the others.
    Scale::logarithmic(1.0 / down.min(50.0), reach.min(50.0), LEFT, RIGHT)
}

fn legend(canvas: &mut Canvas, host: &str, featured: bool) {
    let y = 10;
    canvas.text((0, y), clipped(host, 32), 13, Ink::Text, Align::Start);
    canvas.text((LEFT, y), "◄ candidate cheaper", 12, Ink::Muted, Align::Start);
    canvas.text((RIGHT, y), "candidate dearer ►", 12, Ink::Muted, Align::End);
    canvas.dot((RIGHT + 22, y), 4, Ink::Muted, true);
    canvas.text((RIGHT + 32, y), "binding", 12, Ink::Muted, Align::Start);
    square(canvas, (RIGHT + 100, y), Ink::Muted);
    canvas.text((RIGHT + 110, y), "public", 12, Ink::Muted, Align::Start);
    if featured {
        diamond(canvas, (RIGHT + 22, y + 17), Ink::Muted);
        canvas.text((RIGHT + 32, y + 17), "public, with a feature", 12, Ink::Muted, Align::Start);
    }
}

fn diamond(canvas: &mut Canvas, (x, y): (i32, i32), ink: Ink) {
    canvas.area(vec![(x - 6, y), (x, y - 6), (x + 6, y), (x, y + 6)], ink);
}

fn square(canvas: &mut Canvas, (x, y): (i32, i32), ink: Ink) {
    canvas.rect((x - 4, y - 4), (x + 4, y + 4), Ink::Page);
    let corners = vec![(x - 4, y - 4), (x + 4, y - 4), (x + 4, y + 4), (x - 4, y + 4), (x - 4, y - 5)];
    canvas.path(corners, ink, 2);
}

fn draw_mark(canvas: &mut Canvas, scale: &Scale, mark: &Mark, y: i32) {
    let ink = Ink::of_outcome(mark.outcome);
    let verdict = format!("{} {}", mark.outcome.sign(), mark.outcome.word());
    canvas.text((RIGHT + 70, y), verdict.trim(), 12, ink, Align::Start);
    let Some(ratio) = mark.ratio else {
        canvas.text((RIGHT + 58, y), display::NONE, 12, Ink::Muted, Align::End);
        return;
    };
    canvas.text((RIGHT + 58, y), display::ratio(Some(ratio)), 12, Ink::Text, Align::End);
    let (from, to) = (scale.at(mark.low), scale.at(mark.high));
    canvas.line((from, y), (to, y), ink, 2);
    for (value, x) in [(mark.low, from), (mark.high, to)] {
        // An end outside the axis has no cap: the line runs on.
        if scale.contains(value) {
            canvas.line((x, y - 4), (x, y + 4), ink, 1);
        }
    }
    if !scale.contains(ratio) {
        let (tip, base) = if ratio < 1.0 { (LEFT, LEFT + 9) } else { (RIGHT, RIGHT - 9) };
        canvas.area(vec![(tip, y), (base, y - 5), (base, y + 5)], ink);
        return;
    }
    match mark.shape {
        Shape::Binding => canvas.dot((scale.at(ratio), y), 4, ink, true),
        Shape::Public => square(canvas, (scale.at(ratio), y), ink),
        Shape::Featured => diamond(canvas, (scale.at(ratio), y), ink),
    }
}

fn clipped(text: &str, characters: usize) -> String {
    if text.chars().count() <= characters {
        return text.to_owned();
    }
    let kept: String = text.chars().take(characters - 1).collect();
    format!("{kept}…")
}
