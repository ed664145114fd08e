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
			broken, err := r.Check(g)
			require.NoError(t, err)
			require.Empty(t, broken)
		})
	}
}

// Each rule must be able to fail: a graph with one forbidden edge per rule is refused, at a distance where the rule reaches that far.
func TestRulesFailWhenBroken(t *testing.T) {
	for _, r := range Rules {
		t.Run(r.Name, func(t *testing.T) {
			for _, from := range r.From {
				for _, to := range r.To {
					source, target := example(from), example(to)
					if matchesAny(r.Except, target) || matchesAny(r.Except, source) {
						continue
					}
					g := Graph{target: nil}
					for _, other := range r.From {
						g[example(other)] = nil
					}
					if r.Direct {
						g[source] = []string{target}
					} else {
						g[source], g["example.org/between"] = []string{"example.org/between"}, []string{target}
					}
					broken, err := r.Check(g)
					require.NoError(t, err)
					require.NotEmpty(t, broken, "%s importing %s goes unnoticed", from, to)
				}
			}
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

func TestRuleAboutMissingPackageFails(t *testing.T) {
	_, err := Rule{Name: "stale", From: []string{"x/gone/..."}, To: []string{"os"}}.Check(Graph{Module + "/x/work": nil})
	require.ErrorContains(t, err, "no package matches")
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

func TestFilesAreShort(t *testing.T) {
	for _, dir := range []string{"app", "cmd", "sidecar", "scripts", "tests", "x"} {
		found, err := Walk(filepath.Join(moduleRoot, dir), Long, os.ReadFile)
		require.NoError(t, err)
		require.Empty(t, found)
	}
}
