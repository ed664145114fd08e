// Command openapi finishes the document that protoc-gen-swagger writes: a title, a version and operation ids that are
// unique across services (the plugin gives every module's Params query the same one). Standard input to standard
// output.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "openapi:", err)
		os.Exit(1)
	}
}

func run() error {
	var doc map[string]any
	if err := json.NewDecoder(os.Stdin).Decode(&doc); err != nil {
		return err
	}
	doc["info"] = map[string]any{
		"title":       "Joule",
		"version":     "v1",
		"description": "Joule's own query services. Those of cosmos-sdk are described under /swagger/.",
		"license":     map[string]any{"name": "Apache-2.0"},
	}
	paths, ok := doc["paths"].(map[string]any)
	if !ok {
		return fmt.Errorf("no paths in the document")
	}
	for path, methods := range paths {
		// /joule/<module>/v1/... names the module that the operation belongs to.
		parts := strings.Split(path, "/")
		if len(parts) < 4 || parts[1] != "joule" {
			return fmt.Errorf("path %q is not under /joule/<module>/", path)
		}
		for _, operation := range methods.(map[string]any) {
			o := operation.(map[string]any)
			id, _ := o["operationId"].(string)
			o["operationId"] = parts[2] + id
			o["tags"] = []string{parts[2]}
		}
	}
	out := json.NewEncoder(os.Stdout)
	out.SetIndent("", "  ")
	out.SetEscapeHTML(false)
	return out.Encode(doc)
}
