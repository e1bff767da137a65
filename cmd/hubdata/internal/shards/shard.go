// Package shards is work in shares: ranges of the images, each for a run of its own, and the manifests by which the
// results of these runs are known to be all of one whole.
package shards

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/urfave/cli/v2"
)

// A Shard is one of some ranges of the images, which together are all of them. The zero Shard is all images.
type Shard struct {
	I  int `json:"i,omitempty"` // from 1 to Of
	Of int `json:"of,omitempty"`
}

// String is the shard as --shard has it.
func (s Shard) String() string { return fmt.Sprintf("%d/%d", s.I, s.Of) }

// Describe says what a part of a run is.
func (s Shard) Describe() string {
	if s.Of == 0 {
		return "no shard"
	}
	return "shard " + s.String()
}

// Range is the range of the shard in n images: from the first up to the second index.
func (s Shard) Range(n int) (from, to int) {
	if s.Of == 0 {
		return 0, n
	}
	at := func(i int) int { return int(uint64(n) * uint64(i) / uint64(s.Of)) }
	return at(s.I - 1), at(s.I)
}

// maxShards is the largest number of shards.
const maxShards = 1_000_000

// Flag is --shard; verb is what is done to a shard.
func Flag(verb, more string) cli.Flag {
	return &cli.StringFlag{Name: "shard", Usage: verb + " the `I/N`: the I-th of N ranges of the images, I from 1" + more}
}

// Parse reads --shard.
func Parse(ctx *cli.Context) (Shard, error) {
	text := ctx.String("shard")
	if !ctx.IsSet("shard") {
		return Shard{}, nil
	}
	var s Shard
	i, n, ok := strings.Cut(text, "/")
	var errI, errN error
	s.I, errI = strconv.Atoi(i)
	s.Of, errN = strconv.Atoi(n)
	if !ok || errI != nil || errN != nil || s.I < 1 || s.I > s.Of || s.Of > maxShards {
		return Shard{}, ui.Usagef("--shard: %q is not I/N, such as 3/10, with I from 1 to N and N up to %s", text, ui.Thousands(maxShards))
	}
	return s, nil
}

// Missing are the shards of n that are not there.
func Missing[T any](n int, there map[int]T) []int {
	var missing []int
	for i := 1; i <= n; i++ {
		if _, ok := there[i]; !ok {
			missing = append(missing, i)
		}
	}
	return missing
}

// List writes numbers of shards as the option --array of sbatch takes them: 1,3-5.
func List(list []int) string {
	var words []string
	for len(list) > 0 {
		n := 1
		for n < len(list) && list[n] == list[0]+n {
			n++
		}
		word := strconv.Itoa(list[0])
		if n > 1 {
			word += "-" + strconv.Itoa(list[n-1])
		}
		words, list = append(words, word), list[n:]
	}
	return strings.Join(words, ",")
}

// Of is the shard of the i-th of n images, of so many shards: that whose Range has it.
func Of(i, n, of int) int {
	k := int(uint64(i) * uint64(of) / uint64(max(n, 1)))
	for k < of {
		if from, to := (Shard{k + 1, of}).Range(n); from <= i && i < to {
			break
		}
		k++
	}
	return k + 1
}
