//! Criterion benchmarks of the ports' cores.
