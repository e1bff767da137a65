package mmdet_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/hubdata/hubdata/mmdet"
)

const small = `version: 1
name: small
dialect: mmdet3
classes: &classes [blood_vessel]
tool: {root: /opt/mmdetection}
roots: {configs: /opt/mmdetection/configs}
datasets:
  t: {coco: t.json}
  v: {coco: v.json}
  p: {coco: p.json}
  ds3: {coco: ds3.json, build: {command: [convert, --dataset, 3, --per, none, -o, "{out}", "{source}"]}}
stages:
  - {id: s1, kind: train, config: a.py, train: t, val: v, init: {url: "https://x/y.pth"}}
  - {id: s2, kind: train, config: b.py, train: t, val: v, init: {stage: s1, pick: last}, seed: 69}
  - {id: i, kind: infer, from: {stage: s2}, on: ds3}
  - {id: f, kind: fuse, inputs: [i]}
  - {id: ps, kind: pseudo, inputs: [i], thr: 0.5, out: p, merge: t}
  - {id: s3, kind: train, config: b.py, train: p, val: v, init: {stage: s2}}
`

func read(t *testing.T, text string) *mmdet.Recipe {
	t.Helper()
	r, err := mmdet.ReadRecipe(strings.NewReader(text), "/recipes/recipe.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestOrder(t *testing.T) {
	order, err := read(t, small).Order()
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, s := range order {
		ids = append(ids, s.ID)
	}
	if got, want := strings.Join(ids, " "), "build-ds3 s1 s2 i f ps merge-ps s3"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestNeeds(t *testing.T) {
	r := read(t, small)
	for id, want := range map[string]string{"build-ds3": "", "s1": "", "s2": "s1", "i": "s2 build-ds3", "f": "i build-ds3",
		"ps": "i build-ds3", "merge-ps": "ps", "s3": "s2 merge-ps"} {
		if got := strings.Join(r.Needs(r.Stage(id)), " "); got != want {
			t.Errorf("%s: got %q, want %q", id, got, want)
		}
	}
}

// TestBadRecipes makes one change to the small recipe at a time, and checks the problem
// and its line.
func TestBadRecipes(t *testing.T) {
	for _, c := range []struct{ name, old, new, want string }{
		{"unknown key", "name: small", "namee: small", `/recipes/recipe.yaml:2: namee: unknown key: did you mean name?`},
		{"unknown key of a stage", "seed: 69", "sed: 69", `:14: stages[1].sed: unknown key: did you mean seed?`},
		{"unknown key of a dataset", "v: {coco: v.json}", "v: {cocoo: v.json}",
			`:9: datasets.v.cocoo: unknown key: did you mean coco?`},
		{"type", "seed: 69", "seed: many", `:14: stages[1].seed: found "many", expected a whole number`},
		{"fraction", "seed: 69", "seed: 6.9", `found the number 6.9, expected a whole number`},
		{"list", "classes: &classes [blood_vessel]", "classes: blood_vessel",
			`:4: classes: found "blood_vessel", expected a list, such as [a, b]`},
		{"number for text", "name: small", "name: 12", `:2: name: found the number 12, expected text: put it in quotes`},
		{"newer", "version: 1", "version: 2", `:1: version: found 2, expected 1: a newer hubdata wrote this recipe`},
		{"no version", "version: 1\n", "", `version: found 0, expected version: 1`},
		{"dialect", "mmdet3", "mmdet4", `:3: dialect: found "mmdet4": did you mean mmdet2?`},
		{"dataset", "train: p", "train: pp", `:18: stages[5].train: found unknown dataset "pp": did you mean p?`},
		{"stage", "init: {stage: s2}", "init: {stage: s22}",
			`:18: stages[5].init.stage: found "s22", which is not a stage of kind train or command with train: did you mean s2?`},
		{"stage of a kind", "inputs: [i], thr", "inputs: [s1], thr",
			`:17: stages[4].inputs[0]: found "s1", which is not a stage of kind infer or command with on: did you mean i?`},
		{"cycle", "init: {url: \"https://x/y.pth\"}", "init: {stage: s3}",
			`:13: stages[0]: stages need each other: s1 needs s3 needs s2 needs s1: remove one of these links`},
		{"same id", "id: s2", "id: S1", `:14: stages[1].id: S1 is the id of an earlier stage (s1)`},
		{"written file", "ds3: {coco: ds3.json", "ds3: {coco: x/../t.json",
			`:11: datasets.ds3: the file /recipes/coco_data/t.json also belongs to dataset t`},
		{"written twice", "fuse, inputs: [i]", "pseudo, thr: 0.6, out: p, inputs: [i]",
			`:17: stages[4].out: stage f also writes dataset p`},
		{"work_dir", "seed: 69", "set: {work_dir: /x}",
			`:14: stages[1].set.work_dir: set cannot have this key: use roots.work`},
		{"key of another kind", "on: ds3", "on: ds3, train: t",
			`:15: stages[2].train: unknown key for a stage of kind infer: it may have config, from, on`},
		{"wrong picks", "pick: last", "pick: lats", `:14: stages[1].init.pick: found "lats", expected best, last or epoch:N`},
		{"init of two", "stage: s1, pick", "file: x, stage: s1, pick",
			`:14: stages[1].init: found 2 of file, url and stage, expected exactly one`},
		{"flip", "on: ds3", "on: ds3, scales: [512], flip: true", `:15: stages[2].flip: found true, expected false`},
		{"list in set", "seed: 69", "set: {a.0.b: 1}", `stages[1].set.a.0.b: found 0, an index in a list`},
		{"list for a dataset", "seed: 69", "dataset_path: train_dataloader.dataset.datasets.0",
			`stages[1].dataset_path: found 0, an index in a list`},
		{"braces in set", "seed: 69", "set: {a.b: 'x{{ fileDirname }}'}",
			`found "x{{ fileDirname }}", which MMDetection replaces`},
		{"tuple of no list", "seed: 69", "set: {a.b: {_tuple_: 3}}",
			`:14: stages[1].set.a.b: found _tuple_, expected a list under it and no other key`},
		{"tuple and more", "seed: 69", "set: {a.b: {_tuple_: [3], c: 1}}",
			`:14: stages[1].set.a.b: found _tuple_, expected a list`},
		{"braces in a tuple", "seed: 69", "set: {a.b: {_tuple_: ['{{ x }}']}}",
			`found "{{ x }}", which MMDetection replaces`},
		{"a word of Python", "seed: 69", "set: {class.x: 1}",
			`stages[1].set.class.x: found "class", a word of Python, expected the name of a config variable`},
		{"a constant of Python", "seed: 69", "set: {None: 1}", `found "None", a word of Python`},
		{"a soft keyword", "seed: 69", "set: {match.x: 1, type: 2}", ``},
		{"a keyword inside", "seed: 69", "set: {model.class: 1}", ``},
		{"no variable", "seed: 69", "set: {a-b.x: 1}",
			`found "a-b", expected the name of a config variable: letters, digits and _`},
		{"a call", "seed: 69", "set: {'print(1)': 1}", `found "print(1)", expected the name of a config variable`},
		{"letters of another script", "seed: 69", "set: {é: 1}", `found "é", expected the name of a config variable`},
		{"a reserved variable", "seed: 69", "set: {filename: x}", `found "filename", which MMDetection reserves`},
		{"a hidden variable", "seed: 69", "set: {__x__.y: 1}", `found "__x__", which MMDetection ignores`},
		{"a key in a key", "seed: 69", "set: {a.b: 1, a.b.c: 2}", `stages[1].set.a.b.c: it is inside a.b, which is also set`},
		{"duplicate key", "name: small", "name: small\nname: big", `:3: name: duplicate key, also at line 2: delete one`},
		{"alias", "seed: 69", "seed: &seed 69, epochs: *seed", ``},
		{"alias of text for a number", "seed: 69", "seed: *classes",
			`:4: stages[1].seed: found a list, expected a whole number`},
		{"merge key", "name: small", "<<: {name: small}", ``},
		{"merge key of text", "name: small", "<<: small", `:2: found a merge key (<<) of something else than keys`},
		{"alias in itself", "name: small", "name: &x [*x]", `:2: found the alias *x inside what it stands for`},
		{"unknown alias", "name: small", "name: *x", `unknown anchor 'x' referenced`},
		{"YAML 1.1's on", "on: ds3", "true: ds3", ``},
		{"text", "name: small", "name: [", `:1: found text that is neither YAML nor JSON`},
		{"placeholder", "{source}", "{sources}",
			`datasets.ds3.build.command[7]: found {sources}, expected {out}, {source}, {data}, {images} or {id:NAME}`},
		{"no out", "\"{out}\"", "x.json", `datasets.ds3.build.command: found no {out}`},
		{"nodes", "seed: 69", "nodes: 2", `stages[1].nodes: found 2 nodes, but engine local`},
		{"augment", "seed: 69", "augment: light", `stages[1].augment: found no size, expected size:`},
		{"epoch", "pick: last", "pick: 'epoch:3'", ``},
		{"epoch not kept", "val: v, init: {url: \"https://x/y.pth\"}", "val: v, keep_checkpoints: 1, epochs: 9, pick: 'epoch:3'", `stages[0].pick: found epoch 3, but stage s1 keeps only its last 1 checkpoints`},
		{"best of none", "train: t, val: v, init: {url: \"https://x/y.pth\"}", "train: t, pick: best", `stages[0].pick: found best, but stage s1 has no val`},
		{"id", "id: s2", "id: ../s2", `found the id "../s2", expected letters`},
		{"flag", "inputs: [i]}", "inputs: [i], flags: [-o, x]}", `stages[3].flags[0]: found -o, which the recipe sets by a key`},
		{"preset", "inputs: [i]}", "inputs: [i], preset: p.json, flags: [--conf, max]}", ``},
		{"preset twice", "inputs: [i]}", "inputs: [i], preset: p.json, flags: [--preset=winner]}", `stages[3].flags[0]: found --preset, which the recipe sets by a key`},
		{"no preset", "inputs: [i]}", "inputs: [i], preset: ''}", `stages[3].preset: found an empty name, expected the path of a preset`},
		{"preset of a training", "seed: 69", "preset: p.json", `stages[1].preset: unknown key for a stage of kind train`},
		{"home of a preset", "inputs: [i]}", "inputs: [i], preset: ~/p.json}", `stages[3].preset: found "~/p.json": only a shell expands ~`},
		{"home", "/opt/mmdetection}", "~/mmdetection}", `tool.root: found "~/mmdetection": only a shell expands ~`},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := strings.Replace(small, c.old, c.new, 1)
			if text == small {
				t.Fatalf("%q is not in the recipe", c.old)
			}
			_, err := mmdet.ReadRecipe(strings.NewReader(text), "/recipes/recipe.yaml")
			var bad *mmdet.RecipeError
			switch {
			case c.want == "" && err != nil:
				t.Error(err)
			case c.want != "" && (!errors.As(err, &bad) || !strings.Contains(err.Error(), c.want)):
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}

func TestAllProblemsAreTold(t *testing.T) {
	text := strings.NewReplacer("name: small", "name: 1", "seed: 69", "sed: 69", "thr: 0.5", "thr: 5").Replace(small)
	_, err := mmdet.ReadRecipe(strings.NewReader(text), "r.yaml")
	var bad *mmdet.RecipeError
	if !errors.As(err, &bad) || len(bad.Problems) != 3 {
		t.Errorf("got %v, want three problems", err)
	}
	text = small
	for range 30 {
		text += "  - {id: x, kind: trian}\n"
	}
	_, err = mmdet.ReadRecipe(strings.NewReader(text), "r.yaml")
	if lines := strings.Split(err.Error(), "\n"); len(lines) != 21 || !strings.HasPrefix(lines[20], "and ") {
		t.Errorf("got %d lines, want 20 and a sum:\n%v", len(lines), err)
	}
}

// TestManyKeys: the time for a recipe grows with its keys, not with their square.
func TestManyKeys(t *testing.T) {
	var keys strings.Builder
	for i := range 20000 {
		fmt.Fprintf(&keys, "k%d.x: 1, ", i)
	}
	start := time.Now()
	r := read(t, strings.Replace(small, "seed: 69", "set: {"+keys.String()+"}", 1))
	text, err := r.Overlay(r.Stage("s2"), &mmdet.Resolved{LoadFrom: "x.pth"})
	if err != nil || strings.Count(string(text), "'x': 1") != 20000 {
		t.Errorf("found %d keys, %v", strings.Count(string(text), "'x': 1"), err)
	}
	if d := time.Since(start); d > 20*time.Second {
		t.Errorf("took %v", d)
	}
}

func TestJSON(t *testing.T) {
	const text = "{\n\t\"version\": 1, \"name\": \"j\", \"dialect\": \"mmdet2\",\n\t\"classes\": [\"a\"],\n\t\"tool\": {\"root\": \"m\"},\n" +
		"\t\"datasets\": {\"t\": {\"coco\": \"t.json\"}},\n\t\"stages\": [{\"id\": \"s\", \"kind\": \"train\", \"config\": \"c.py\", \"train\": \"t\"}]\n}\n"
	r := read(t, text)
	if s := r.Stage("s"); s.Pick != "last" || *s.KeepCkpts != 2 || r.Launch.GPUs != 1 || r.Roots.Work != "work_dirs" {
		t.Errorf("got %+v with %+v, want the defaults", s, r)
	}
}

// TestMergeKeys: own keys come before merged ones, and of those the first mapping's before the others'.
func TestMergeKeys(t *testing.T) {
	r := read(t, strings.Replace(small,
		"  - {id: s2, kind: train, config: b.py, train: t, val: v, init: {stage: s1, pick: last}, seed: 69}",
		"  - &a {id: s2, kind: train, config: b.py, train: t, val: v, init: {stage: s1, pick: last}, seed: 69}\n"+
			"  - {<<: [{seed: 1, epochs: 5}, *a], id: s4, epochs: 7}", 1))
	s := r.Stage("s4")
	if *s.Seed != 1 || s.Epochs != 7 || s.Config != "b.py" || s.Init.Stage != "s1" || r.Stage("s2").Epochs != 0 {
		t.Errorf("got %+v", s)
	}
}

func FuzzReadRecipe(f *testing.F) {
	f.Add(small)
	f.Add(commands)
	f.Add("a: &a {b: 1}\nc: {<<: *a}\nd: [*a, *a]\n")
	f.Add("{\"version\": 1}")
	f.Add("a: &a [*a]\n")
	f.Add("? [x]\n: y\n")
	f.Fuzz(func(t *testing.T, text string) {
		r, err := mmdet.ReadRecipe(strings.NewReader(text), "r.yaml")
		if err != nil {
			var bad *mmdet.RecipeError
			if !errors.As(err, &bad) || err.Error() == "" {
				t.Fatalf("got %T %v", err, err)
			}
			return
		}
		order, err := r.Order()
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range order {
			in := &mmdet.Resolved{LoadFrom: "x.pth"}
			if len(s.Scales) > 0 {
				in.Scale = s.Scales[0]
			}
			_, _ = r.Overlay(s, in)
			_, _ = r.Command(s, in, "overlay.py")
		}
	})
}
