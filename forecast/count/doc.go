// Package count forecasts monthly counts (deaths, attacks) of units (countries,
// governorates, actors), 1 to 36 months ahead, as whole distributions. Its noun is
// the Forecaster: one of four plain ones, or the pool.
//
// The pool is a linear combination of five distributions with weights by the
// unit's level: four resample the unit's own past months with half-lives from 2 to
// 40 months and smear them in the logarithm, and one takes what came after the most
// similar months of all units. The pattern is the resampling of own history that
// did well in the ViEWS prediction challenge ("conflictology", Hegre et al. 2025),
// with the memory, the spread and the decay made to fit each level, and stacking
// (Yao et al. 2018, "Using stacking to average Bayesian predictive distributions",
// Bayesian Analysis 13).
//
// All numbers were chosen on UCDP's state-based deaths of 191 countries from 1989
// to 2017 alone. Thirteen rolling origins were used (October of the year before,
// months 3 to 14 ahead, targets 2005 to 2017), each component and the weights of
// each of four classes (still, trace, low, war) judged by the mean of CRPS and of
// the ignorance score over those of a plain resampler, leaving one window out at a
// time; the weights of wars were chosen among seven mixtures on the same windows
// with the interval score, too. Weights are rounded. That the weights run from
// class to class was chosen on the same windows later: it lowers CRPS by 0.2%,
// ignorance by 0.5% and the interval score by 0.4% there, in 11 of 13 windows, and
// has no number of its own. Farther than 14 months ahead the same numbers go on:
// the width grows and the decay continues.
//
// No random number is used. All arithmetic is that of package fpmath, so that
// results are the same on every machine and for any number of threads.
package count
