use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use bench_schema::Role;

use crate::display::Outcome;

/// A colour of the page. plotters writes a stand-in that no page uses, and [`Canvas::finish`] replaces it by
/// the CSS variable.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Ink {
    Text,
    Muted,
    Rule,
    Band,
    Baseline,
    Candidate,
    Twin,
    Stock,
    Regressed,
    Failed,
    Inconclusive,
    Ok,
    Improved,
    Page,
}

const INKS: [(Ink, &str); 14] = [
    (Ink::Text, "--text"),
    (Ink::Muted, "--muted"),
    (Ink::Rule, "--rule"),
    (Ink::Band, "--band"),
    (Ink::Baseline, "--arm-baseline"),
    (Ink::Candidate, "--arm-candidate"),
    (Ink::Twin, "--arm-twin"),
    (Ink::Stock, "--arm-stock"),
    (Ink::Regressed, "--regressed"),
    (Ink::Failed, "--failed"),
    (Ink::Inconclusive, "--inconclusive"),
    (Ink::Ok, "--ok"),
    (Ink::Improved, "--improved"),
    (Ink::Page, "--page"),
];

impl Ink {
    pub(crate) fn of_role(role: Role) -> Ink {
        match role {
            Role::Baseline => Ink::Baseline,
            Role::Candidate => Ink::Candidate,
            Role::Twin => Ink::Twin,
            Role::Stock => Ink::Stock,
        }
    }

    pub(crate) fn of_outcome(outcome: Outcome) -> Ink {
        match outcome {
            Outcome::Regressed => Ink::Regressed,
            Outcome::Failed => Ink::Failed,
            Outcome::Inconclusive | Outcome::Suspect => Ink::Inconclusive,
            Outcome::Ok => Ink::Ok,
            Outcome::Improved => Ink::Improved,
            Outcome::Informative => Ink::Muted,
        }
    }

    fn stand_in(self) -> RGBColor {
        let index = INKS.iter().position(|(ink, _)| *ink == self).unwrap_or_default();
        RGBColor(254, 1, index as u8)
    }
}

/// Where a text's position lies on it.
#[derive(Clone, Copy)]
pub(crate) enum Align {
    Start,
    Middle,
    End,
}

/// A drawing area in pixels. It draws into a string, which cannot fail, so its methods return nothing.
pub(crate) struct Canvas {
    width: u32,
    height: u32,
    shapes: Vec<Shape>,
}

enum Shape {
    Line { from: (i32, i32), to: (i32, i32), ink: Ink, width: u32 },
    Rect { from: (i32, i32), to: (i32, i32), ink: Ink },
    Path { points: Vec<(i32, i32)>, ink: Ink, width: u32 },
    Area { points: Vec<(i32, i32)>, ink: Ink },
    Dot { at: (i32, i32), radius: u32, ink: Ink, filled: bool },
    Text { at: (i32, i32), text: String, size: u32, ink: Ink, align: Align },
}

impl Canvas {
    pub(crate) fn new(width: u32, height: u32) -> Canvas {
        Canvas { width, height, shapes: Vec::new() }
    }

    pub(crate) fn line(&mut self, from: (i32, i32), to: (i32, i32), ink: Ink, width: u32) {
        self.shapes.push(Shape::Line { from, to, ink, width });
    }

    pub(crate) fn rect(&mut self, from: (i32, i32), to: (i32, i32), ink: Ink) {
        self.shapes.push(Shape::Rect { from, to, ink });
    }

    pub(crate) fn path(&mut self, points: Vec<(i32, i32)>, ink: Ink, width: u32) {
        self.shapes.push(Shape::Path { points, ink, width });
    }

    pub(crate) fn area(&mut self, points: Vec<(i32, i32)>, ink: Ink) {
        self.shapes.push(Shape::Area { points, ink });
    }

    pub(crate) fn dot(&mut self, at: (i32, i32), radius: u32, ink: Ink, filled: bool) {
        self.shapes.push(Shape::Dot { at, radius, ink, filled });
    }

