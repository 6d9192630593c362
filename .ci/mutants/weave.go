package main

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// chosen is the variable of the environment that names the fault which a woven program has.
const chosen = "WATTKIOSK_FAULT"

// weave puts all faults that lie within a function into one overlay: the function stands
// beside the original a second time, with the fault, and the original hands over to it where
// the environment names the fault. So a program is built once for all of them. It returns
// which faults are in it; the others take a build of their own.
func weave(dir string, mutants []mutant) (overlay string, woven map[string]bool, err error) {
	files := map[string][]mutant{}
	for _, m := range mutants {
		files[m.file] = append(files[m.file], m)
	}

	replace, woven := map[string]string{}, map[string]bool{}
	add := func(path, name, text string) error {
		real, err := filepath.Abs(path)
		if err != nil {
			return err
		}
		replace[real] = filepath.Join(dir, name)

		return os.WriteFile(replace[real], []byte(text), 0o600)
	}
	for path, of := range files {
		text, pkg, in, err := weaveFile(path, of)
		if err != nil {
			return "", nil, err
		}
		if len(in) == 0 {
			continue
		}
		for _, name := range in {
			woven[name] = true
		}
		flat := strings.ReplaceAll(path, "/", "-")
		if err := add(path, "woven-"+flat, text); err != nil {
			return "", nil, err
		}
		if err := add(chooserIn(path), "chosen-"+flat, chooser(pkg)); err != nil {
			return "", nil, err
		}
	}

	b, err := json.Marshal(map[string]map[string]string{"Replace": replace})
	if err != nil {
		return "", nil, err
	}
	overlay = filepath.Join(dir, "woven.json")

	return overlay, woven, os.WriteFile(overlay, b, 0o600)
}

// chooserIn is the file, beside one with faults, that reads which is chosen.
func chooserIn(path string) string { return filepath.Join(filepath.Dir(path), "chosenfault.go") }

func chooser(pkg string) string {
	return fmt.Sprintf("package %s\n\nimport \"os\"\n\nvar chosenFault = os.Getenv(%q)\n", pkg, chosen)
}

// weaveFile returns a file with the faults that lie within its functions, its package, and
// the names of those faults.
func weaveFile(path string, mutants []mutant) (text, pkg string, in []string, err error) {
	body, err := os.ReadFile(path)
	if err != nil {
		return "", "", nil, err
	}
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, path, body, parser.SkipObjectResolution)
	if err != nil {
		return "", "", nil, err
	}
	src := string(body)
	at := func(p token.Pos) int { return set.Position(p).Offset }

	inserts, copies := map[int]string{}, ""
	for _, m := range mutants {
		from := strings.Index(src, m.old)
		i := slices.IndexFunc(file.Decls, func(d ast.Decl) bool { return at(d.Pos()) <= from && from+len(m.old) <= at(d.End()) })
		if i < 0 {
			continue
		}
		f, is := file.Decls[i].(*ast.FuncDecl)
		if !is || f.Body == nil {
			continue
		}
		other := f.Name.Name + "With" + strconv.Itoa(len(in)) + "Fault"
		call, ok := handOver(f, other)
		if !ok {
			continue
		}
		faulty := strings.Replace(src[at(f.Pos()):at(f.End())], m.old, m.new, 1)
		name := regexp.MustCompile(`^(func\s*(?:\([^)]*\)\s*)?)` + f.Name.Name + `\b`)
		copies += "\n\n" + name.ReplaceAllString(faulty, "${1}"+other)
		inserts[at(f.Body.Lbrace)+1] += fmt.Sprintf(" if chosenFault == %q { %s };", m.name, call)
		in = append(in, m.name)
	}

	var out strings.Builder
	last := 0
	for _, p := range slices.Sorted(maps.Keys(inserts)) {
		out.WriteString(src[last:p] + inserts[p])
		last = p
	}
	out.WriteString(src[last:] + copies + "\n")

	return out.String(), file.Name.Name, in, nil
}

// handOver is the call of the other function with all that f was given; false where f has no
// name for something.
func handOver(f *ast.FuncDecl, other string) (call string, ok bool) {
	if f.Recv != nil {
		names := f.Recv.List[0].Names
		if len(names) != 1 || names[0].Name == "_" {
			return "", false
		}
		other = names[0].Name + "." + other
	}
	var args []string
	for _, field := range f.Type.Params.List {
		_, rest := field.Type.(*ast.Ellipsis)
		if len(field.Names) == 0 {
			return "", false
		}
		for _, n := range field.Names {
			if n.Name == "_" {
				return "", false
			}
			arg := n.Name
			if rest {
				arg += "..."
			}
			args = append(args, arg)
		}
	}
	call = other + "(" + strings.Join(args, ", ") + ")"
	if f.Type.Results.NumFields() > 0 {
		return "return " + call, true
	}

	return call + "; return", true
}
