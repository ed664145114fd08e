package config

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/joulechain/joule/sidecar/toml"
)

// Render writes a configuration file: every field with its explanation, values from the map or else the defaults, and
// the devices.
func Render(values map[string]any, devices []Device) string {
	var b strings.Builder
	b.WriteString("# joule-sidecar configuration. `joule-sidecar config check` explains every key and where its value comes from.\n")
	b.WriteString("# Flags win over JOULE_SIDECAR_… environment variables, which win over this file.\n")
	section := ""
	for _, f := range Fields() {
		s, name, _ := strings.Cut(f.Key, ".")
		if s != section {
			section = s
			fmt.Fprintf(&b, "\n[%s]\n", s)
		}
		comment(&b, f)
		v, ok := values[f.Key]
		if !ok {
			v = f.Default
		}
		fmt.Fprintf(&b, "%s = %s\n", name, literal(v))
	}
	b.WriteString("\n# One block per device of this machine:\n")
	for _, f := range DeviceFields() {
		fmt.Fprintf(&b, "#   %-9s %s\n", f.Key, oneLine(f))
	}
	for _, d := range devices {
		writeDevice(&b, d)
	}
	return b.String()
}

// RenderDevice writes one [[device]] block.
func RenderDevice(d Device) string {
	var b strings.Builder
	writeDevice(&b, d)
	return b.String()
}

func writeDevice(b *strings.Builder, d Device) {
	fmt.Fprintf(b, "\n[[device]]\nname = %s\nclass = %s\nkey_file = %s\n", literal(d.Name), literal(d.Class), literal(d.KeyFile))
	if d.Backend != "" {
		fmt.Fprintf(b, "backend = %s\n", literal(d.Backend))
	}
	if d.Index != 0 {
		fmt.Fprintf(b, "index = %d\n", d.Index)
	}
	if d.Threads != 0 {
		fmt.Fprintf(b, "threads = %d\n", d.Threads)
	}
	if d.Attest != "" {
		fmt.Fprintf(b, "attest = %s\n", literal(d.Attest))
	}
	if len(d.Folders) != 0 {
		fmt.Fprintf(b, "folders = %s\n", literal(d.Folders))
	}
	if d.Class == ClassRadio {
		fmt.Fprintf(b, "gateway = %s\nregion = %s\nlatitude = %s\nlongitude = %s\ngain = %s\n",
			literal(d.Gateway), literal(d.Region), literal(d.Latitude), literal(d.Longitude), literal(d.Gain))
	}
}

func comment(b *strings.Builder, f Field) {
	for _, line := range strings.Split(f.Doc, "\n") {
		fmt.Fprintf(b, "# %s\n", line)
	}
	if l := f.Limits(); l != "" {
		fmt.Fprintf(b, "# %s\n", l)
	}
}

func oneLine(f Field) string {
	doc := strings.ReplaceAll(f.Doc, "\n", " ")
	if l := f.Limits(); l != "" {
		return doc + " " + l
	}
	return doc
}

// Limits says in words what a field takes.
func (f Field) Limits() string {
	var parts []string
	if f.Unit != "" {
		parts = append(parts, "Unit: "+f.Unit+".")
	}
	if f.OneOf != nil {
		quoted := make([]string, len(f.OneOf))
		for i, v := range f.OneOf {
			quoted[i] = strconv.Quote(v)
		}
		parts = append(parts, "One of "+strings.Join(quoted, ", ")+".")
	}
	if f.Min != nil && f.Max != nil {
		parts = append(parts, fmt.Sprintf("Range %s..%s.", plain(f.Min), plain(f.Max)))
	}
	if f.Required {
		parts = append(parts, "Required.")
	}
	return strings.Join(parts, " ")
}

// literal writes a value as TOML.
func literal(v any) string {
	if d, ok := v.(time.Duration); ok {
		v = duration(d)
	}
	text, err := toml.Literal(v)
	if err != nil { // no kind of field
		return plain(v)
	}
	return text
}

// plain writes a value for people.
func plain(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case []string:
		return strings.Join(v, ",")
	case bool:
		return strconv.FormatBool(v)
	case uint64:
		return strconv.FormatUint(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	case time.Duration:
		return duration(v)
	}
	return fmt.Sprint(v)
}

// duration leaves out zero minutes and seconds: 30 days are 720h, not 720h0m0s.
func duration(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
