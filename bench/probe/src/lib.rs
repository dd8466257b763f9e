//! Clocks and counters inside the host.
