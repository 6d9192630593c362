package tidy

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// below reports whether a package is the one of that path in the tree, or lies under it.
func below(path, of string) bool {
	return path == module+"/"+of || strings.HasPrefix(path, module+"/"+of+"/")
}

// apart are rooms of which none knows another of the same list, or its wiring.
var apart = [][]string{
	{"firmware/line", "firmware/cabinet", "firmware/handover", "firmware/control", "firmware/appliance"},
	{"firmware/service/paybill", "firmware/service/update", "firmware/kiosk"},
	{"firmware/condition", "firmware/questions", "firmware/tender", "firmware/kiosk"},
}

// unknown are what a room may not know: a service never sees a device, a tender never
// sees a screen.
var unknown = []struct{ room, knows string }{
	{"firmware/service", "hal"},
	{"firmware/tender", "firmware/page"},
	{"firmware/tender", "firmware/screen"},
	{"firmware/tender", "firmware/visit"},
	{"firmware/tender", "firmware/service"},
	{"firmware/visit", "hal"},
	{"firmware/page", "hal"},
}

func TestRoomsKeepApart(t *testing.T) {
	for _, p := range list(t, "./firmware/...") {
		if isDouble(p.ImportPath) {
			continue
		}
		for _, imp := range p.Imports {
			for _, u := range unknown {
				if below(p.ImportPath, u.room) && below(imp, u.knows) {
					t.Errorf("%s imports %s: %s may not know %s", p.ImportPath, imp, u.room, u.knows)
				}
			}
			for _, rooms := range apart {
				if from, to := roomOf(p.ImportPath, rooms[:len(rooms)-1]), roomOf(imp, rooms); from != "" && to != "" && from != to {
					t.Errorf("%s imports %s: they know nothing of each other", p.ImportPath, imp)
				}
			}
		}
	}
}

// roomOf is the room of a list that a package lies in; empty for none.
func roomOf(path string, rooms []string) string {
	for _, r := range rooms {
		if below(path, r) {
			return r
		}
	}

	return ""
}

// mostMethods is what a type may have. Those that have more today are listed with
// their number, which may only shrink.
const mostMethods = 45

var largeTypes = map[string]int{
	"firmware/journal.Journal":          65,
	"firmware/updater.Agent":            59,
	"hal/bill/cctalk.Driver":            83,
	"hal/bill/ebds.Driver":              61,
	"hal/bill/id003.Driver":             54,
	"hal/bill/ssp.Driver":               70,
	"hal/card/crt571.Driver":            61,
	"hal/card/pcsc.Driver":              56,
	"hal/printer/escpos.Driver":         49,
	"uplink/office/store/memstore.rows": 62,
	"uplink/office/store/sqlstore.rows": 62,
}

// clocks are the packages outside mains and doubles that look at the clock themselves, by
// the number of places, which may only shrink. Everything else is given the time.
var clocks = map[string]int{
	"boards/ground/httpgate":  1,
	"boards/ground/labclock":  1,
	"firmware/appliance":      3,
	"firmware/cabinet":        4,
	"firmware/handover":       1,
	"firmware/line":           4,
	"firmware/peripherals":    8,
	"firmware/powertest/duty": 5,
	"firmware/screen":         1,
	"firmware/technician":     3,
	"firmware/updater":        1,
	"hal/bill/ssp":            1,
	"hal/card/pcsc":           1,
	"hal/card/vendor":         1,
	"hal/clock":               1,
	"hal/gpio":                2,
	"hal/smoke":               2,
	"ota/update":              3,
	"uplink/mqttlink":         1,
	"uplink/office/broker":    3,
	"uplink/office/ca":        1,
	"uplink/office/depot":     1,
	"uplink/office/door":      4,
	"uplink/office/web":       4,
}

