"""Writes oracle.json: random data sets with the answers of an independent implementation (SciPy and statsmodels).

    python3 -m venv v && v/bin/pip install scipy==1.17.1 statsmodels==0.15.0 && v/bin/python oracle.py

The answers are committed rather than computed in each test run: 200 MB of Python packages would be fetched to yield the
same numbers again, and the test would fail where the network does. Run this again to see that they come out equal.

Estimates are medians of explicitly listed pairs. Intervals invert SciPy's test: an end is where the one-sided
test of a shifted sample stops rejecting. p-values are SciPy's, exact where bench-analysis is exact; with ties,
where SciPy has no exact distribution, all sign patterns or regroupings are listed.
"""

import itertools
import json

import numpy as np
from scipy import stats
from statsmodels.stats.multitest import multipletests

SEED = 20261122
random = np.random.default_rng(SEED)
TAIL = 0.025


def draw(n):
    """Log-ratios as they occur: normal, heavy-tailed, skewed or bimodal, about a few percent wide."""
    shape = random.integers(4)
    if shape == 0:
        values = random.normal(0, 1, n)
    elif shape == 1:
        values = random.standard_t(2, n)
    elif shape == 2:
        values = random.exponential(1, n) - 0.7
    else:
        values = np.where(random.random(n) < 0.3, 4, 0) + random.normal(0, 1, n)
    return 0.03 * values + random.normal(0, 0.02)


def ends(points, rejects_above, rejects_below):
    """The extreme points between which neither one-sided test rejects."""
    between = (points[1:] + points[:-1]) / 2
    low = next((points[i] for i in range(len(between)) if not rejects_below(between[i])), points[-1])
    high = next((points[i + 1] for i in range(len(between) - 1, -1, -1) if not rejects_above(between[i])), points[0])
    return low, high


def one_sample(n):
    values = draw(n)
    walsh = np.sort([(values[i] + values[j]) / 2 for i in range(n) for j in range(i, n)])
    how = {"method": "exact"} if n <= 50 else {"method": "asymptotic", "correction": True}

    def p(theta, alternative):
        return stats.wilcoxon(values - theta, alternative=alternative, **how).pvalue

    low, high = ends(walsh, lambda t: p(t, "less") <= TAIL, lambda t: p(t, "greater") <= TAIL)
    return {"values": values.tolist(), "estimate": np.median(walsh), "low": low, "high": high,
            "p": p(0, "two-sided")}


def one_sample_ties(n):
    """Rounded to a grid, so that ties and zeros abound; all 2^n sign patterns are listed."""
    values = np.round(draw(n), 2)
    kept = values[values != 0]
    ranks = stats.rankdata(np.abs(kept))
    observed = ranks[kept > 0].sum()
    sums = np.array([np.dot(ranks, signs) for signs in itertools.product([0, 1], repeat=len(kept))])
    p = 2 * min((sums <= observed + 1e-9).mean(), (sums >= observed - 1e-9).mean())
    return {"values": values.tolist(), "p": min(p, 1.0)}


def two_samples(m, n):
    now, earlier = draw(m), draw(n)
    differences = np.sort(np.subtract.outer(now, earlier).ravel())
    how = {"method": "exact"} if max(m, n) <= 40 else {"method": "asymptotic", "use_continuity": True}

    def p(theta, alternative):
        return stats.mannwhitneyu(now - theta, earlier, alternative=alternative, **how).pvalue

    low, high = ends(differences, lambda t: p(t, "less") <= TAIL, lambda t: p(t, "greater") <= TAIL)
    return {"now": now.tolist(), "earlier": earlier.tolist(), "estimate": np.median(differences), "low": low,
            "high": high, "p": p(0, "two-sided")}


def two_samples_ties(m, n):
    now, earlier = np.round(draw(m), 2), np.round(draw(n), 2)
    ranks = stats.rankdata(np.concatenate([now, earlier]))
    observed = ranks[:m].sum()
    sums = np.array([sum(group) for group in itertools.combinations(ranks, m)])
    p = 2 * min((sums <= observed + 1e-9).mean(), (sums >= observed - 1e-9).mean())
    return {"now": now.tolist(), "earlier": earlier.tolist(), "p": min(p, 1.0)}


