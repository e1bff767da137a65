package pseudocmd

import "github.com/hubdata/hubdata/cmd/hubdata/internal/files"

// resultsFile is the file of --results.
type resultsFile struct {
	*files.Output
	count int
}

// add writes n results.
func (f *resultsFile) add(text []byte, n int) error {
	if n == 0 {
		return nil
	}
	head := ",\n"
	if f.count == 0 {
		head = "[\n"
	}
	f.count += n
	return f.write(head, text)
}

// end ends the list.
func (f *resultsFile) end() error {
	end := "\n]\n"
	if f.count == 0 {
		end = "[]\n"
	}
	if err := f.write(end, nil); err != nil {
		return err
	}
	return f.Finish()
}

func (f *resultsFile) write(head string, text []byte) error {
	if _, err := f.WriteString(head); err != nil {
		return f.Failed(err)
	}
	if _, err := f.Write(text); err != nil {
		return f.Failed(err)
	}
	return nil
}
