//! The statistics against an independent implementation, their properties, and their promises on noise.

mod coverage;
mod latency;
mod oracle;
mod properties;
mod runs;
