// Package house checks who may import whom and what consensus code may contain (docs/architecture.md). Its tests walk
// the transitive import graph, so that a forbidden package cannot hide behind an innocent one.
package house

import (
	"bufio"
	"bytes"
	"fmt"
	"os/exec"
	"slices"
	"strings"
)

// Module is the path of the module.
const Module = "github.com/joulechain/joule"

// Graph maps each package to what it imports itself, test files left out.
type Graph map[string][]string

// LoadGraph lists the module's packages and all their dependencies with the go command, offline.
func LoadGraph(root string) (Graph, error) {
	cmd := exec.Command("go", "list", "-deps", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "./...")
	cmd.Dir = root
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w: %s", err, stderr.String())
	}
	g := Graph{}
	lines := bufio.NewScanner(bytes.NewReader(out))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if fields := strings.Fields(lines.Text()); len(fields) > 0 {
			g[fields[0]] = fields[1:]
		}
	}
	return g, lines.Err()
}

// Rule forbids packages From to reach packages To, at any distance or as a direct import only.
type Rule struct {
	Name string
	// From and To are patterns: an import path below Module (x/work/proof/...) or a full one; "/..." takes what is
	// below.
	From, Except, To []string
	// Direct limits the rule to import statements of From itself.
	Direct bool
	// Only, where set, lists the packages outside the standard library that From may reach; everything else is
	// forbidden.
	Only []string
}

// Stale names the patterns that match no package: a rule about a package that no longer exists guards nothing. Packages
// that are not of this module may be absent, for that is what the rule wants.
func (r Rule) Stale(g Graph) []string {
	all := packages(g)
	var stale []string
	for _, p := range slices.Concat(r.From, r.Except, r.To, r.Only) {
		if (ours(p) || slices.Contains(r.From, p)) && !slices.ContainsFunc(all, func(pkg string) bool { return matches(p, pkg) }) {
			stale = append(stale, fmt.Sprintf("rule %q: no package matches %q", r.Name, p))
		}
	}
	return stale
}

// ours tells a pattern of the module's own packages.
func ours(pattern string) bool {
	top, _, _ := strings.Cut(pattern, "/")
	return slices.Contains([]string{"x", "app", "sidecar", "cmd"}, top)
}

// standard tells a package of Go's own library.
func standard(pkg string) bool {
	top, _, _ := strings.Cut(pkg, "/")
	return !strings.Contains(top, ".")
}

// Check returns the chains of imports that break the rule.
func (r Rule) Check(g Graph) (broken []string) {
	for _, pkg := range packages(g) {
		if !matchesAny(r.From, pkg) || matchesAny(r.Except, pkg) {
			continue
		}
		if chain := r.find(g, pkg); chain != nil {
			broken = append(broken, strings.Join(chain, " → "))
		}
	}
	return broken
}

// forbids tells whether the rule's packages must not reach pkg.
func (r Rule) forbids(pkg string) bool {
	if matchesAny(r.Except, pkg) {
		return false
	}
	if r.Only != nil && !standard(pkg) && !matchesAny(r.Only, pkg) && !matchesAny(r.From, pkg) {
		return true
	}
	return matchesAny(r.To, pkg)
}

// find walks breadth first, so that the chain it returns is a shortest one.
func (r Rule) find(g Graph, from string) []string {
	type step struct {
		pkg  string
		back *step
	}
	queue := []*step{{pkg: from}}
	seen := map[string]bool{from: true}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		for _, next := range g[at.pkg] {
			if seen[next] {
				continue
			}
			seen[next] = true
			s := &step{next, at}
			if r.forbids(next) {
				var chain []string
				for ; s != nil; s = s.back {
					chain = append(chain, strings.TrimPrefix(s.pkg, Module+"/"))
				}
				slices.Reverse(chain)
				return chain
			}
			if !r.Direct {
				queue = append(queue, s)
			}
		}
	}
	return nil
}

func packages(g Graph) []string {
	out := make([]string, 0, len(g))
	for pkg := range g {
		out = append(out, pkg)
	}
	slices.Sort(out)
	return out
}

func matchesAny(patterns []string, pkg string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return matches(p, pkg) })
}

// matches compares a pattern with an import path; patterns of the module's own packages leave its path out.
func matches(pattern, pkg string) bool {
	if own := strings.TrimPrefix(pkg, Module+"/"); own != pkg && matchPath(pattern, own) {
		return true
	}
	return matchPath(pattern, pkg)
}

func matchPath(pattern, path string) bool {
	if base, below := strings.CutSuffix(pattern, "/..."); below {
		return path == base || strings.HasPrefix(path, base+"/")
	}
	return path == pattern
}
