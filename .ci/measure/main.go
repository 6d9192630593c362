// Command measure prints the size of a tree's product code: lines, functions, the
// largest types and the packages that know most of the others.
//
// It counts what is no test and no double (a package whose name ends in test or sim,
// or is bench). Give it the root of another checkout to compare:
//
//	go run ./.ci/measure [folder]
package main

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

const listed = 12 // entries of each list

// size is a type's methods and fields, or a package's imports within the module.
type size struct {
	name            string
	methods, fields int
}

type tree struct {
	lines, funcs []int // of each file, of each function
	types        map[string]*size
	imports      map[string]map[string]bool
}

func main() {
	root := "."
	if len(os.Args) > 1 {
		root = os.Args[1]
	}
	t := tree{types: map[string]*size{}, imports: map[string]map[string]bool{}}
	if err := t.walk(root); err != nil {
		fmt.Fprintln(os.Stderr, "measure:", err)
		os.Exit(1)
	}
	t.print()
}

func (t *tree) walk(root string) error {
	return filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() {
			if path != root && (strings.HasPrefix(name, ".") || name == "dist" || name == "testdata" || isDouble(name)) {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		dir, err := filepath.Rel(root, filepath.Dir(path))
		if err != nil {
			return err
		}
		return t.file(dir, path)
	})
}

// isDouble reports whether a folder holds what stands for something else in tests.
func isDouble(name string) bool {
	return strings.HasSuffix(name, "test") || strings.HasSuffix(name, "sim") || name == "bench"
}

func (t *tree) file(dir, path string) error {
	set := token.NewFileSet()
	f, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	t.lines = append(t.lines, set.File(f.FileStart).LineCount())
	for _, i := range f.Imports {
		if to, err := strconv.Unquote(i.Path.Value); err == nil && strings.HasPrefix(to, "wattkiosk/") {
			if t.imports[dir] == nil {
				t.imports[dir] = map[string]bool{}
			}
			t.imports[dir][to] = true
		}
	}
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			t.funcs = append(t.funcs, set.Position(d.End()).Line-set.Position(d.Pos()).Line+1)
			if d.Recv != nil {
				t.of(dir, receiver(d.Recv.List[0].Type)).methods++
			}
		case *ast.GenDecl:
			for _, s := range d.Specs {
				if s, ok := s.(*ast.TypeSpec); ok {
					t.typ(dir, s)
				}
			}
		}
	}

	return nil
}

func (t *tree) of(dir, name string) *size {
	key := dir + "." + name
	if t.types[key] == nil {
		t.types[key] = &size{name: key}
	}

	return t.types[key]
}

func (t *tree) typ(dir string, s *ast.TypeSpec) {
	st, ok := s.Type.(*ast.StructType)
	if !ok {
		return
	}
	for _, f := range st.Fields.List {
		t.of(dir, s.Name.Name).fields += max(1, len(f.Names))
	}
}

// receiver is the name of a receiver's type.
func receiver(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return receiver(e.X)
	case *ast.IndexExpr:
		return receiver(e.X)
	case *ast.IndexListExpr:
		return receiver(e.X)
	case *ast.Ident:
		return e.Name
	}

	return "?"
}

func (t *tree) print() {
	all := 0
	for _, n := range t.lines {
		all += n
	}
	fmt.Printf("files %d, lines %d; lines of a file p50 %d, p90 %d, max %d\n",
		len(t.lines), all, percentile(t.lines, 50), percentile(t.lines, 90), percentile(t.lines, 100))
	fmt.Printf("functions %d; lines of a function p50 %d, p90 %d, max %d\n",
		len(t.funcs), percentile(t.funcs, 50), percentile(t.funcs, 90), percentile(t.funcs, 100))

	types := make([]size, 0, len(t.types))
	for _, s := range t.types {
		types = append(types, *s)
	}
	slices.SortFunc(types, func(a, b size) int { return cmp.Or(b.methods-a.methods, strings.Compare(a.name, b.name)) })
	fmt.Println("\nmethods fields  largest types")
	for _, s := range types[:min(listed, len(types))] {
		fmt.Printf("%7d %6d  %s\n", s.methods, s.fields, s.name)
	}
	slices.SortFunc(types, func(a, b size) int { return cmp.Or(b.fields-a.fields, strings.Compare(a.name, b.name)) })
	fmt.Println("\nfields  widest structs")
	for _, s := range types[:min(listed, len(types))] {
		fmt.Printf("%6d  %s\n", s.fields, s.name)
	}

	var packages []size
	for dir, to := range t.imports {
		packages = append(packages, size{name: dir, fields: len(to)})
	}
	slices.SortFunc(packages, func(a, b size) int { return cmp.Or(b.fields-a.fields, strings.Compare(a.name, b.name)) })
	fmt.Println("\nimports  packages that know most of the others")
	for _, s := range packages[:min(listed, len(packages))] {
		fmt.Printf("%7d  %s\n", s.fields, s.name)
	}
}

// percentile is the smallest value that p of a hundred do not exceed; 0 for none.
func percentile(n []int, p int) int {
	if len(n) == 0 {
		return 0
	}
	s := slices.Sorted(slices.Values(n))

	return s[max(0, (len(s)*p+99)/100-1)]
}
