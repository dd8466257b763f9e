//! The only owner of the result format.
