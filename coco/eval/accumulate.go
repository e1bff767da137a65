package eval

import "context"

// accumulate fills the numbers of the result.
func (r *Result) accumulate(ctx context.Context) error {
	r.group()
	workers := min(r.Params.Workers, 1+len(r.e.dets)*len(r.Params.IoU)/4096) // small inputs do not pay for many workers
	plotters := make([]plotter, workers)
	return forEach(ctx, workers, len(r.groups), 1, func(worker, i int) *Error {
		plotters[worker].plots(r, &r.groups[i])
		return nil
	})
}
