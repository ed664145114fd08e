// Package house checks who may import whom and what consensus code may contain (docs/architecture.md). Its tests walk the
// transitive import graph, so that a forbidden package cannot hide behind an innocent one.
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
	// From and To are patterns: an import path below Module (x/work/proof/...) or a full one; "/..." takes what is below.
	From, Except, To []string
	// Direct limits the rule to import statements of From itself.
	Direct bool
}

// Check returns the chains of imports that break the rule, and an error for a pattern that names nothing: a rule about a
// package that no longer exists guards nothing.
func (r Rule) Check(g Graph) (broken []string, err error) {
	for _, p := range r.From {
		if !slices.ContainsFunc(packages(g), func(pkg string) bool { return matches(p, pkg) }) {
			return nil, fmt.Errorf("rule %q: no package matches %q", r.Name, p)
		}
	}
	for _, pkg := range packages(g) {
		if !matchesAny(r.From, pkg) || matchesAny(r.Except, pkg) {
			continue
		}
		if chain := r.find(g, pkg); chain != nil {
			broken = append(broken, strings.Join(chain, " → "))
		}
	}
	return broken, nil
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
			if matchesAny(r.To, next) && !matchesAny(r.Except, next) {
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
