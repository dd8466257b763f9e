//! From values to pixels, and the round numbers that an axis names.

/// A linear or logarithmic axis.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scale {
    low: f64,
    high: f64,
    start: i32,
    end: i32,
    logarithmic: bool,
}

impl Scale {
    /// `low..=high` onto `start..=end`; a domain without extent is widened around its value.
    pub(crate) fn linear(low: f64, high: f64, start: i32, end: i32) -> Scale {
        let (low, high) = if high > low { (low, high) } else { (low - 0.5, low + 0.5) };
        Scale { low, high, start, end, logarithmic: false }
    }

    /// The logarithms of `low..=high`, both above 0, onto `start..=end`.
    pub(crate) fn logarithmic(low: f64, high: f64, start: i32, end: i32) -> Scale {
        let low = low.max(f64::MIN_POSITIVE);
        let (low, high) = if high > low { (low, high) } else { (low / 1.1, low * 1.1) };
        Scale { low: low.ln(), high: high.ln(), start, end, logarithmic: true }
    }

    /// The pixel of `value`, clamped to the axis.
    pub(crate) fn at(&self, value: f64) -> i32 {
        let value = if self.logarithmic { value.max(f64::MIN_POSITIVE).ln() } else { value };
        let share = ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0);
        self.start + (share * f64::from(self.end - self.start)).round() as i32
    }

    /// Whether `value` is on the axis.
    pub(crate) fn contains(&self, value: f64) -> bool {
        let value = if self.logarithmic { value.max(f64::MIN_POSITIVE).ln() } else { value };
        // Pixels are rounded, so the ends may be missed by as little.
        let slack = (self.high - self.low) * 1e-6;
        value >= self.low - slack && value <= self.high + slack
    }
}

/// Ratios that axes name; those within a domain, thinned until neighbours are `gap` pixels apart.
pub(crate) fn ratio_ticks(scale: &Scale, gap: i32) -> Vec<(f64, String)> {
    // 1 first, then coarse before fine: a tick that is too near one already there is left out.
    const CANDIDATES: [f64; 27] = [
        1.0, 0.5, 2.0, 0.25, 4.0, 0.1, 10.0, 0.01, 100.0, 0.75, 1.5, 3.0, 0.05, 20.0, 0.9, 1.1, 1.25, 0.8,
        0.6, 0.4, 0.3, 0.2, 1.05, 0.95, 0.98, 1.02, 5.0,
    ];
    let mut ticks: Vec<f64> = Vec::new();
    for candidate in CANDIDATES {
        let near = ticks.iter().any(|tick| (scale.at(*tick) - scale.at(candidate)).abs() < gap);
        if scale.contains(candidate) && !near {
            ticks.push(candidate);
        }
    }
    ticks.sort_by(f64::total_cmp);
    ticks.into_iter().map(|tick| (tick, format!("{tick}×"))).collect()
}

/// About `wanted` round numbers within `low..=high`.
pub(crate) fn round_ticks(low: f64, high: f64, wanted: u32) -> Vec<f64> {
    let extent = high - low;
    if !extent.is_finite() || extent <= 0.0 || wanted == 0 {
        return vec![low];
    }
    let rough = extent / f64::from(wanted);
    let power = 10_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|step| step * power).find(|step| *step >= rough);
    let step = step.unwrap_or(10.0 * power);
    let first = (low / step).ceil() as i64;
    let last = (high / step).floor() as i64;
    (first..=last).map(|index| index as f64 * step).collect()
}

/// 1, 2 and 5 times the powers of ten within `low..=high`, or the powers alone when those are many.
pub(crate) fn decade_ticks(low: f64, high: f64) -> Vec<f64> {
    let steps: &[f64] = if high / low > 200.0 { &[1.0] } else { &[1.0, 2.0, 5.0] };
    let (first, last) = (low.log10().floor() as i32, high.log10().ceil() as i32);
    let all = (first..=last).flat_map(|power| steps.iter().map(move |step| step * 10_f64.powi(power)));
    all.filter(|tick| *tick >= low && *tick <= high).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_keeps_values_inside() {
        let scale = Scale::logarithmic(0.5, 2.0, 0, 100);
        assert_eq!((scale.at(0.5), scale.at(1.0), scale.at(2.0), scale.at(50.0)), (0, 50, 100, 100));
        assert!(scale.contains(0.5) && scale.contains(2.0) && !scale.contains(2.1));
    }

    #[test]
    fn a_domain_without_extent_still_has_a_place() {
        assert_eq!(Scale::linear(3.0, 3.0, 0, 100).at(3.0), 50);
        assert_eq!(Scale::logarithmic(1.0, 1.0, 0, 100).at(1.0), 50);
    }

    #[test]
    fn ticks_are_round_and_apart() {
        assert_eq!(round_ticks(0.0, 10.0, 5), [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]);
        assert_eq!(decade_ticks(900.0, 6000.0), [1000.0, 2000.0, 5000.0]);
        let scale = Scale::logarithmic(0.25, 4.0, 0, 400);
        let ticks = ratio_ticks(&scale, 40);
        assert!(ticks.iter().any(|(value, _)| (*value - 1.0).abs() < 1e-9));
        assert!(ticks.windows(2).all(|pair| scale.at(pair[1].0) - scale.at(pair[0].0) >= 40));
    }
}
