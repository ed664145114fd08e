package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"time"

	"github.com/go-viper/mapstructure/v2"
	"github.com/spf13/pflag"
	"github.com/spf13/viper"
)

const (
	// EnvPrefix begins every environment variable: JOULE_SIDECAR_CHAIN_ENDPOINTS is chain.endpoints.
	EnvPrefix = "JOULE_SIDECAR"
	// FileName is the configuration file in the home folder.
	FileName = "sidecar.toml"
	// maxFileBytes bounds the file.
	maxFileBytes = 1 << 20
)

// reservedEnv are variables of the same prefix that are no settings: the passphrase must never be one.
var reservedEnv = map[string]bool{EnvPrefix + "_PASSPHRASE": true, EnvPrefix + "_HOME": true}

// Source tells where a value comes from.
type Source string

// The sources, weakest first.
const (
	FromDefault Source = "default"
	FromFile    Source = "file"
	FromEnv     Source = "environment"
	FromFlag    Source = "flag"
)

// EnvName is the environment variable of a key.
func EnvName(key string) string {
	return EnvPrefix + "_" + strings.ToUpper(strings.ReplaceAll(key, ".", "_"))
}

// FlagName is the flag of a key: chain.chain_id is --chain.chain-id.
func FlagName(key string) string { return strings.ReplaceAll(key, "_", "-") }

// AddFlags adds a flag for every field.
func AddFlags(fs *pflag.FlagSet) {
	for _, f := range Fields() {
		usage := strings.ReplaceAll(oneLine(f), "`", "'") // pflag takes back quotes for the value's name
		switch d := f.Default.(type) {
		case string:
			fs.String(FlagName(f.Key), d, usage)
		case []string:
			fs.StringSlice(FlagName(f.Key), d, usage)
		case time.Duration:
			fs.Duration(FlagName(f.Key), d, usage)
		case uint64:
			fs.Uint64(FlagName(f.Key), d, usage)
		case float64:
			fs.Float64(FlagName(f.Key), d, usage)
		case bool:
			fs.Bool(FlagName(f.Key), d, usage)
		}
	}
}

// Load reads home/sidecar.toml, the environment and the flags (nil for none) and validates the result.
func Load(home string, flags *pflag.FlagSet) (Config, error) {
	path := filepath.Join(home, FileName)
	st, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) {
		return Config{}, fmt.Errorf("%w: %s: run `joule-sidecar init --home %s` first", ErrNoFile, path, home)
	}
	if err != nil {
		return Config{}, err
	}
	if st.Size() > maxFileBytes {
		return Config{}, fmt.Errorf("%w: %s has %d bytes, at most %d are read", ErrSyntax, path, st.Size(), maxFileBytes)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return Config{}, err
	}
	c, err := Parse(string(data), os.Environ(), flags)
	if err != nil {
		return Config{}, fmt.Errorf("%s: %w", path, err)
	}
	c.Home = home
	return c, nil
}

// Parse is Load on a text and an environment in the form of os.Environ.
func Parse(text string, environ []string, flags *pflag.FlagSet) (Config, error) {
	v := viper.New()
	v.SetConfigType("toml")
	if err := v.ReadConfig(strings.NewReader(text)); err != nil {
		return Config{}, fmt.Errorf("%w: %w", ErrSyntax, err)
	}
	if err := checkKeys(v.AllSettings()); err != nil {
		return Config{}, err
	}
	c := Config{sources: map[string]Source{}}
	for _, f := range Fields() {
		c.sources[f.Key] = FromDefault
		if v.InConfig(f.Key) || v.IsSet(f.Key) {
			c.sources[f.Key] = FromFile
		}
		v.SetDefault(f.Key, f.Default)
	}
	if err := fromEnvironment(v, &c, environ); err != nil {
		return Config{}, err
	}
	if err := fromFlags(v, &c, flags); err != nil {
		return Config{}, err
	}
	if err := decode(v.AllSettings(), &c); err != nil {
		return Config{}, err
	}
	return c, c.Validate()
}

