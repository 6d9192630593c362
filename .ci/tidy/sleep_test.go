package tidy

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// maySleep says how often the tests of a package sleep by the real clock, and why. It
// only shrinks: a test waits for the thing, or runs in synctest's bubble, where a sleep
// is a wait for virtual time and takes none.
var maySleep = map[string]struct {
	sleeps int
	why    string
}{
	"firmware/appliance":  {3, "polls what another goroutine brings about, up to a limit"},
	"firmware/cmd/kioskd": {2, "polls a process from outside, and measures it once it has settled"},
	"hal/audio":           {1, "polls a player up to a limit"},
	"hal/smoke":           {2, "polls a device up to a limit"},
}

// TestTestsDoNotSleep: a sleep of the real clock waits for too long or not long enough.
func TestTestsDoNotSleep(t *testing.T) {
	found := map[string][]string{}
	top := root(t)
	err := filepath.WalkDir(top, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == ".git" || d.Name() == "dist" || d.Name() == "testdata") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, "_test.go") {
			return nil
		}

		files := token.NewFileSet()
		f, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		folder, err := filepath.Rel(top, filepath.Dir(path))
		for _, call := range realSleeps(f) {
			found[folder] = append(found[folder], files.Position(call.Pos()).String())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}

	for folder, at := range found {
		if n := maySleep[folder].sleeps; len(at) > n {
			t.Errorf("%s sleeps %d times, %d are excused: wait for the thing\n%s", folder, len(at), n, strings.Join(at, "\n"))
		}
	}
	for folder, may := range maySleep {
		if n := len(found[folder]); n < may.sleeps {
			t.Errorf("%s sleeps %d times: lower the %d in maySleep", folder, n, may.sleeps)
		}
	}
}

// realSleeps are the calls of time.Sleep in a file outside of synctest's bubble. A file
// that uses synctest, and whose helpers run inside of it, is taken as a whole to be
// within, but for functions that poll up to a limit by time.Now.
func realSleeps(f *ast.File) (calls []*ast.CallExpr) {
	bubble := mentions(f, "synctest")
	for _, d := range f.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok || bubble && (mentions(fn, "synctest") || !polls(fn)) {
			continue
		}
		ast.Inspect(fn, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok && isCall(call, "time", "Sleep") {
				calls = append(calls, call)
			}
			return true
		})
	}
	return calls
}

// polls reports whether a function looks at the clock.
func polls(n ast.Node) (found bool) {
	ast.Inspect(n, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		found = found || ok && isCall(call, "time", "Now")
		return !found
	})
	return found
}

func mentions(n ast.Node, name string) (found bool) {
	ast.Inspect(n, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if ok {
			id, isName := sel.X.(*ast.Ident)
			found = found || isName && id.Name == name
		}
		return !found
	})
	return found
}

func isCall(call *ast.CallExpr, pkg, name string) bool {
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	id, ok := sel.X.(*ast.Ident)
	return ok && id.Name == pkg && sel.Sel.Name == name
}
