//! Definition and host to interleaved samples.
