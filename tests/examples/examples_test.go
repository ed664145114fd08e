// Package examples checks that what the commands' help shows can be typed.
package examples

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"

	devnet "github.com/joulechain/joule/cmd/joule-devnet/cmd"
	sidecar "github.com/joulechain/joule/cmd/joule-sidecar/cmd"
	jouled "github.com/joulechain/joule/cmd/jouled/cmd"
)

// Every example line of the three programs names a command that is there, flags that it has with values that they take,
// and as many arguments as it wants.
func TestExamples(t *testing.T) {
	for _, program := range []struct {
		root *cobra.Command
		// least is how many lines there are at least, so that a walk that finds nothing fails.
		least int
	}{{jouled.NewRootCmd(), 50}, {sidecar.Root(), 10}, {devnet.Root(), 3}} {
		t.Run(program.root.Name(), func(t *testing.T) {
			seen := 0
			each(program.root, func(c *cobra.Command) {
				if foreign(c) {
					return
				}
				for line := range strings.Lines(c.Example) {
					line = strings.TrimSpace(line)
					if line != program.root.Name() && !strings.HasPrefix(line, program.root.Name()+" ") {
						if line != "" && ours(c) {
							t.Errorf("%s: %q does not begin with the program's name", c.CommandPath(), line)
						}
						continue
					}
					seen++
					if err := check(program.root, c, line); err != nil {
						t.Errorf("%s: %q: %s", c.CommandPath(), line, err)
					}
				}
			})
			t.Logf("%d lines", seen)
			require.GreaterOrEqual(t, seen, program.least)
		})
	}
}

// TestWrongExamples shows that each kind of mistake is seen.
func TestWrongExamples(t *testing.T) {
	root := jouled.NewRootCmd()
	for line, want := range map[string]string{
		"jouled query work tally gpu 7":                         "",
		"jouled query work tallies gpu --page-limit 50":         "",
		"jouled query work talley gpu 7":                        "no such command",
		"jouled query work tally gpu":                           "arg",
		"jouled query work tally gpu 7 8":                       "arg",
		"jouled query work radios --cel 85283473fffffff":        "--cel is no flag",
		"jouled query work tallies gpu --page-limit many":       "--page-limit",
		"jouled query work tallies gpu --page-limit":            "--page-limit has no value",
		"jouled query work tally \"gpu 7":                       "not closed",
		"jouled tx work release-radio jouledev1… -x anybody":    "-x is no flag",
		"jouled tx device retire jouledev1… --from owner # end": "",
	} {
		err := check(root, nil, line)
		if want == "" {
			require.NoError(t, err, line)
			continue
		}
		require.ErrorContains(t, err, want, line)
	}
}

func each(c *cobra.Command, visit func(*cobra.Command)) {
	visit(c)
	for _, sub := range c.Commands() {
		each(sub, visit)
	}
}

// foreign tells whether a command of jouled belongs to a module of the SDK, whose examples are the SDK's.
func foreign(c *cobra.Command) bool {
	path := strings.Fields(c.CommandPath())
	if len(path) < 3 || path[0] != "jouled" || path[1] != "query" && path[1] != "tx" {
		return false
	}
	switch path[2] {
	case "beacon", "device", "work", "emissions":
		return false
	}
	return true
}

// ours tells whether a command must be of this repository; jouled has commands of the SDK beside those of the modules.
func ours(c *cobra.Command) bool {
	path := strings.Fields(c.CommandPath())
	return path[0] != "jouled" || len(path) > 2 && (path[1] == "query" || path[1] == "tx")
}

// check takes an example apart: one of the command c and those below it, or of any command if c is nil.
func check(root, c *cobra.Command, line string) error {
	typed, err := words(line)
	if err != nil {
		return err
	}
	found, rest, err := root.Find(typed[1:])
	if err != nil {
		return err
	}
	if found.HasSubCommands() && found != c {
		return fmt.Errorf("no such command: %s has no %q", found.CommandPath(), rest)
	}
	if c != nil && found != c && found.Parent() != c {
		return fmt.Errorf("it shows %s", found.CommandPath())
	}
	found.InitDefaultHelpFlag()
	args, err := flags(found, rest)
	if err != nil {
		return err
	}
	return found.ValidateArgs(args)
}

// flags takes the flags out of what follows a command; what is left are its arguments.
func flags(c *cobra.Command, rest []string) (args []string, err error) {
	for i := 0; i < len(rest); i++ {
		word := rest[i]
		if word == "--" {
			return append(args, rest[i+1:]...), nil
		}
		if len(word) < 2 || word[0] != '-' {
			args = append(args, word)
			continue
		}
		name, value, given := strings.Cut(strings.TrimLeft(word, "-"), "=")
		flag := lookUp(c, word, name)
		if flag == nil {
			return nil, fmt.Errorf("%s is no flag of %s", word, c.CommandPath())
		}
		if !given && flag.NoOptDefVal != "" {
			continue
		}
		if !given {
			if i++; i == len(rest) {
				return nil, fmt.Errorf("%s has no value", word)
			}
			value = rest[i]
		}
		if err := takes(flag, value); err != nil {
			return nil, fmt.Errorf("%s: %w", word, err)
		}
	}
	return args, nil
}

func lookUp(c *cobra.Command, word, name string) *pflag.Flag {
	for _, set := range []*pflag.FlagSet{c.Flags(), c.InheritedFlags()} {
		if strings.HasPrefix(word, "--") {
			if f := set.Lookup(name); f != nil {
				return f
			}
		} else if len(name) == 1 {
			if f := set.ShorthandLookup(name); f != nil {
				return f
			}
		}
	}
	return nil
}

// takes tells whether a flag takes a value; an ellipsis or a variable stands for one that nobody can know.
func takes(f *pflag.Flag, value string) error {
	if strings.ContainsAny(value, "…$") {
		return nil
	}
	if value == "" && f.Value.Type() != "string" && f.Value.Type() != "strings" && f.Value.Type() != "stringSlice" {
		return errors.New("the value is empty")
	}
	return f.Value.Set(value)
}
