"""Writes oracle.json: random data sets with the answers of an independent implementation (SciPy and NumPy).

    python3 -m venv v && v/bin/pip install scipy==1.17.1 && v/bin/python oracle.py

Estimates are medians of explicitly listed pairs. Intervals invert SciPy's test: an end is where the one-sided
test of a shifted sample stops rejecting. p-values are SciPy's, exact where bench-analysis is exact; with ties,
where SciPy has no exact distribution, all sign patterns or regroupings are listed.
"""

import itertools
import json

import numpy as np
from scipy import stats

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
}
with open("oracle.json", "w", encoding="utf-8") as file:
    json.dump(oracle, file, indent=None, separators=(",", ":"))
    file.write("\n")
