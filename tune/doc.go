// Package tune searches for fusion settings, and judges them on tiles that the search has
// not seen.
//
// A [Space] lists the values of the options of package pseudo that are tried. A [Bench] holds
// the models' predictions on tiles with known ground truth; it scores many settings, and
// keeps what does not change between them. Its scores are those that package eval computes of
// what package pseudo makes, to the last bit. [Search] divides the tiles into folds. For each
// fold it chooses a setting by the tiles of the other folds, and scores it on those of the
// fold: the unseen score of its [Result]. The setting chosen by all tiles comes with a score
// that is too good, by as much as the search chose by chance.
//
// Everything random comes from a seed. The result does not depend on the number of workers.
package tune
