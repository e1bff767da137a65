package eval

import "context"

// accumulate fills the numbers of the result. It needs a plotter for each goroutine, and adds
// those that are not there; results that they were used for before are lost.
func (r *Result) accumulate(ctx context.Context, plotters *[]plotter) error {
	r.group()
	workers := min(r.Params.Workers, 1+len(r.e.dets)*len(r.Params.IoU)/4096) // small inputs do not pay for many workers
	for i := range *plotters {
		(*plotters)[i].levels = (*plotters)[i].levels[:0]
	}
	*plotters = append(*plotters, make([]plotter, max(0, workers-len(*plotters)))...)
	return forEach(ctx, workers, len(r.groups), 1, func(worker, i int) *Error {
		(*plotters)[worker].plots(r, &r.groups[i])
		return nil
	})
}