func fromEnvironment(v *viper.Viper, c *Config, environ []string) error {
	known := map[string]Field{}
	for _, f := range Fields() {
		known[EnvName(f.Key)] = f
	}
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		if !strings.HasPrefix(name, EnvPrefix+"_") || reservedEnv[name] {
			continue
		}
		f, ok := known[name]
		if !ok {
			return fmt.Errorf("%w: environment variable %s%s", ErrUnknownKey, name, suggestion(name, envNames()))
		}
		c.sources[f.Key] = FromEnv
		if f.Kind == Strings {
			v.Set(f.Key, splitList(value))
			continue
		}
		v.Set(f.Key, value)
	}
	return nil
}

func fromFlags(v *viper.Viper, c *Config, flags *pflag.FlagSet) error {
	if flags == nil {
		return nil
	}
	for _, f := range Fields() {
		flag := flags.Lookup(FlagName(f.Key))
		if flag == nil || !flag.Changed {
			continue
		}
		c.sources[f.Key] = FromFlag
		if f.Kind == Strings {
			list, err := flags.GetStringSlice(FlagName(f.Key))
			if err != nil {
				return err
			}
			v.Set(f.Key, list)
			continue
		}
		v.Set(f.Key, flag.Value.String())
	}
	return nil
}

func splitList(s string) []string {
	var out []string
	for _, part := range strings.Split(s, ",") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

func decode(settings map[string]any, c *Config) error {
	dec, err := mapstructure.NewDecoder(&mapstructure.DecoderConfig{
		Result:           c,
		ErrorUnused:      true,
		WeaklyTypedInput: true, // environment variables and flags are texts
		DecodeHook:       mapstructure.ComposeDecodeHookFunc(mapstructure.StringToTimeDurationHookFunc(), refuseBareDurations),
	})
	if err != nil {
		return err
	}
	if err := dec.Decode(settings); err != nil {
		return fmt.Errorf("%w: %w", ErrValue, err)
	}
	return nil
}

// checkKeys refuses keys that no field has, at any depth.
func checkKeys(settings map[string]any) error {
	known := map[string]bool{}
	for _, f := range Fields() {
		known[f.Key] = true
	}
	device := map[string]bool{}
	for _, f := range DeviceFields() {
		device[f.Key] = true
	}
	for _, key := range flatten("", settings) {
		if key == "device" || strings.HasPrefix(key, "device.") {
			continue
		}
		if !known[key] {
			return fmt.Errorf("%w: %s%s", ErrUnknownKey, key, suggestion(key, keysOf(known)))
		}
	}
	raw, ok := settings["device"]
	if !ok {
		return nil
	}
	blocks, ok := raw.([]any)
	if !ok {
		return fmt.Errorf("%w: device must be written as [[device]] blocks", ErrSyntax)
	}
	for i, block := range blocks {
		m, ok := block.(map[string]any)
		if !ok {
			return fmt.Errorf("%w: device %d must be a [[device]] block", ErrSyntax, i+1)
		}
		for _, key := range flatten("", m) {
			if !device[key] {
				return fmt.Errorf("%w: %s in [[device]] block %d%s", ErrUnknownKey, key, i+1, suggestion(key, keysOf(device)))
			}
		}
	}
	return nil
}

// flatten lists the dotted names of all leaves, sorted.
func flatten(prefix string, m map[string]any) []string {
	var out []string
	for k, v := range m {
		if inner, ok := v.(map[string]any); ok && len(inner) > 0 {
			out = append(out, flatten(prefix+k+".", inner)...)
			continue
		}
		out = append(out, prefix+k)
	}
	sort.Strings(out)
	return out
}

func keysOf(m map[string]bool) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}

func envNames() []string {
	var out []string
	for _, f := range Fields() {
		out = append(out, EnvName(f.Key))
	}
	return out
}
