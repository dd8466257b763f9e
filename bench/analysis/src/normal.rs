use statrs::distribution::{ContinuousCDF, Normal};

/// P(Z <= z) of the standard normal distribution.
pub(crate) fn cdf(z: f64) -> f64 {
    Normal::standard().cdf(z)
}

/// The z with P(Z <= z) = p.
pub(crate) fn quantile(p: f64) -> f64 {
    Normal::standard().inverse_cdf(p)
}
