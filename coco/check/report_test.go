package check

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/coco"
)

func findingOf(code coco.Code) coco.Finding {
	return coco.Finding{Code: code, Severity: RuleOf(code).Severity, Reason: "found"}
}

func TestCountCodes(t *testing.T) {
	list := []coco.Finding{findingOf(ImageEmpty), findingOf(MaskEmpty), findingOf(RingCrossing), findingOf(MaskEmpty),
		findingOf(RingOdd), {Code: "unknown"}}
	var got []string
	for _, n := range CountCodes(list, Rules(), YOLO) {
		got = append(got, strings.Join([]string{strings.Repeat("|", n.Count), n.Severity.String(), string(n.Code),
			n.Outcome.String()}, " "))
	}
	want := []string{"| error ring-odd misreads", "|| error mask-empty unaffected", "| warning ring-crossing misreads",
		"| note image-empty unaffected"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("counts %q, want %q", got, want)
	}
	text, err := json.Marshal(CountCodes(list[1:2], Rules(), ""))
	if want := `[{"code":"mask-empty","severity":"error","count":1,"about":"a mask has no pixels","fix":"removes the annotation"}]`; err != nil || string(text) != want {
		t.Errorf("JSON %s, %v, want %s", text, err, want)
	}
	if n := CountSeverities(list); n != [3]int{2, 1, 3} {
		t.Errorf("severities %v", n)
	}
	if text, err := json.Marshal(CountCodes(nil, Rules(), "")); string(text) != "[]" {
		t.Errorf("no findings: %s, %v", text, err)
	}
}

func TestSARIF(t *testing.T) {
	at := findingOf(RingOdd)
	at.File, at.Line, at.Image, at.Place = "p.jsonl", 7, "x", coco.Place{Section: coco.SectionAnnotations, Index: 3,
		Member: "bbox"}
	rules := append(Rules(), Rule{Code: "own", About: "its own", Why: "so"})
	log := SARIF{Tool: "t", Version: "1", Rules: rules, Fixer: "t --fix", URI: func(file string) string {
		return "dir/" + file
	},
		Findings: []coco.Finding{at, {Code: "own", Reason: "<b>"}}}
	var b bytes.Buffer
	if err := log.Encode(&b); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Version string
		Runs    []struct {
			Tool struct {
				Driver struct {
					Name, Version string
					Rules         []struct {
						ID              string
						FullDescription struct{ Text string }
						Help            struct{ Text string }
					}
				}
			}
			Results []struct {
				RuleID, Level string
				RuleIndex     int
				Message       struct{ Text string }
				Locations     []struct {
					PhysicalLocation struct {
						ArtifactLocation struct{ URI string }
						Region           struct{ StartLine int }
					}
					LogicalLocations []struct{ FullyQualifiedName string }
				}
			}
		}
	}
	if err := json.Unmarshal(b.Bytes(), &got); err != nil || got.Version != "2.1.0" || len(got.Runs) != 1 {
		t.Fatalf("%v: %s", err, b.Bytes())
	}
	run := got.Runs[0]
	driver, first, second := run.Tool.Driver, run.Results[0], run.Results[1]
	if driver.Name != "t" || driver.Version != "1" || len(driver.Rules) != len(rules) {
		t.Errorf("driver %+v", driver)
	}
	if r := driver.Rules[first.RuleIndex]; r.ID != "ring-odd" || r.Help.Text != "t --fix: removes the last number" {
		t.Errorf("rule %+v", r)
	}
	if r := driver.Rules[second.RuleIndex]; r.ID != "own" || r.Help.Text != "" || r.FullDescription.Text != "its own: so" {
		t.Errorf("rule %+v", r)
	}
	where := first.Locations[0]
	if first.Level != "error" || first.Message.Text != "annotations[3].bbox: found (tile x)" ||
		where.PhysicalLocation.ArtifactLocation.URI != "dir/p.jsonl" ||
		where.PhysicalLocation.Region.StartLine != 7 ||
		where.LogicalLocations[0].FullyQualifiedName != "annotations[3].bbox" {
		t.Errorf("result %+v", first)
	}
	where = second.Locations[0]
	if second.Level != "note" || second.Message.Text != "<b>" || where.PhysicalLocation.Region.StartLine != 1 ||
		where.LogicalLocations != nil {
		t.Errorf("result %+v", second)
	}
	if name, ok := SARIFTool(&b); name != "t" || !ok {
		t.Errorf("made by %q, %v", name, ok)
	}
	for _, text := range []string{"", "{}", `{"runs":[]}`, "[1]", "{\"runs\":[{"} {
		if name, ok := SARIFTool(strings.NewReader(text)); ok {
			t.Errorf("%q is a log of %q", text, name)
		}
	}
}