// crowded are the packages with assignments of more than two values at once, by the
// number of such assignments, which may only shrink.
var crowded = map[string]int{
	"boards/image":               2,
	"firmware/appliance":         1,
	"firmware/cmd/kiosklab":      2,
	"firmware/handover":          3,
	"firmware/journal":           7,
	"firmware/kiosk":             1,
	"firmware/line":              1,
	"firmware/powertest/cutdisk": 3,
	"firmware/powertest/duty":    1,
	"firmware/staff":             2,
	"firmware/updater":           8,
	"hal/bill/ccnet":             9,
	"hal/bill/cctalk":            12,
	"hal/bill/ebds":              16,
	"hal/bill/id003":             6,
	"hal/bill/ssp":               13,
	"hal/camera":                 1,
	"hal/card/crt310":            4,
	"hal/card/crt571":            10,
	"hal/card/pcsc":              6,
	"hal/cmd/gpioguest":          1,
	"hal/gpio":                   2,
	"hal/meter/dlt645":           2,
	"hal/port":                   1,
	"hal/printer/escpos":         3,
	"hal/scanner/hidkey":         1,
	"hal/scanner/wedge":          2,
	"ota/bundle":                 3,
	"ota/slot":                   2,
	"ota/update":                 2,
	"payments/leg/call":          7,
	"payments/mis/socket":        1,
	"payments/money":             1,
	"payments/posting":           1,
	"uplink/cmd/officed":         2,
	"uplink/office/books":        7,
	"uplink/office/rollout":      5,
	"uplink/office/web":          8,
	"uplink/outbox":              3,
}

// counts is what one walk over the product code finds.
type counts struct{ methods, clocks, crowded map[string]int }

func count(t *testing.T) counts {
	t.Helper()
	c := counts{methods: map[string]int{}, clocks: map[string]int{}, crowded: map[string]int{}}
	for _, p := range list(t, "./...") {
		if isDouble(p.ImportPath) {
			continue
		}
		path := strings.TrimPrefix(p.ImportPath, module+"/")
		for _, name := range p.GoFiles {
			f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, name), nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			c.file(path, isMain(p), f)
		}
	}

	return c
}

func (c counts) file(path string, main bool, f *ast.File) {
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			if n.Recv != nil {
				c.methods[path+"."+receiver(n.Recv.List[0].Type)]++
			}
		case *ast.SelectorExpr:
			if x, ok := n.X.(*ast.Ident); ok && !main && x.Name == "time" && n.Sel.Name == "Now" {
				c.clocks[path]++
			}
		case *ast.AssignStmt:
			if len(n.Lhs) > 2 && len(n.Rhs) == len(n.Lhs) {
				c.crowded[path]++
			}
		}

		return true
	})
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

	return fmt.Sprintf("%T", e)
}

// TestNothingGrows holds each number at what it is: more is refused, and so is an
// entry that is not needed any more. Whoever lowers a number lowers its entry.
func TestNothingGrows(t *testing.T) {
	c := count(t)
	for _, r := range []struct {
		what    string
		allowed int // without an entry
		entries map[string]int
		found   map[string]int
	}{
		{"methods", mostMethods, largeTypes, c.methods},
		{"looks at the clock", 0, clocks, c.clocks},
		{"assignments of more than two values", 0, crowded, c.crowded},
	} {
		for name, n := range r.found {
			if most, listed := r.entries[name]; n > max(most, r.allowed) {
				t.Errorf("%s has %d %s, at most %d", name, n, r.what, max(most, r.allowed))
			} else if listed && n < most {
				t.Logf("%s has %d %s by now: lower its entry, which says %d", name, n, r.what, most)
			}
		}
		for name := range r.entries {
			if r.found[name] == 0 {
				t.Errorf("%s has no %s any more: remove its entry", name, r.what)
			}
		}
	}
}

// TestOnlyTheCoreWrites: among the rooms of the kiosk, only the core appends records.
func TestOnlyTheCoreWrites(t *testing.T) {
	for _, p := range list(t, "./firmware/kiosk/...", "./firmware/service/...", "./firmware/tender/...", "./firmware/visit/...",
		"./firmware/condition/...", "./firmware/questions/...", "./firmware/page/...", "./firmware/profile/...") {
		for _, name := range p.GoFiles {
			f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, name), nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range f.Decls {
				if fn, ok := d.(*ast.FuncDecl); ok && appends(fn) && (p.ImportPath != module+"/firmware/kiosk" || fn.Name.Name != "write") {
					t.Errorf("%s: %s appends to the journal: only the core's write may", p.ImportPath, fn.Name.Name)
				}
			}
		}
	}
}

// appends reports whether a function calls the journal's AppendWith.
func appends(fn *ast.FuncDecl) (found bool) {
	ast.Inspect(fn, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok && s.Sel.Name == "AppendWith" {
			found = true
		}

		return true
	})

	return found
}
