package tidy

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// What the ground floor is for, and who may do it by hand all the same. A name is a
// package below the module, or a folder with all below it where it ends in "/".
var byHand = []struct {
	what    string
	calls   []string // as they are written; "." alone before a name is any receiver
	instead string
	except  map[string]string // who, why
}{
	{
		"puts a file in place",
		[]string{"os.WriteFile", "os.Rename", "os.Link", "os.CreateTemp"},
		"boards/ground/durable",
		map[string]string{
			"boards/image":                    "builds images on a workstation: a build that is cut is begun again",
			"firmware/appliance":              "the request to power off lies in /run, which does not outlive the power",
			"firmware/journal":                "the journal owns its files: a layer of its own that can be made to fail",
			"firmware/cmd/kioskguest":         "prepares a guest's disk in the lab",
			"firmware/cmd/kiosklab":           "the lab's own files are made new for each run",
			"firmware/powertest/cmd/powerrig": "reports about disks that were cut",
			"firmware/powertest/cutdisk":      "settings of the kernel, below /sys",
			"payments/reconcile":              "rows that do not fit into memory: nobody finds them again after the run",
			"hal/gpio/filegpio":               "lines of the bench: their readers want one file or the other, nobody needs them after a power cut",
			"ota/bundle":                      "a piece of a bundle that is being packed, on the release's machine",
			"ota/cmd/otactl":                  "files for people, on the release's machine",
			"uplink/office/settle":            "a book on its way into the rows: nobody finds its file again",
			"uplink/office/store/sqlite":      "SQLite writes the copy of the books by itself",
		},
	},
	{
		"syncs",
		[]string{".Sync"},
		"boards/ground/durable",
		map[string]string{
			"firmware/journal":           "the journal owns its files",
			"hal/cmd/gpioguest":          "a guest that is about to be switched off",
			"ota/content":                "a pack is a tree, written below a root that it must not leave",
			"ota/flash":                  "a whole disk",
			"ota/slot":                   "the boot state lies on a bare partition",
			"ota/update":                 "a slot is a bare partition",
			"uplink/office/store/sqlite": "SQLite writes the copy of the books by itself",
			"ota/usb":                    "below the root of a stick, which may be FAT: it has no links and its folders do not sync",
		},
	},
	{
		"decodes strict JSON",
		[]string{".DisallowUnknownFields"},
		"boards/ground/strictjson",
		map[string]string{},
	},
}

func TestNobodyDoesByHandWhatTheGroundDoes(t *testing.T) {
	unused := map[string]bool{}
	for _, rule := range byHand {
		for who := range rule.except {
			unused[rule.what+": "+who] = true
		}
	}

	eachFile(t, func(pkgPath, file string, f *ast.File) {
		ast.Inspect(f, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			for _, rule := range byHand {
				if !calls(call, rule.calls) {
					continue
				}
				if _, excused := rule.except[pkgPath]; excused {
					delete(unused, rule.what+": "+pkgPath)
					continue
				}
				t.Errorf("%s %s by hand: use %s", file, rule.what, rule.instead)
			}
			return true
		})
	})

	for u := range unused {
		t.Errorf("%s needs no exception any more", u)
	}
}

// calls reports whether a call is written as one of names.
func calls(call *ast.CallExpr, names []string) bool {
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	from, _ := sel.X.(*ast.Ident)
	return slices.ContainsFunc(names, func(name string) bool {
		of, method, _ := strings.Cut(name, ".")
		return sel.Sel.Name == method && (of == "" && len(call.Args) == 0 || from != nil && from.Name == of)
	})
}

// ownWait are names that an own copy of a ground's function would have.
var ownWait = regexp.MustCompile(`(?i)^(backoff|back_off|pause|sleep|syncdir|syncfolder|writesynced|writeatomic|atomicwrite|decodestrict|strictdecode)$`)

// mayWait says which packages declare such a name all the same, and why.
var mayWait = map[string]string{
	"hal/bill/owner":    "Backoff spaces commands of a validator by its own clock, the first few at once",
	"payments/leg/call": "Backoff is the posting's choice of waits",
}

func TestNobodyCopiesTheGround(t *testing.T) {
	eachFile(t, func(pkgPath, file string, f *ast.File) {
		if _, excused := mayWait[pkgPath]; excused {
			return
		}
		for _, d := range f.Decls {
			var names []*ast.Ident
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Recv == nil {
					names = append(names, d.Name)
				}
			case *ast.GenDecl:
				for _, s := range d.Specs {
					if s, ok := s.(*ast.TypeSpec); ok {
						names = append(names, s.Name)
					}
				}
			}
			for _, n := range names {
				if ownWait.MatchString(n.Name) {
					t.Errorf("%s declares %s: boards/ground has it", file, n.Name)
				}
			}
		}
	})
}

// eachFile parses the tree's files but for tests, doubles and the ground itself.
// pkgPath is below the module.
func eachFile(t *testing.T, visit func(pkgPath, file string, f *ast.File)) {
	t.Helper()
	for _, p := range list(t, "./...") {
		if isGround(p.ImportPath) || isDouble(p.ImportPath) {
			continue
		}
		pkgPath := strings.TrimPrefix(p.ImportPath, module+"/")
		for _, name := range p.GoFiles {
			f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, name), nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			visit(pkgPath, pkgPath+"/"+name, f)
		}
	}
}
