//! Reports drawn from verdicts.
