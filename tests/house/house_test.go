package house

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const moduleRoot = "../.."

func TestImportRules(t *testing.T) {
	g, err := LoadGraph(moduleRoot)
	require.NoError(t, err)
	for _, r := range Rules {
		t.Run(r.Name, func(t *testing.T) {
			require.Empty(t, r.Stale(g))
			require.Empty(t, r.Check(g))
		})
	}
}

// Each rule must be able to fail: a graph with one forbidden edge per rule is refused, at a distance where the rule
// reaches that far.
func TestRulesFailWhenBroken(t *testing.T) {
	for _, r := range Rules {
		t.Run(r.Name, func(t *testing.T) {
			targets := r.To
			if r.Only != nil {
				targets = append(targets, "github.com/cosmos/cosmos-sdk/types", "x/work/types", "sidecar/spool")
			}
			tried := 0
			for _, from := range r.From {
				for _, to := range targets {
					source, target := example(from), example(to)
					if matchesAny(r.Except, target) || matchesAny(r.Except, source) {
						continue
					}
					g := Graph{target: nil, source: {target}}
					if !r.Direct {
						g[source], g["between"] = []string{"between"}, []string{target}
					}
					require.NotEmpty(t, r.Check(g), "%s importing %s goes unnoticed", from, to)
					require.Empty(t, r.Check(Graph{source: {"fmt"}, "fmt": nil}), "an innocent import is refused")
					tried++
				}
			}
			require.Positive(t, tried, "the rule forbids nothing")
		})
	}
}

// example turns a pattern into a package that it matches.
func example(pattern string) string {
	p := strings.TrimSuffix(pattern, "/...")
	for _, own := range []string{"x/", "app", "sidecar", "cmd/"} {
		if strings.HasPrefix(p, own) {
			return Module + "/" + p
		}
	}
	return p
}

// TestEveryClassHasItsRules: a folder beside the known ones is a class that no rule guards.
func TestEveryClassHasItsRules(t *testing.T) {
	entries, err := os.ReadDir(filepath.Join(moduleRoot, "x/work/class"))
	require.NoError(t, err)
	var folders []string
	for _, e := range entries {
		if e.IsDir() && e.Name() != "all" && e.Name() != "classtest" {
			folders = append(folders, e.Name())
		}
	}
	require.Equal(t, Classes, folders)
}

func TestRuleAboutMissingPackageFails(t *testing.T) {
	g := Graph{Module + "/x/work/keeper": nil, Module + "/x/work/types": nil}
	require.Empty(t, Rule{From: []string{"x/work/keeper"}, To: []string{"x/work/types", "github.com/gone"}}.Stale(g))
	require.Len(t, Rule{From: []string{"x/gone/..."}, To: []string{"os"}}.Stale(g), 1)
	require.Len(t, Rule{From: []string{"x/work/..."}, To: []string{"x/gone/keeper"}}.Stale(g), 1, "a forbidden package that was renamed")
	require.Len(t, Rule{From: []string{"x/work/..."}, Except: []string{"x/gone"}}.Stale(g), 1)
}

func TestConsensusCode(t *testing.T) {
	found, err := Walk(filepath.Join(moduleRoot, "x"), Consensus, os.ReadFile)
	require.NoError(t, err)
	require.Empty(t, found)
}

func TestConsensusRulesFailWhenBroken(t *testing.T) {
	for name, src := range map[string]string{
		"goroutine": "package p\nfunc f() { go f() }\n",
		"clock":     "package p\nimport \"time\"\nfunc f() { _ = time.Now() }\n",
		"float":     "package p\nvar x = 0.5\n",
		"float64":   "package p\nfunc f(x float64) {}\n",
		"global":    "package p\nvar n int\nfunc f() { n++ }\n",
		"map entry": "package p\nvar m = map[int]int{}\nfunc f() { m[1] = 2 }\n",
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			require.NoError(t, os.WriteFile(filepath.Join(dir, "a.go"), []byte(src), 0o600))
			found, err := Walk(dir, Consensus, os.ReadFile)
			require.NoError(t, err)
			require.NotEmpty(t, found)
		})
	}
}

func TestMapOrder(t *testing.T) {
	found, err := MapOrder(moduleRoot, "x")
	require.NoError(t, err)
	require.Empty(t, found)
}

func TestMapOrderFailsWhenBroken(t *testing.T) {
	for name, c := range map[string]struct {
		body  string
		found int
	}{
		"local map":         {"m := map[int]int{}; for k := range m { f(k) }", 1},
		"parameter":         {"for k := range arg { f(k) }", 1},
		"field":             {"var s S; for k := range s.Field { f(k) }", 1},
		"own type":          {"var s Set; for k := range s { f(k) }", 1},
		"another package's": {"for k := range other.Things { f(k) }", 1},
		"maps.Keys":         {"m := map[int]int{}; for k := range maps.Keys(m) { f(k) }", 1},
		"sorted keys":       {"m := map[int]int{}; for _, k := range slices.Sorted(maps.Keys(m)) { f(k) }", 0},
		"slice":             {"for _, k := range []int{1} { f(k) }", 0},
		"collected, sorted": {"var l []int; for k := range arg { l = append(l, k) }; slices.Sort(l)", 0},
		"collected only":    {"var l []int; for k := range arg { l = append(l, k) }; f(len(l))", 1},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			write := func(path, src string) {
				require.NoError(t, os.MkdirAll(filepath.Join(root, filepath.Dir(path)), 0o700))
				require.NoError(t, os.WriteFile(filepath.Join(root, path), []byte(src), 0o600))
			}
			write("x/other/a.go", "package other\nvar Things map[int]int\n")
			write("x/p/a.go", "package p\nimport (\"maps\"; \"slices\"; \""+Module+"/x/other\")\n"+
				"type Set map[int]bool\ntype S struct{ Field map[int]int }\nfunc f(int) {}\nvar _, _, _ = maps.Keys[map[int]int], slices.Sort[[]int], other.Things\n"+
				"func g(arg map[int]int) { "+c.body+" }\n")
			found, err := MapOrder(root, "x")
			require.NoError(t, err)
			require.Len(t, found, c.found)
		})
	}
}

func TestFilesAreShort(t *testing.T) {
	for _, dir := range []string{"app", "cmd", "sidecar", "scripts", "tests", "x"} {
		found, err := Walk(filepath.Join(moduleRoot, dir), Long, os.ReadFile)
		require.NoError(t, err)
		require.Empty(t, found)
	}
}
