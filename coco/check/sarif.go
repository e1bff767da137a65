package main

import (
	"encoding/json"
	"io"
	"net/url"
	"os"
	"path/filepath"

	"github.com/hubdata/hubdata/coco"
)

const sarifSchema = "https://json.schemastore.org/sarif-2.1.0.json"

// What SARIF 2.1.0 calls the parts of a log.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool    sarifTool     `json:"tool"`
		Results []sarifResult `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name    string      `json:"name"`
		Version string      `json:"version"`
		Rules   []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID      string     `json:"id"`
		Short   sarifText  `json:"shortDescription"`
		Full    sarifText  `json:"fullDescription"`
		Help    *sarifText `json:"help,omitempty"`
		Default struct {
			Level string `json:"level"`
		} `json:"defaultConfiguration"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifResult struct {
		RuleID    string          `json:"ruleId"`
		RuleIndex int             `json:"ruleIndex"`
		Level     string          `json:"level"`
		Message   sarifText       `json:"message"`
		Locations []sarifLocation `json:"locations"`
	}
	sarifLocation struct {
		Physical sarifPhysical  `json:"physicalLocation"`
		Logical  []sarifLogical `json:"logicalLocations,omitempty"`
	}
	sarifPhysical struct {
		Artifact struct {
			URI string `json:"uri"`
		} `json:"artifactLocation"`
		Region sarifRegion `json:"region"`
	}
	sarifRegion struct {
		StartLine int `json:"startLine"`
	}
	sarifLogical struct {
		Name string `json:"fullyQualifiedName"`
		Kind string `json:"kind"`
	}
)

// sarif makes the log of the findings that are shown.
func (job *checkJob) sarif() *sarifLog {
	driver := sarifDriver{Name: "hubdata check", Version: version, Rules: []sarifRule{}}
	index := map[coco.Code]int{}
	for i, r := range coco.Rules() {
		rule := sarifRule{ID: string(r.Code), Short: sarifText{r.About}, Full: sarifText{r.About}}
		if r.Why != "" {
			rule.Full.Text += ": " + r.Why
		}
		if r.Fix != "" {
			rule.Help = &sarifText{"hubdata check --fix: " + r.Fix}
		}
		rule.Default.Level = r.Severity.String()
		driver.Rules = append(driver.Rules, rule)
		index[r.Code] = i
	}
	results := []sarifResult{}
	for _, f := range job.shown() {
		text := f.Reason
		if f.Path != "" { // logical locations are seldom shown
			text = f.Path + ": " + text
		}
		if f.Tile != "" {
			text += " (tile " + f.Tile + ")"
		}
		var at sarifLocation
		at.Physical.Artifact.URI = job.uri(f.File)
		at.Physical.Region = sarifRegion{max(f.Line, 1)} // code hosts show nothing without a line
		if f.Path != "" {
			at.Logical = []sarifLogical{{f.Path, "member"}}
		}
		results = append(results, sarifResult{RuleID: string(f.Code), RuleIndex: index[f.Code], Level: f.Severity, Message: sarifText{text}, Locations: []sarifLocation{at}})
	}
	return &sarifLog{Schema: sarifSchema, Version: "2.1.0", Runs: []sarifRun{{Tool: sarifTool{driver}, Results: results}}}
}

// uri names the input, or a file of the folder that is the input.
func (job *checkJob) uri(file string) string {
	path := job.o.in
	if file != "" {
		path = filepath.Join(path, file)
	}
	u := url.URL{Path: filepath.ToSlash(path)}
	if filepath.IsAbs(path) {
		u.Scheme = "file"
	}
	return u.String()
}

func (job *checkJob) writeSARIF() error {
	create := job.outputs.create
	if madeSARIF(job.o.sarif) {
		create = job.outputs.createOver
	}
	out, err := create(job.o.sarif)
	if err != nil {
		return err
	}
	if err := printJSON(out, job.sarif()); err != nil {
		return out.failed(err)
	}
	return out.finish()
}

// madeSARIF says whether a file is a log of hubdata check, which may be overwritten.
func madeSARIF(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer func() { _ = f.Close() }() // only read
	if st, err := f.Stat(); err != nil || !st.Mode().IsRegular() {
		return false
	}
	head := struct {
		Runs []struct {
			Tool sarifTool `json:"tool"`
		} `json:"runs"`
	}{}
	text, err := io.ReadAll(io.LimitReader(f, 64<<20))
	return err == nil && json.Unmarshal(text, &head) == nil && len(head.Runs) > 0 && head.Runs[0].Tool.Driver.Name == "hubdata check"
}
