package keeper_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// callers lists "file:function" of every call of a method or function of that name in the tree's non-test code.
func callers(t *testing.T, name string, dirs ...string) []string {
	t.Helper()
	var found []string
	for _, dir := range dirs {
		root := filepath.Join("..", "..", "..", dir)
		require.NoError(t, filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			rel, err := filepath.Rel(filepath.Join("..", "..", ".."), path)
			if err != nil {
				return err
			}
			for _, decl := range file.Decls {
				in := "package"
				if fn, ok := decl.(*ast.FuncDecl); ok {
					in = fn.Name.Name
				}
				ast.Inspect(decl, func(n ast.Node) bool {
					switch e := n.(type) {
					case *ast.SelectorExpr: // a method value would mint as well as a call does
						if e.Sel.Name == name {
							found = append(found, filepath.ToSlash(rel)+":"+in)
						}
					case *ast.CallExpr:
						if id, ok := e.Fun.(*ast.Ident); ok && id.Name == name {
							found = append(found, filepath.ToSlash(rel)+":"+in)
						}
					}
					return true
				})
			}
			return nil
		}))
	}
	slices.Sort(found)
	return found
}

// Coins are created by one function, which the end of an epoch alone reaches.
func TestOneFunctionMints(t *testing.T) {
	const dir = "x/emissions/keeper/"
	for _, c := range []struct {
		name string
		in   []string
		want []string
	}{
		{"MintCoins", []string{"x", "app", "cmd"}, []string{dir + "mint.go:mint"}},
		{"mint", []string{"x/emissions"}, []string{dir + "epoch_end.go:fundCommunity", dir + "escrow.go:fundEscrow", dir + "freeze.go:fundClass"}},
		{"fundCommunity", []string{"x/emissions"}, []string{dir + "epoch_end.go:endEpoch"}},
		{"fundEscrow", []string{"x/emissions"}, []string{dir + "epoch_end.go:endEpoch"}},
		{"fundClass", []string{"x/emissions"}, []string{dir + "freeze.go:freezeEpoch"}},
		{"endEpoch", []string{"x/emissions"}, []string{dir + "abci.go:EndBlocker"}},
		{"freezeEpoch", []string{"x/emissions"}, []string{dir + "abci.go:EndBlocker"}},
		{"EndBlocker", []string{"x/emissions"}, []string{"x/emissions/module.go:EndBlock"}},
	} {
		require.Equal(t, c.want, callers(t, c.name, c.in...), "callers of %s", c.name)
	}
}

// Burns are counted where they happen: this module's own in one function, other modules' in the wrapper.
func TestEveryBurnIsCounted(t *testing.T) {
	require.Equal(t, []string{"x/emissions/keeper/burn.go:BurnCoins", "x/emissions/keeper/burn.go:burn"}, callers(t, "BurnCoins", "x", "app", "cmd"))
}