def one_sample_ties_normal(n):
    """As above, of so many values that the normal approximation is used: its variance is corrected for ties."""
    values = np.round(draw(n), 2)
    p = stats.wilcoxon(values, zero_method="wilcox", method="asymptotic", correction=True).pvalue
    return {"values": values.tolist(), "p": p}


def adjusted(n):
    p_values = np.where(random.random(n) < 0.3, random.random(n) * 0.01, random.random(n))
    return {"p_values": p_values.tolist(), "holm": multipletests(p_values, method="holm")[1].tolist(),
            "benjamini_hochberg": stats.false_discovery_control(p_values).tolist()}


def rate(successes, trials):
    ends = stats.binomtest(successes, trials).proportion_ci(confidence_level=0.95, method="exact")
    return {"successes": successes, "trials": trials, "low": ends.low, "high": ends.high}


class SplitMix64:
    """The generator of the bootstrap, so that both draw the same: then its ends are equal, not merely alike."""

    def __init__(self, seed):
        self.state = seed

    def below(self, bound):
        mask = 2**64 - 1
        self.state = (self.state + 0x9E3779B97F4A7C15) & mask
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
        return ((z ^ (z >> 31)) * bound) >> 64


def bootstrapped(n, rounds, seed):
    processes = [draw(rounds) for _ in range(n)]
    generator = SplitMix64(seed)
    estimates = []
    for _ in range(200):
        logs = []
        for _ in range(n):
            chosen = processes[generator.below(n)]
            logs.append(np.median([chosen[generator.below(rounds)] for _ in range(rounds)]))
        estimates.append(np.median([(logs[i] + logs[j]) / 2 for i in range(n) for j in range(i, n)]))
    return {"processes": [process.tolist() for process in processes], "resamples": 200, "seed": seed,
            "low": np.quantile(estimates, 0.025, method="lower"), "high": np.quantile(estimates, 0.975, method="higher")}


oracle = {
    "seed": SEED,
    "one_sample": [one_sample(n) for n in [*range(6, 51), 51, 55, 60, 64, 80]],
    "one_sample_ties": [one_sample_ties(n) for n in [5, 6, 7, 8, 9, 10, 11, 12, 13, 14]],
    "two_samples": [two_samples(m, n) for m, n in
                    [(4, 4), (5, 5), (6, 6), (6, 8), (8, 6), (8, 8), (8, 12), (12, 8), (12, 12), (18, 8), (18, 12),
                     (18, 18), (27, 8), (27, 18), (27, 27), (40, 8), (40, 27), (40, 40), (8, 40), (60, 8), (60, 60),
                     (41, 12), (80, 40), (80, 80), (7, 9), (9, 7), (10, 10), (11, 13), (15, 14), (20, 20)]],
    "two_samples_ties": [two_samples_ties(m, n) for m, n in
                         [(4, 4), (4, 6), (5, 5), (6, 4), (6, 6), (5, 8), (7, 7), (8, 4), (8, 6), (6, 8)]],
    "one_sample_ties_normal": [one_sample_ties_normal(n) for n in [75, 80, 90, 100, 110, 120, 150, 200, 250, 300]],
    "adjusted": [adjusted(n) for n in [1, 2, 3, 5, 8, 13, 21, 34, 55, 132]],
    "rates": [rate(x, n) for x, n in [(0, 20), (0, 80), (1, 80), (2, 80), (5, 40), (20, 20), (159, 160), (1, 1), (3, 7),
                                      (500, 1000)]],
    "bootstrapped": [bootstrapped(n, rounds, seed) for n, rounds, seed in
                     [(6, 8, 1), (8, 8, 2), (8, 20, 3), (12, 8, 4), (12, 60, 5), (18, 8, 6), (27, 8, 7), (6, 1, 8), (1, 8, 9),
                      (9, 9, 10)]],
}
with open("oracle.json", "w", encoding="utf-8") as file:
    json.dump(oracle, file, indent=None, separators=(",", ":"))
    file.write("\n")
