package config

import (
	"fmt"
	"io"
	"reflect"
	"strings"
	"text/tabwriter"
)

// Value returns a field's value by its key, nil for an unknown key.
func (c Config) Value(key string) any {
	v := reflect.ValueOf(c)
	for _, part := range strings.Split(key, ".") {
		if v = tagged(v, part); !v.IsValid() {
			return nil
		}
	}
	return v.Interface()
}

func (d Device) value(key string) any { return tagged(reflect.ValueOf(d), key).Interface() }

func tagged(v reflect.Value, tag string) reflect.Value {
	if v.Kind() != reflect.Struct {
		return reflect.Value{}
	}
	for i := range v.NumField() {
		if v.Type().Field(i).Tag.Get("mapstructure") == tag {
			return v.Field(i)
		}
	}
	return reflect.Value{}
}

// SourceOf tells where a field's value comes from.
func (c Config) SourceOf(key string) Source { return c.sources[key] }

// Explain writes every field with value, source, limits and meaning.
func (c Config) Explain(w io.Writer) error {
	tw := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	fmt.Fprintln(tw, "KEY\tVALUE\tSOURCE\tLIMITS")
	for _, f := range Fields() {
		fmt.Fprintf(tw, "%s\t%s\t%s\t%s\n", f.Key, literal(c.Value(f.Key)), c.sources[f.Key], f.Limits())
		for _, line := range strings.Split(f.Doc, "\n") {
			fmt.Fprintf(tw, "  %s\t\t\t\n", line)
		}
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	for i, d := range c.Devices {
		fmt.Fprintf(w, "[[device]] %d: name %q, class %s, key %s, %s\n", i+1, d.Name, d.Class, c.Path(d.KeyFile), classOf(d).own(c, d))
	}
	if len(c.Devices) == 0 {
		fmt.Fprintln(w, "No [[device]] block: `joule-sidecar keys add NAME` makes a key and adds one.")
	}
	return nil
}

func (c Config) ownOfGPU(d Device) string {
	return fmt.Sprintf("backend %s, index %d, threads %d", c.BackendOf(d), d.Index, c.ThreadsOf(d))
}

func (c Config) ownOfDisk(d Device) string {
	return fmt.Sprintf("folders %s, threads %d", strings.Join(c.FoldersOf(d), ", "), c.ThreadsOf(d))
}

func (Config) ownOfRadio(d Device) string {
	return fmt.Sprintf("gateway %s, region %s, at %.5f, %.5f with %g dBi", d.Gateway, d.Region, d.Latitude, d.Longitude, d.Gain)
}

// Markdown writes the reference that stands in docs/sidecar-config.md.
func Markdown() string {
	var b strings.Builder
	b.WriteString("# joule-sidecar: configuration reference\n\n")
	b.WriteString("<!-- Generated from sidecar/config by `go test ./sidecar/config -update`; do not edit. -->\n\n")
	b.WriteString("The file is `sidecar.toml` in the sidecar's home (`--home`, `JOULE_SIDECAR_HOME`, default `~/.joule-sidecar`). Every key\n" +
		"can also be given as an environment variable or a flag; a flag wins over the environment, the environment over the file,\n" +
		"the file over the default. Lists are separated by commas in variables and flags. An unknown key is an error, wherever it\n" +
		"stands. `joule-sidecar config check` shows every value and where it comes from. Durations carry a unit (`200ms`, `5s`,\n" +
		"`1h`); relative paths start at the home.\n\n" +
		"The passphrase of encrypted keys is no setting: it comes from `keys.passphrase_file`, from `JOULE_SIDECAR_PASSPHRASE` or\n" +
		"from the terminal.\n")
	section := ""
	for _, f := range Fields() {
		s, _, _ := strings.Cut(f.Key, ".")
		if s != section {
			section = s
			fmt.Fprintf(&b, "\n## `[%s]`\n\n| key | default | limits | meaning |\n| --- | --- | --- | --- |\n", s)
		}
		markdownRow(&b, f)
	}
	b.WriteString("\n## `[[device]]`\n\nOne block per device, in the file only.\n\n| key | default | limits | meaning |\n| --- | --- | --- | --- |\n")
	for _, f := range DeviceFields() {
		markdownRow(&b, f)
	}
	b.WriteString("\n## Names in the environment and on the command line\n\n| key | variable | flag |\n| --- | --- | --- |\n")
	for _, f := range Fields() {
		fmt.Fprintf(&b, "| `%s` | `%s` | `--%s` |\n", f.Key, EnvName(f.Key), FlagName(f.Key))
	}
	return b.String()
}

func markdownRow(b *strings.Builder, f Field) {
	cell := func(s string) string { return strings.ReplaceAll(strings.ReplaceAll(s, "\n", " "), "|", `\|`) }
	fmt.Fprintf(b, "| `%s` | `%s` | %s | %s |\n", f.Key, cell(literal(f.Default)), cell(f.Limits()), cell(f.Doc))
}
