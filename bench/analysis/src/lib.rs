//! Pure statistics: samples to summaries and judgements.
