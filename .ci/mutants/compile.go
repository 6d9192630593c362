package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// listed is a package as the go command lists it.
type listed struct {
	ImportPath, Dir, Export string
	GoFiles                 []string
}

// compiler checks the types of packages with faults in them, as the compiler would, against
// what their imports export. It builds nothing.
type compiler struct {
	set      *token.FileSet
	imports  types.Importer
	packages map[string]listed // by folder, as faults name them
}

// newCompiler lists the packages that have faults, and all that they import.
func newCompiler(mutants []mutant) (*compiler, error) {
	folders := map[string]bool{}
	for _, m := range mutants {
		folders["./"+filepath.Dir(m.file)] = true
	}
	args := append([]string{"list", "-export", "-deps", "-json=ImportPath,Dir,Export,GoFiles", "--"}, slices.Sorted(maps.Keys(folders))...)
	list := exec.Command("go", args...)
	list.Stderr = os.Stderr
	out, err := list.Output()
	if err != nil {
		return nil, fmt.Errorf("cannot list the packages of the faults: %w", err)
	}

	root, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	c := &compiler{set: token.NewFileSet(), packages: map[string]listed{}}
	exports := map[string]string{}
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, fmt.Errorf("cannot read the list of packages: %w", err)
		}
		exports[p.ImportPath] = p.Export
		if folder, err := filepath.Rel(root, p.Dir); err == nil {
			c.packages[folder] = p
		}
	}
	c.imports = importer.ForCompiler(c.set, "gc", func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) })

	return c, nil
}

// broken are the faults that do not compile, each with why. Those of a package that can be chosen
// as the program starts are checked together, and one by one only where they do not compile so.
func (c *compiler) broken(mutants []mutant) (all []string, err error) {
	of := map[string][]mutant{}
	for _, m := range mutants {
		folder := filepath.Dir(m.file)
		of[folder] = append(of[folder], m)
	}
	for _, folder := range slices.Sorted(maps.Keys(of)) {
		woven, alone, err := weaveFolder(of[folder])
		if err != nil {
			return nil, err
		}
		if c.check(folder, woven) != nil {
			alone = of[folder]
		}
		for _, m := range alone {
			if err := c.checkOne(m); err != nil {
				all = append(all, fmt.Sprintf("%s does not compile: %v", m.name, err))
			}
		}
	}

	return all, nil
}

// weaveFolder is the files of a folder with the faults that can be chosen, and the other faults.
func weaveFolder(mutants []mutant) (files map[string]string, alone []mutant, err error) {
	files = map[string]string{}
	in := map[string]bool{}
	of := map[string][]mutant{}
	for _, m := range mutants {
		of[m.file] = append(of[m.file], m)
	}
	for path, here := range of {
		text, pkg, names, err := weaveFile(path, here)
		if err != nil {
			return nil, nil, err
		}
		if len(names) > 0 {
			files[path], files[chooserIn(path)] = text, chooser(pkg)
		}
		for _, name := range names {
			in[name] = true
		}
	}
	for _, m := range mutants {
		if !in[m.name] {
			alone = append(alone, m)
		}
	}

	return files, alone, nil
}

// checkOne checks a package with one fault, as the hunt would build it.
func (c *compiler) checkOne(m mutant) error {
	files, alone, err := weaveFolder([]mutant{m})
	if err != nil {
		return err
	}
	if len(alone) > 0 {
		body, err := os.ReadFile(m.file)
		if err != nil {
			return err
		}
		files[m.file] = strings.Replace(string(body), m.old, m.new, 1)
	}

	return c.check(filepath.Dir(m.file), files)
}

// check checks a package in which files stand in place of those of the tree, or beside them.
func (c *compiler) check(folder string, files map[string]string) error {
	p, known := c.packages[folder]
	if !known {
		return fmt.Errorf("%s is no package", folder)
	}
	paths := slices.Collect(maps.Keys(files))
	for _, name := range p.GoFiles {
		if path := filepath.Join(folder, name); files[path] == "" {
			paths = append(paths, path)
		}
	}
	slices.Sort(paths)

	var parsed []*ast.File
	for _, path := range paths {
		var text any // nil: the file itself
		if files[path] != "" {
			text = files[path]
		}
		f, err := parser.ParseFile(c.set, path, text, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		parsed = append(parsed, f)
	}
	_, err := (&types.Config{Importer: c.imports}).Check(p.ImportPath, c.set, parsed, nil)

	return err
}
