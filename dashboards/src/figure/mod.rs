//! Pictures as inline SVG, drawn with plotters and coloured by the page's CSS variables, so that they follow
//! its light, dark and print colours.

mod canvas;
mod distribution;
mod forest;
mod glyph;
mod latency;
mod processes;
mod scale;

pub(crate) use distribution::{Clock, distribution};
pub(crate) use forest::{
    Line as ForestLine, Mark as ForestMark, Shape as ForestShape, axis as forest_axis, forest,
};
pub(crate) use glyph::{GlyphScale, glyph};
pub(crate) use latency::latency;
pub(crate) use processes::{Stated, processes};
