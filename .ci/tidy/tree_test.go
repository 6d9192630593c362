package tidy

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const module = "wattkiosk"

// pkg is what "go list -json" says of a package.
type pkg struct {
	ImportPath   string
	Name         string
	Dir          string
	GoFiles      []string
	Imports      []string
	TestImports  []string
	XTestImports []string
	Deps         []string
}

func list(t *testing.T, args ...string) []pkg {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list", "-json=ImportPath,Name,Dir,GoFiles,Imports,TestImports,XTestImports,Deps"}, args...)...)
	cmd.Dir = root(t)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var pkgs []pkg
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return pkgs
		} else if err != nil {
			t.Fatal(err)
		}
		pkgs = append(pkgs, p)
	}
}

func root(t *testing.T) string {
	t.Helper()
	d, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// area is the first element below the module: payments, hal, …
func area(path string) string {
	rest, ok := strings.CutPrefix(path, module+"/")
	if !ok {
		return ""
	}
	a, _, _ := strings.Cut(rest, "/")
	return a
}

// isDouble reports whether a package stands for something else in tests and in
// the lab: its last element ends in test or sim, or it is the bench.
func isDouble(path string) bool {
	if path == module+"/boards/sim" {
		return false // the board of the lab: data, no double
	}
	last := path[strings.LastIndex(path, "/")+1:]
	return strings.HasSuffix(last, "test") || strings.HasSuffix(last, "sim") || last == "bench"
}

func isMain(p pkg) bool { return p.Name == "main" }

// ground holds what every area may import, and what imports no area.
const ground = module + "/boards/ground"

func isGround(path string) bool { return path == ground || strings.HasPrefix(path, ground+"/") }

// mayImport is the lattice of the tree's areas. The ground floor lies under all of
// them.
var mayImport = map[string][]string{
	"payments": {"payments"},
	"hal":      {"hal"},
	"ota":      {"ota"},
	"boards":   {"boards", "hal", "ota"},
	"uplink":   {"uplink", "payments", "ota"},
	"firmware": {"firmware", "payments", "hal", "ota", "boards", "uplink"},
}

// TestNoKeysInTheTree: a program that a test once started by its defaults left keys behind,
// and they were committed with it.
func TestNoKeysInTheTree(t *testing.T) {
	private := regexp.MustCompile(`-----BEGIN [A-Z ]*(PRIVATE|SEALED) KEY-----`)
	read := 0
	for _, top := range []string{".ci", ".docs", "boards", "firmware", "hal", "ota", "payments", "uplink"} {
		err := filepath.WalkDir(filepath.Join(root(t), top), func(path string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case d.IsDir() && d.Name() == "node_modules":
				return filepath.SkipDir
			case !d.Type().IsRegular():
				return nil
			}
			text, err := os.ReadFile(path)
			if private.Match(text) {
				t.Errorf("%s has a private key in it", path)
			}
			read++

			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if read < 1000 {
		t.Errorf("%d files were read", read)
	}
}

func TestTopLevel(t *testing.T) {
	want := []string{"Makefile", "README.md", "boards", "firmware", "go.mod", "go.sum", "hal", "ota", "payments", "uplink"}
	entries, err := os.ReadDir(root(t))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") && e.Name() != "dist" {
			got = append(got, e.Name())
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("top level is %v, want %v", got, want)
	}
}

func TestImportLattice(t *testing.T) {
	for _, p := range list(t, "./...") {
		from := area(p.ImportPath)
		for _, imp := range p.Imports {
			to := area(imp)
			if to == "" || isGround(imp) {
				continue
			}
			if isGround(p.ImportPath) && !isDouble(p.ImportPath) {
				t.Errorf("%s imports %s: the ground floor imports the standard library only", p.ImportPath, imp)
			}
			if !isMain(p) && !isDouble(p.ImportPath) && !slices.Contains(mayImport[from], to) {
				t.Errorf("%s imports %s: %s may import %v only", p.ImportPath, imp, from, mayImport[from])
			}
			if isDouble(imp) && !isDouble(p.ImportPath) && p.ImportPath != module+"/firmware/cmd/kiosklab" {
				t.Errorf("%s imports the double %s", p.ImportPath, imp)
			}
			if strings.Contains(imp, "/cmd/") && !strings.HasPrefix(imp, p.ImportPath+"/") {
				t.Errorf("%s imports %s: nobody imports a command", p.ImportPath, imp)
			}
		}
	}
}

// owners says which packages may import a technology, tests of them included.
var owners = map[string][]string{
	"periph.io/":                          {"hal/gpio", "hal/sensor"},
	"github.com/dgraph-io/":               {"firmware/journal"},
	"github.com/eclipse/paho.mqtt.golang": {"uplink/mqttlink"},
	"modernc.org/sqlite":                  {"uplink/office/store"},
	"github.com/jackc/pgx/":               {"uplink/office/store"},
	"database/sql":                        {"uplink/office/store"},
	"github.com/mochi-mqtt/":              {"uplink/office/broker"},
	"go.bug.st/serial":                    {"hal/port"},
	"github.com/pressly/goose":            {"uplink/office/store"},
	"github.com/google/go-tpm":            {"ota/tpmfloor", "firmware/boardkey"},
	"github.com/hanwen/go-fuse/":          {"firmware/powertest/cutdisk"},
	"github.com/pquerna/otp":              {"uplink/office/people/factor"},
	"github.com/pkg/sftp":                 {"uplink/office/settle/source"},
	"github.com/smartwalle/":              {"payments/acquirer/alipay"},
	"github.com/wechatpay-apiv3/":         {"payments/acquirer/wechat"},
	"github.com/xuri/excelize/":           {"uplink/office/settle/export"},
}

func TestTechnologyHasOneOwner(t *testing.T) {
	for _, p := range list(t, "./...") {
		for _, imp := range p.Imports {
			for tech, where := range owners {
				if !strings.HasPrefix(imp, tech) {
					continue
				}
				if !slices.ContainsFunc(where, func(w string) bool { return strings.HasPrefix(p.ImportPath, module+"/"+w) }) {
					t.Errorf("%s imports %s: only %v may", p.ImportPath, imp, where)
				}
			}
		}
	}
}

// isOwned reports whether a package below payments is an owner of what it imports.
func isOwned(path, imp string) bool {
	for tech, where := range owners {
		if strings.HasPrefix(imp, tech) && below(path, "payments") && slices.Contains(where, strings.TrimPrefix(path, module+"/")) {
			return true
		}
	}
	return false
}

func TestDomainAndGroundImportStandardLibraryOnly(t *testing.T) {
	for _, p := range list(t, "./payments/...", "./boards/ground/...") {
		if isDouble(p.ImportPath) {
			continue
		}
		for _, imp := range p.Imports {
			first, _, _ := strings.Cut(imp, "/")
			if isOwned(p.ImportPath, imp) {
				continue // an adapter's own library: it is the edge of the domain
			}
			if p.ImportPath == ground+"/cmdline" && imp == "github.com/spf13/cobra" {
				continue // what every program with verbs has in common
			}
			if strings.Contains(first, ".") && (isGround(p.ImportPath) || !strings.HasPrefix(imp, "golang.org/x/text/")) {
				t.Errorf("%s imports %s", p.ImportPath, imp)
			}
		}
	}
}

// TestBoardLinksNoDouble checks the binaries that go onto a board.
func TestBoardLinksNoDouble(t *testing.T) {
	for _, p := range list(t, "-deps", "./firmware/cmd/kioskd", "./firmware/cmd/kioskctl", "./firmware/cmd/wattkiosk") {
		if area(p.ImportPath) != "" && isDouble(p.ImportPath) {
			t.Errorf("linked into the board: the double %s", p.ImportPath)
		}
		for _, forbidden := range []string{"github.com/mochi-mqtt/", "database/sql", "modernc.org/", "github.com/jackc/", "github.com/smartwalle/", "github.com/wechatpay-apiv3/", "github.com/xuri/", "testing"} {
			if p.ImportPath == forbidden || strings.HasSuffix(forbidden, "/") && strings.HasPrefix(p.ImportPath, forbidden) {
				t.Errorf("linked into the board: %s", p.ImportPath)
			}
		}
	}
}

func TestEveryPackageSaysWhatItIs(t *testing.T) {
	for _, p := range list(t, "./...") {
		if len(p.GoFiles) == 0 {
			continue
		}
		doc := ""
		for _, f := range p.GoFiles {
			parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, f), nil, parser.PackageClauseOnly|parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			if parsed.Doc != nil {
				doc += parsed.Doc.Text()
			}
		}
		want := "Package " + p.Name + " "
		if isMain(p) {
			want = "Command " + filepath.Base(p.ImportPath) + " "
		}
		if !strings.HasPrefix(doc, want) {
			t.Errorf("%s: the package comment does not begin with %q", p.ImportPath, want)
		}
	}
}

// TestCrossBuilds compiles everything that ships for both board architectures,
// without cgo.
func TestCrossBuilds(t *testing.T) {
	for _, env := range [][]string{{"GOARCH=arm64"}, {"GOARCH=arm", "GOARM=7"}} {
		cmd := exec.Command("go", "build", "./firmware/...", "./hal/...", "./boards/...", "./ota/...", "./payments/...", "./uplink/...")
		cmd.Dir = root(t)
		cmd.Env = append(os.Environ(), append(env, "GOOS=linux", "CGO_ENABLED=0")...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%v: %v\n%s", env, err, out)
		}
	}
}
