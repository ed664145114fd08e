// Package config is the one place that knows the sidecar's settings: their names, defaults, units, limits and
// explanations. The file's template, the flags, the environment variables, `config check` and docs/sidecar-config.md
// are all made from the table in fields.go.
//
// Precedence: flag > environment (JOULE_SIDECAR_…) > file > default. An unknown key is an error that names the nearest
// known one.
package config
