// Command attack runs the attacks of .docs/threats.md: each row of its table of attacks
// names tests, which are run, and is printed with what the attacker and the operator see.
// It exits 1 where a test fails, is skipped or is not there. Tests that boot a board are run
// with --images alone, and said to be not run else.
//
//	attack                          all but those on a board
//	attack --images dist/updates    those too, in what make update-test makes
//	attack --only F8                one row
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

const threats = ".docs/threats.md"

func main() { os.Exit(run()) }

func run() int {
	only := flag.String("only", "", "the first cell of a row")
	images := flag.String("images", "", "folder of images and bundles (.ci/bundles), for the attacks on a board")
	flag.Parse()
	text, err := os.ReadFile(threats)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	rows := rowsOf(string(text))
	if *only != "" {
		rows = slices.DeleteFunc(rows, func(r row) bool { return r.name != *only })
	}
	if len(rows) == 0 {
		fmt.Fprintln(os.Stderr, "no such row in "+threats)
		return 1
	}

	ended, err := attack(rows, *images)
	for _, r := range rows {
		fmt.Printf("%-4s %-7s %s\n     the attacker sees: %s\n     the operator sees: %s\n", r.name, verdict(r, ended), r.what, r.attacker, r.operator)
		for _, t := range r.tests {
			switch ended[t] {
			case pass:
			case notRun:
				fmt.Printf("     not run here, as it boots a board: %s\n", t.name)
			default:
				fmt.Printf("     %s: %s %s\n", or(ended[t], "not there"), t.pkg, t.name)
				err = errors.Join(err, errors.New("an attack is not refused"))
			}
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// How a test ended.
const (
	pass   = "pass"
	notRun = "not run" // it boots a board, and there are no images
)

// onBoard is the package whose tests boot a board's image.
const onBoard = "firmware/cmd/kiosklab"

// row is one attack: | F1 | what | attacker | operator | tests |.
type row struct {
	name, what, attacker, operator string
	tests                          []test
}

type test struct{ pkg, name string }

var (
	first = regexp.MustCompile(`^F\d+[a-z]?$`)
	named = regexp.MustCompile("`([a-z0-9./]+) (Test[A-Za-z0-9_]+)`")
)

// rowsOf are the rows of the tables of attacks.
func rowsOf(text string) []row {
	var out []row
	for line := range strings.Lines(text) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if len(cells) != 5 || !first.MatchString(strings.TrimSpace(cells[0])) {
			continue
		}
		r := row{name: strings.TrimSpace(cells[0]), what: strings.TrimSpace(cells[1]), attacker: strings.TrimSpace(cells[2]), operator: strings.TrimSpace(cells[3])}
		for _, m := range named.FindAllStringSubmatch(cells[4], -1) {
			r.tests = append(r.tests, test{m[1], m[2]})
		}
		out = append(out, r)
	}
	return out
}

// attack runs the tests of all rows, package by package, and says how each ended.
func attack(rows []row, images string) (map[test]string, error) {
	of, ended := map[string][]string{}, map[test]string{}
	for _, r := range rows {
		for _, t := range r.tests {
			if t.pkg == onBoard && images == "" {
				ended[t] = notRun
				continue
			}
			of[t.pkg] = append(of[t.pkg], t.name)
		}
	}
	boards, err := filepath.Abs(images)
	if err != nil {
		return nil, err
	}
	var errs error
	for _, pkg := range slices.Sorted(maps.Keys(of)) {
		names := slices.Compact(slices.Sorted(slices.Values(of[pkg])))
		cmd := exec.Command("go", "test", "-count=1", "-timeout=60m", "-json", "-run", "^("+strings.Join(names, "|")+")$", "./"+pkg)
		cmd.Stderr = os.Stderr
		if pkg == onBoard {
			cmd.Env = append(os.Environ(), "WATTKIOSK_UPDATES="+boards, "WATTKIOSK_IMAGE="+filepath.Join(boards, "v1"))
		}
		out, err := cmd.StdoutPipe()
		if err != nil {
			return nil, err
		}
		if err := cmd.Start(); err != nil {
			return nil, err
		}
		if err := errors.Join(read(pkg, out, ended), cmd.Wait()); err != nil {
			errs = errors.Join(errs, fmt.Errorf("%s: %w", pkg, err))
		}
	}
	return ended, errs
}

// read takes the ends of tests out of what go test says, and shows what failed.
func read(pkg string, out io.Reader, ended map[test]string) error {
	var said strings.Builder
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var e struct {
			Action, Test, Output string
			Elapsed              float64 // seconds
		}
		if json.Unmarshal(lines.Bytes(), &e) != nil {
			continue
		}
		switch e.Action {
		case "output":
			said.WriteString(e.Output)
		case pass, "fail", "skip":
			ended[test{pkg, e.Test}] = e.Action
			if e.Test != "" && !strings.Contains(e.Test, "/") { // a run takes long: so that one that is cut has shown what it did
				fmt.Fprintf(os.Stderr, "%s %s %s (%.1f s)\n", e.Action, pkg, e.Test, e.Elapsed)
			}
			if e.Action == "fail" && e.Test == "" {
				fmt.Fprint(os.Stderr, said.String())
			}
		}
	}

	return lines.Err()
}

func verdict(r row, ended map[test]string) string {
	ran := 0
	for _, t := range r.tests {
		switch ended[t] {
		case pass:
			ran++
		case notRun:
		default:
			return "FAILED"
		}
	}
	switch {
	case len(r.tests) == 0:
		return "UNTESTED"
	case ran == 0:
		return "NOT RUN"
	case ran < len(r.tests):
		return "in part"
	}

	return "refused"
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
