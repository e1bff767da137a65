package check

import (
	"bytes"
	"encoding/json"
	"io"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/jsonscan"
)

const sarifSchema = "https://json.schemastore.org/sarif-2.1.0.json"

// The objects of a SARIF 2.1.0 log.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool    sarifTool     `json:"tool"`
		Results []sarifResult `json:"results"`
		More    *sarifMore    `json:"properties,omitempty"`
	}
	sarifMore struct {
		Unlisted map[coco.Code]int `json:"unlisted"`
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
			Level coco.Severity `json:"level"`
		} `json:"defaultConfiguration"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifResult struct {
		RuleID    string          `json:"ruleId"`
		RuleIndex int             `json:"ruleIndex"`
		Level     coco.Severity   `json:"level"`
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

// SARIF is a log of findings for code hosts, in the Static Analysis Results Interchange
// Format 2.1.0 (OASIS).
type SARIF struct {
	Tool, Version string         // name and version of the tool that reported the findings
	Rules         []Rule         // all rules of the tool
	Findings      []coco.Finding // findings whose codes are in Rules
	// Unlisted are findings that are not in Findings, by code. They become the property
	// "unlisted" of the run.
	Unlisted map[coco.Code]int
	// URI returns the URI of the file of a finding, given its File. It must be set.
	URI func(file string) string
	// Fixer is the command that fixes the findings of rules with a Fix; empty: none.
	Fixer string
}

// Encode writes the log. A finding without a line gets line 1, since code hosts do not
// show findings without a line.
func (l *SARIF) Encode(w io.Writer) error {
	driver := sarifDriver{Name: l.Tool, Version: l.Version, Rules: []sarifRule{}}
	index := map[coco.Code]int{}
	for i, r := range l.Rules {
		rule := sarifRule{ID: string(r.Code), Short: sarifText{r.About}, Full: sarifText{r.About}}
		if r.Why != "" {
			rule.Full.Text += ": " + r.Why
		}
		if r.Fix != "" && l.Fixer != "" {
			rule.Help = &sarifText{l.Fixer + ": " + r.Fix}
		}
		rule.Default.Level = r.Severity
		driver.Rules = append(driver.Rules, rule)
		index[r.Code] = i
	}
	results := []sarifResult{}
	for _, f := range l.Findings {
		path, text := f.Place.String(), f.Reason
		if path != "" { // hosts seldom show logical locations
			text = path + ": " + text
		}
		if f.Image != "" {
			text += " (tile " + f.Image + ")"
		}
		var at sarifLocation
		at.Physical.Artifact.URI = l.URI(f.File)
		at.Physical.Region = sarifRegion{max(f.Line, 1)}
		if path != "" {
			at.Logical = []sarifLogical{{path, "member"}}
		}
		results = append(results, sarifResult{RuleID: string(f.Code), RuleIndex: index[f.Code], Level: f.Severity, Message: sarifText{text}, Locations: []sarifLocation{at}})
	}
	run := sarifRun{Tool: sarifTool{driver}, Results: results}
	if len(l.Unlisted) > 0 {
		run.More = &sarifMore{l.Unlisted}
	}
	text, err := jsonscan.Marshal(&sarifLog{Schema: sarifSchema, Version: "2.1.0", Runs: []sarifRun{run}})
	if err != nil {
		return err
	}
	var lines bytes.Buffer
	if err := json.Indent(&lines, append(text, '\n'), "", "  "); err != nil {
		return err
	}
	_, err = lines.WriteTo(w)
	return err
}

// SARIFTool returns the name of the tool that wrote a log of up to 64 MiB. It reports
// false if the file is not a SARIF log.
func SARIFTool(r io.Reader) (name string, ok bool) {
	head := struct {
		Runs []struct {
			Tool struct {
				Driver struct {
					Name string `json:"name"`
				} `json:"driver"`
			} `json:"tool"`
		} `json:"runs"`
	}{}
	text, err := io.ReadAll(io.LimitReader(r, 64<<20))
	if err != nil || json.Unmarshal(text, &head) != nil || len(head.Runs) == 0 {
		return "", false
	}
	return head.Runs[0].Tool.Driver.Name, true
}
