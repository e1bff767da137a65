package pseudo

import (
	"math"
	"slices"
)

// Distribution sums up the areas of masks.
type Distribution struct {
	N      int     `json:"n"`
	P05    float64 `json:"p05"` // 5 % of the areas are below, by numpy's linear quantile
	P25    float64 `json:"p25"`
	Median float64 `json:"median"`
	P75    float64 `json:"p75"`
	P95    float64 `json:"p95"`
}

// Drift compares the areas of two sets of masks.
type Drift struct {
	Labelled Distribution `json:"labelled"`
	Found    Distribution `json:"found"`
	// KS is the two-sample Kolmogorov-Smirnov statistic: the largest distance
	// between the two parts of areas up to a size, 0 (alike) to 1 (nothing in
	// common); scipy.stats.ks_2samp's. 0 if one of the sets is empty.
	KS float64 `json:"ks"`
}

// NewDrift compares areas of labelled and of found instances, in pixels. It
// sorts both slices.
func NewDrift(labelled, found []int) Drift {
	slices.Sort(labelled)
	slices.Sort(found)
	return Drift{Labelled: distribution(labelled), Found: distribution(found), KS: distance(labelled, found)}
}

func distribution(sorted []int) Distribution {
	q := func(part float64) float64 {
		if len(sorted) == 0 {
			return 0
		}
		at := float64(part * float64(len(sorted)-1))
		i := int(math.Floor(at))
		j := min(i+1, len(sorted)-1)
		a, b := float64(sorted[i]), float64(sorted[j])
		return a + float64((b-a)*(at-float64(i)))
	}
	return Distribution{N: len(sorted), P05: q(0.05), P25: q(0.25), Median: q(0.5), P75: q(0.75), P95: q(0.95)}
}

// distance is the KS statistic of sorted samples.
func distance(a, b []int) float64 {
	if len(a) == 0 || len(b) == 0 {
		return 0
	}
	most := 0.0
	for i, j := 0, 0; i < len(a) && j < len(b); {
		v := min(a[i], b[j])
		for i < len(a) && a[i] == v {
			i++
		}
		for j < len(b) && b[j] == v {
			j++
		}
		most = max(most, math.Abs(float64(i)/float64(len(a))-float64(j)/float64(len(b))))
	}
	return most
}
