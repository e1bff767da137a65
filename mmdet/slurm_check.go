package mmdet

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// All in seconds.
const (
	minLead  = 60  // of launch.slurm.lead: the training is to end and the job to be requeued in it
	leadWork = 120 // least time of a job before the lead: Slurm may signal a minute early, and a minute is to remain for work
)

// slurm checks the options of Slurm.
func (c *checker) slurm() {
	o := &c.r.Launch.Slurm
	const path = "launch.slurm"
	c.oneOf(path+".launcher", o.Launcher, "srun", "torchrun")
	c.atLeast(path+".lead", o.Lead, minLead)
	c.atLeast(path+".requeues", o.Requeues, 0)
	c.resources(path, &Resources{Time: o.Time, Extra: o.Extra})
	kinds := append(slices.Clone(kindNames), string(BuildData))
	for _, kind := range slices.Sorted(maps.Keys(o.Kinds)) {
		at := path + ".kinds." + kind
		if c.oneOf(at, kind, kinds...) {
			own := o.Kinds[kind]
			c.resources(at, &own)
		}
	}
}

// resources checks the options of the jobs of some stages.
func (c *checker) resources(path string, o *Resources) {
	c.atLeast(path+".cpus_per_task", o.CPUsPerTask, 1)
	if o.Time != "" {
		c.time(path+".time", o.Time)
	}
	for i, word := range o.Extra {
		at := fmt.Sprintf("%s.extra[%d]", path, i)
		if text, ok := strings.CutPrefix(word, "--time="); ok {
			c.time(at, text)
		} else if word == "-t" || word == "--time" {
			c.problem(at, "found %q, expected --time=TIME in one word, or the key time", word)
		}
	}
}

// time checks the time limit of a job: it must be longer than the time for which the job
// is signalled before its end.
func (c *checker) time(path, text string) {
	seconds, ok := slurmTime(text)
	least := max(c.r.Launch.Slurm.Lead, minLead) + leadWork
	switch {
	case !ok:
		c.problem(path, "found %q, expected a time as sbatch reads it, such as 12:00:00 or 1-06:00:00", text)
	case seconds > 0 && seconds < least:
		c.problem(path, "found %q, expected at least %02d:%02d:%02d: the job is stopped up to %d seconds before its time is over, to return to the queue",
			text, least/3600, least/60%60, least%60, least-leadWork+60)
	}
}

var timePattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(?:(\d{1,5})-)?(\d{1,9})(?::(\d{1,9}))?(?::(\d{1,9}))?$`)
})

// slurmTime returns the seconds of a time limit, in one of the forms of sbatch: minutes,
// minutes:seconds, hours:minutes:seconds, days-hours, days-hours:minutes and
// days-hours:minutes:seconds. 0: there is no limit.
func slurmTime(text string) (seconds int, ok bool) {
	switch strings.ToUpper(text) {
	case "UNLIMITED", "INFINITE", "0":
		return 0, true
	}
	m := timePattern().FindStringSubmatch(text)
	if m == nil {
		return 0, false
	}
	n := make([]int, 5)
	for i := 1; i < len(m); i++ {
		n[i], _ = strconv.Atoi(m[i]) // of few digits
	}
	const most = 1 << 30 // more than 30 years
	var sum int64
	switch {
	case m[1] != "":
		sum = int64(n[1])*86400 + int64(n[2])*3600 + int64(n[3])*60 + int64(n[4])
	case m[4] != "":
		sum = int64(n[2])*3600 + int64(n[3])*60 + int64(n[4])
	default:
		sum = int64(n[2])*60 + int64(n[3])
	}
	return int(min(sum, most)), true
}
