package mmdet

import (
	"embed"
	"fmt"
	"path"
	"slices"
	"strings"
)

//go:embed recipes/*.yaml recipes/*.py
var recipeFiles embed.FS

// Shipped returns the names of the recipes that come with hubdata, in order.
func Shipped() []string {
	entries, err := recipeFiles.ReadDir("recipes")
	if err != nil {
		panic(err) // the folder is part of the program
	}
	var names []string
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), ".yaml"); ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// ShippedScript returns a script that a shipped recipe names in files, to be written
// next to the recipe.
func ShippedScript(name string) ([]byte, error) {
	text, err := recipeFiles.ReadFile("recipes/" + name)
	if err != nil || path.Ext(name) != ".py" {
		return nil, fmt.Errorf("no script %q", name)
	}
	return text, nil
}

// ShippedRecipe returns the text of a recipe that comes with hubdata.
func ShippedRecipe(name string) ([]byte, error) {
	text, err := recipeFiles.ReadFile("recipes/" + name + ".yaml")
	if err != nil {
		return nil, fmt.Errorf("no recipe %q: %s", name, nearest(name, Shipped()))
	}
	return text, nil
}
