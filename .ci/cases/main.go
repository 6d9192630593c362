// Command cases runs the conformance suites of all device drivers, and of the roads to
// other systems, and writes their tables into hal/README.md and payments/README.md, each
// between its two marks. With --check it only says whether the tables are what the suites
// show.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path"
	"slices"
	"strings"
)

// kind is one device class, or one system: its suite, and where its drivers run it.
type kind struct {
	file     string // where its table stands
	title    string
	packages []string // the driver is named by the folder above a simulator
	run      string   // tests that run the suite
	prefix   int      // elements of a test's name before the case
	columns  bool     // the element before the case is part of the column's name
}

// Files with tables.
const (
	devices = "hal/README.md"
	systems = "payments/README.md"
)

func kinds() []kind {
	return []kind{
		{file: devices, title: "Note validators", packages: glob("hal/bill/*/*sim"), run: "^TestSuite", prefix: 2},
		{file: devices, title: "Card readers", packages: glob("hal/card/*/*sim"), run: "^TestSuite", prefix: 2},
		{file: devices, title: "Memory cards, by reader and chip", packages: glob("hal/card/*/*sim"), run: "^TestSuite", prefix: 3, columns: true},
		{file: devices, title: "Printers, by kind of printer", packages: []string{"./hal/printer/escpos"}, run: "^TestDriverConforms", prefix: 2, columns: true},
		{file: systems, title: "Marketing MIS, by road", packages: []string{"./payments/mis/socket/...", "./payments/mis/soap", "./uplink/cmd/roadhost"}, run: "^Test(MIS)?RoadConforms$", prefix: 2, columns: true},
		{file: systems, title: "What a Tuxedo client library does before a call is sent or after it was answered, by operation", packages: []string{"./uplink/cmd/roadhost"}, run: "^Test(Card)?LibraryConforms$", prefix: 2, columns: true},
		{file: systems, title: "Meter cards while something happens at each order to the reader, by who works them and form of card", packages: []string{"./firmware/metercard"}, run: "^TestWorkConforms$", prefix: 2, columns: true},
		{file: systems, title: "Card-meter system, by road", packages: []string{"./payments/cardsystem/socket", "./payments/cardsystem/soap", "./payments/cardsystem/odbc", "./uplink/cmd/roadhost"}, run: "^Test(Card)?RoadConforms$", prefix: 2, columns: true},
	}
}

func glob(pattern string) []string {
	var out []string
	dirs, err := exec.Command("sh", "-c", "ls -d ./"+pattern).Output()
	if err != nil {
		return nil
	}
	for _, d := range strings.Fields(string(dirs)) {
		if !strings.HasSuffix(d, "vpcdsim") {
			out = append(out, d)
		}
	}
	return out
}

// tally is how often a case ran with a driver, over its settings.
type tally struct{ passed, skipped, failed int }

// cell is the tally as the table shows it.
func (t tally) cell() string {
	switch {
	case t.failed > 0:
		return "**fails**"
	case t.passed == 0 && t.skipped == 0:
		return ""
	case t.passed == 0:
		return "–"
	case t.skipped > 0:
		return fmt.Sprintf("✓ %d of %d", t.passed, t.passed+t.skipped)
	}
	return "✓"
}

// table is the cases of one kind, in the order of their first run.
type table struct {
	kind
	drivers []string
	cases   []string
	cells   map[string]map[string]tally // by case and driver
}

func main() {
	check := flag.Bool("check", false, "compare only")
	only := flag.String("file", "", "only the tables of this file")
	flag.Parse()
	for _, file := range []string{devices, systems} {
		if *only != "" && *only != file {
			continue
		}
		if err := run(file, *check); err != nil {
			fmt.Fprintln(os.Stderr, "cases:", err)
			os.Exit(1)
		}
	}
}

func run(file string, check bool) error {
	var out bytes.Buffer
	for _, k := range kinds() {
		if k.file != file {
			continue
		}
		t, err := k.measure()
		if err != nil {
			return err
		}
		t.write(&out)
	}
	old, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	const begin, end = "<!-- cases -->\n", "<!-- end of cases -->\n"
	head, rest, ok1 := bytes.Cut(old, []byte(begin))
	_, tail, ok2 := bytes.Cut(rest, []byte(end))
	if !ok1 || !ok2 {
		return fmt.Errorf("%s has no marks for the table", file)
	}
	now := slices.Concat(head, []byte(begin), out.Bytes(), []byte(end), tail)
	switch {
	case bytes.Equal(now, old):
		return nil
	case check:
		return fmt.Errorf("the table in %s is not what the suites show; run make cases", file)
	}
	return os.WriteFile(file, now, 0o644)
}

// measure runs the suite with every driver.
func (k kind) measure() (*table, error) {
	t := &table{kind: k, cells: map[string]map[string]tally{}}
	cmd := exec.Command("go", append([]string{"test", "-json", "-run", k.run}, k.packages...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var e struct{ Action, Package, Test string }
		if json.Unmarshal(lines.Bytes(), &e) == nil {
			t.add(e.Action, e.Package, e.Test)
		}
	}
	err = errors.Join(lines.Err(), cmd.Wait())
	if len(t.cases) == 0 {
		err = errors.Join(err, fmt.Errorf("%s: no case was run", k.title))
	}
	slices.Sort(t.drivers)
	return t, err
}

// add counts one event of a case; what is no case is passed over.
func (t *table) add(action, pkg, test string) {
	parts := strings.Split(test, "/")
	if len(parts) <= t.prefix || !slices.Contains([]string{"run", "pass", "skip", "fail"}, action) {
		return
	}
	driver, name := path.Base(path.Dir(pkg)), strings.Join(parts[t.prefix:], ": ")
	switch chip := isChip(parts[t.prefix-1]); {
	case t.columns && t.prefix == 2:
		driver = parts[1]
	case t.columns && chip:
		driver += " " + parts[t.prefix-1]
	case t.columns || isChip(parts[t.prefix]):
		return
	}
	name = strings.ReplaceAll(name, "_", " ")
	if t.cells[name] == nil {
		t.cells[name] = map[string]tally{}
		t.cases = append(t.cases, name)
	}
	if !slices.Contains(t.drivers, driver) {
		t.drivers = append(t.drivers, driver)
	}
	c := t.cells[name][driver]
	switch action {
	case "pass":
		c.passed++
	case "skip":
		c.skipped++
	case "fail":
		c.failed++
	}
	t.cells[name][driver] = c
}

// isChip reports whether an element of a test's name is a memory card.
func isChip(s string) bool { return strings.HasPrefix(s, "SLE") || strings.HasPrefix(s, "AT") }

func (t *table) write(w *bytes.Buffer) {
	fmt.Fprintf(w, "\n### %s\n\n| case |", t.title)
	for _, d := range t.drivers {
		fmt.Fprintf(w, " %s |", strings.ReplaceAll(d, "_", " "))
	}
	fmt.Fprintf(w, "\n|---|%s\n", strings.Repeat("---|", len(t.drivers)))
	for _, c := range t.cases {
		if parent(t.cases, c) {
			continue
		}
		fmt.Fprintf(w, "| %s |", c)
		for _, d := range t.drivers {
			fmt.Fprintf(w, " %s |", t.cells[c][d].cell())
		}
		fmt.Fprintln(w)
	}
}

// parent reports whether other cases stand below this one.
func parent(cases []string, c string) bool {
	return slices.ContainsFunc(cases, func(o string) bool { return strings.HasPrefix(o, c+": ") })
}
