//! What other tools really wrote (recorded with the versions in the files' names) is read; what portlab writes is
//! read back by independent readers of the formats.

mod exporting;
mod importing;