    /// Text centred on `at` vertically.
    pub(crate) fn text(
        &mut self,
        at: (i32, i32),
        text: impl Into<String>,
        size: u32,
        ink: Ink,
        align: Align,
    ) {
        self.shapes.push(Shape::Text { at, text: text.into(), size, ink, align });
    }

    /// The SVG element, named `title` and described by `description` for readers who do not see it.
    pub(crate) fn finish(self, class: &str, title: &str, description: &str) -> String {
        let mut svg = String::new();
        {
            let area = SVGBackend::with_string(&mut svg, (self.width, self.height)).into_drawing_area();
            for shape in &self.shapes {
                draw(&area, shape).expect("drawing into a string does not fail");
            }
            area.present().expect("drawing into a string does not fail");
        }
        for (ink, variable) in INKS {
            let RGBColor(red, green, blue) = ink.stand_in();
            let quoted = format!("\"#{red:02X}{green:02X}{blue:02X}\"");
            svg = svg.replace(&quoted, &format!("\"var({variable})\""));
        }
        let svg = svg.replace(" opacity=\"1\"", "").replace(" font-family=\"sans-serif\"", "");
        let body = svg.split_once('>').map_or("", |(_, body)| body);
        format!(
            "<svg class=\"{class}\" role=\"img\" aria-label=\"{label}\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\"><title>{label}</title><desc>{description}</desc>{body}",
            label = escape(title),
            description = escape(description),
            width = self.width,
            height = self.height,
        )
    }
}

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

fn draw(
    area: &Area<'_>,
    shape: &Shape,
) -> Result<(), DrawingAreaErrorKind<<SVGBackend<'static> as DrawingBackend>::ErrorType>> {
    match shape {
        Shape::Line { from, to, ink, width } => {
            // One segment as a path of two points: plotters has no other element for it.
            area.draw(&PathElement::new([*from, *to], ink.stand_in().stroke_width(*width)))
        }
        Shape::Rect { from, to, ink } => area.draw(&Rectangle::new([*from, *to], ink.stand_in().filled())),
        Shape::Path { points, ink, width } => {
            area.draw(&PathElement::new(points.clone(), ink.stand_in().stroke_width(*width)))
        }
        Shape::Area { points, ink } => area.draw(&Polygon::new(points.clone(), ink.stand_in().filled())),
        Shape::Dot { at, radius, ink, filled } => {
            let style = ShapeStyle { color: ink.stand_in().to_rgba(), filled: *filled, stroke_width: 2 };
            area.draw(&Circle::new(*at, *radius, style))
        }
        Shape::Text { at, text, size, ink, align } => {
            let h_pos = match align {
                Align::Start => HPos::Left,
                Align::Middle => HPos::Center,
                Align::End => HPos::Right,
            };
            // plotters divides sizes by 1.24 on their way to SVG.
            let style = ("sans-serif", f64::from(*size) * 1.24)
                .into_font()
                .color(&ink.stand_in())
                .pos(Pos::new(h_pos, VPos::Center));
            area.draw(&Text::new(text.clone(), *at, style))
        }
    }
}

/// Text as it may stand in an element or in a quoted attribute.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_colour_is_a_variable_of_the_page() {
        let mut canvas = Canvas::new(100, 100);
        for (index, (ink, _)) in INKS.iter().enumerate() {
            canvas.line((0, index as i32), (9, index as i32), *ink, 1);
            canvas.dot((5, 5), 3, *ink, index % 2 == 0);
        }
        let svg = canvas.finish("figure", "t", "d");
        assert!(!svg.contains('#'), "a fixed colour is left in {svg}");
        for (_, variable) in INKS {
            assert!(svg.contains(&format!("\"var({variable})\"")), "{variable} is missing");
        }
    }

    #[test]
    fn texts_are_escaped_everywhere() {
        let mut canvas = Canvas::new(10, 10);
        canvas.text((0, 0), "<script>\"&", 12, Ink::Text, Align::Start);
        let svg = canvas.finish("figure", "\"><script>", "</desc><script>");
        assert!(!svg.contains("<script"), "{svg}");
        assert_eq!(svg.matches("</desc>").count(), 1);
    }
}
