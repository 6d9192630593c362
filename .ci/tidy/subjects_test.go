package tidy

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const office = module + "/uplink/office/"

// subjects are those of head office, with the others that each may know by what they
// declare: an audit line, a kiosk, its journal. None knows how rows are stored or shown.
// A folder that is neither one of them nor in inOffice is one that somebody forgot.
var subjects = map[string][]string{
	"accounts":    {"stored", "books", "acquiring"},
	"acquiring":   {"stored", "books", "people"},
	"approval":    {"stored", "people"},
	"bank":        {"stored", "books", "people"},
	"books":       {"stored", "people"},
	"cash":        {"stored", "accounts", "books", "people"},
	"fleet":       {"stored", "books", "identity", "people"},
	"identity":    {"stored", "books", "people"},
	"people":      {"stored"},
	"proof":       {"stored", "books", "cash", "fleet"},
	"rollout":     {"stored", "books", "fleet", "people"},
	"sparekeys":   {"stored"},
	"where":       {"books"},
	"counterfeit": {"stored", "accounts", "books", "people", "cash"}, // a note lies in a collection, and is set aside from it
	"settle":      {"stored", "accounts", "bank", "books", "fleet", "people", "rollout", "settle/source"},
}

// inOffice are the folders that are no subjects: where rows are kept, where they are
// shown, and the lines to the world outside.
var inOffice = []string{"admission", "broker", "ca", "depot", "door", "gateway", "server", "signer", "store", "stored", "web"}

func TestSubjectsOfHeadOfficeKeepApart(t *testing.T) {
	folders, err := os.ReadDir(filepath.Join(root(t), "uplink/office"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range folders {
		if _, isSubject := subjects[f.Name()]; f.IsDir() && isSubject == slices.Contains(inOffice, f.Name()) {
			t.Errorf("uplink/office/%s: say in this file whether it is a subject, and what it may know", f.Name())
		}
	}
	for _, name := range append(slices.Sorted(maps.Keys(subjects)), inOffice...) {
		if _, err := os.Stat(filepath.Join(root(t), "uplink/office", name)); err != nil {
			t.Error(err)
		}
	}

	for _, p := range list(t, "./uplink/office/...") {
		subject, ours := strings.CutPrefix(p.ImportPath, office)
		mayKnow, isSubject := subjects[subject]
		if !ours || !isSubject {
			continue
		}
		for _, imp := range p.Imports {
			if other, ok := strings.CutPrefix(imp, office); ok && !slices.Contains(mayKnow, other) {
				t.Errorf("%s imports %s: it may know %v only", p.ImportPath, imp, mayKnow)
			}
		}
	}
}

// TestPagesOfASubjectKeepApart: the pages of a subject stand in the hall and hold no
// others, but for the overview, which is made of theirs.
func TestPagesOfASubjectKeepApart(t *testing.T) {
	file := filepath.Join(root(t), "uplink/office/web/subject.go")
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	pages := 0
	ast.Inspect(f, func(n ast.Node) bool {
		s, ok := n.(*ast.TypeSpec)
		if !ok || !strings.HasSuffix(s.Name.Name, "Pages") {
			return true
		}
		pages++
		for _, field := range s.Type.(*ast.StructType).Fields.List {
			star, ok := field.Type.(*ast.StarExpr)
			if !ok {
				continue
			}
			if held, ok := star.X.(*ast.Ident); ok && strings.HasSuffix(held.Name, "Pages") && s.Name.Name != "overviewPages" {
				t.Errorf("%s holds %s", s.Name.Name, held.Name)
			}
		}
		return true
	})
	if pages < 5 {
		t.Errorf("%s has %d types of pages", file, pages)
	}
}
