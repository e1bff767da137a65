package mmdet

import (
	"embed"
	"fmt"
	"strings"
)

//go:embed recipes/*.yaml
var recipeFiles embed.FS

// Shipped returns the names of the recipes that come with hubdata, in order.
func Shipped() []string {
	entries, err := recipeFiles.ReadDir("recipes")
	if err != nil {
		panic(err) // the folder is part of the program
	}
	var names []string
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".yaml"))
	}
	return names
}

// ShippedRecipe returns the text of a recipe that comes with hubdata.
func ShippedRecipe(name string) ([]byte, error) {
	text, err := recipeFiles.ReadFile("recipes/" + name + ".yaml")
	if err != nil {
		return nil, fmt.Errorf("no recipe %q: %s", name, nearest(name, Shipped()))
	}
	return text, nil
}
