// Command mutants measures what the simulation and the unit tests find: it plants
// one small fault after another (by the compiler's overlay, the
// tree is not touched), plays kiosk-days, and runs the tests of the packages
// that the fault names where the simulation finds nothing.
//
//	mutants                      all of list.txt; exits 1 below the goals
//	mutants --only NAME,NAME     some of them
//	mutants --sample 60 --seed 7 so many of them, drawn by the seed
//	mutants --days 500 --no-unit the simulation alone
//	mutants --check              every fault still fits its file, and nothing is run
//	mutants --check --compile    and compiles there
//	mutants --build FILE         builds the simulation with the faults, and runs nothing:
//	                             WATTKIOSK_FAULT=NAME FILE --about power plays days with one
//
// A fault that is marked equivalent changes nothing that anybody could see; it is
// run, and not counted. One that is marked guarded lies behind another check, so that the whole
// kiosk never comes to it: it is run, and counts with the unit tests, and not against the
// simulation. So do those of log-in, of keys and of the start of a board (apart), which no
// kiosk-day has. The day that found a fault last (day) is played first, for speed.
package main

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Goals of a whole run, in percent of the faults that are not equivalent.
const (
	goalSim = 70
	goalAll = 97
)

// apart are the folders, with those in them, that no kiosk-day comes to: people who log in and
// what they may do, keys and certificates, the start of a board, pages, and roads that the
// simulation does not drive on. Attacks, conformance suites and labs look at them.
var apart = []string{
	"firmware/appliance", "firmware/boardkey", "firmware/journalkey", "firmware/line", "firmware/staff",
	"payments/cardsystem/odbc", "payments/cardsystem/socket", "payments/cardsystem/tuxedo", "payments/tuxedo",
	"uplink/cmd", "uplink/mqttlink", "uplink/sparekey",
	"uplink/office/admission", "uplink/office/approval", "uplink/office/identity", "uplink/office/people", "uplink/office/signer",
	"uplink/office/settle/export", "uplink/office/sparekeys", "uplink/office/web", "uplink/office/where",
}

// apart says whether the fault lies where no kiosk-day comes to.
func (m mutant) apart() bool {
	return slices.ContainsFunc(apart, func(folder string) bool { return strings.HasPrefix(m.file, folder+"/") })
}

func main() { os.Exit(run()) }

func run() int {
	list := flag.String("list", ".ci/mutants/list.txt", "the faults")
	only := flag.String("only", "", "names, with commas between")
	sample := flag.Int("sample", 0, "so many of the faults, drawn; 0 for all")
	seed := flag.Uint64("seed", 1, "of the draw of --sample")
	days := flag.Int("days", 400, "kiosk-days of the simulation for each fault")
	noUnit := flag.Bool("no-unit", false, "leave the unit tests out")
	check := flag.Bool("check", false, "only see that every fault fits")
	compile := flag.Bool("compile", false, "with --check, see that every fault compiles too")
	leave := flag.String("build", "", "only build the simulation with the faults into this file")
	flag.Parse()

	mutants, err := load(*list)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if *only != "" {
		names := strings.Split(*only, ",")
		mutants = slices.DeleteFunc(mutants, func(m mutant) bool { return !slices.Contains(names, m.name) })
	}
	if *sample > 0 {
		mutants = drawn(mutants, *sample, *seed)
	}
	if *check {
		return fitting(mutants, *sample > 0, *compile)
	}

	if *leave != "" {
		if err := buildAll(mutants, *leave); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		return 0
	}

	return plant(mutants, *days, !*noUnit, *only == "" && *sample == 0)
}

// fitting says that the faults fit, and with compile whether they compile.
func fitting(mutants []mutant, names, compile bool) int {
	for _, m := range mutants {
		if names {
			fmt.Println(m.name)
		}
	}
	if !compile {
		fmt.Printf("%d faults fit\n", len(mutants))
		return 0
	}

	c, err := newCompiler(mutants)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	broken, err := c.broken(mutants)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	for _, why := range broken {
		fmt.Fprintln(os.Stderr, why)
	}
	fmt.Printf("%d faults fit, %d of them do not compile\n", len(mutants), len(broken))

	return min(len(broken), 1)
}

// buildAll builds the simulation with all faults that can be chosen as it starts, and says which
// cannot.
func buildAll(mutants []mutant, program string) error {
	dir, err := os.MkdirTemp("", "mutants")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	overlay, woven, err := weave(dir, mutants)
	if err != nil {
		return err
	}
	for _, m := range mutants {
		if !woven[m.name] {
			fmt.Printf("%s cannot be chosen as it starts\n", m.name)
		}
	}

	return build(overlay, program)
}

// drawn is a sample of the faults, in the order of the list. Each has its own lot, which hangs
// on its name and the seed alone: a fault more or less in the list moves one of the sample at most.
func drawn(all []mutant, n int, seed uint64) []mutant {
	lot := func(m mutant) string {
		sum := sha256.Sum256(fmt.Appendf(nil, "%d %s", seed, m.name))
		return string(sum[:])
	}
	var lots []string
	for _, m := range all {
		lots = append(lots, lot(m))
	}
	slices.Sort(lots)
	lots = lots[:min(n, len(lots))]

	return slices.DeleteFunc(slices.Clone(all), func(m mutant) bool { return !slices.Contains(lots, lot(m)) })
}

// plant runs the faults and prints a line for each.
func plant(mutants []mutant, days int, unit, judge bool) int {
	dir, err := os.MkdirTemp("", "mutants")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)

	h, err := newHunt(dir, mutants, days, unit)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}

	var counted, guarded, away, bySim, byAny, broken int
	for _, m := range mutants {
		sim, tests, err := h.hunt(m)
		if err != nil {
			fmt.Printf("%-34s BROKEN: %v\n", m.name, err)
			broken++
			continue
		}

		note := ""
		if m.equivalent != "" {
			note = "equivalent: " + m.equivalent
		} else {
			counted++
			switch {
			case sim != "":
				bySim++
			case m.guarded != "":
				guarded++
				note = "guarded: " + m.guarded
			case m.apart():
				away++
				note = "apart"
			}
			if sim != "" || tests != "" {
				byAny++
			} else {
				note = strings.TrimSpace(note + " SURVIVES: " + m.why)
			}
		}
		fmt.Printf("%-34s sim %-10s unit %-24s %s\n", m.name, or(sim, "-"), or(tests, "-"), note)
	}
	if counted == 0 {
		return min(broken, 1)
	}

	open := max(counted-guarded-away, 1)
	fmt.Printf("%d faults, %d guarded, %d apart: the simulation finds %d (%d %% of the other %d, goal %d), with unit tests %d (%d %%, goal %d)\n",
		counted, guarded, away, bySim, 100*bySim/open, open, goalSim, byAny, 100*byAny/counted, goalAll)
	if broken > 0 || judge && (100*bySim < goalSim*open || unit && 100*byAny < goalAll*counted) {
		return 1
	}

	return 0
}

func or(s, other string) string {
	if s == "" {
		return other
	}

	return s
}

// simulation is the command that plays kiosk-days.
const simulation = "./firmware/kiosktest/cmd/kiosksim"

// linkedIn are the folders whose code is a part of a command: in another one the
// simulation can find nothing, and need not be played.
func linkedIn(command string) (map[string]bool, error) {
	out, err := exec.Command("go", "list", "-deps", "-f", "{{with .Module}}{{if .Main}}{{$.Dir}}{{end}}{{end}}", command).Output()
	if err != nil {
		return nil, fmt.Errorf("what %s is made of: %w", command, err)
	}
	root, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	linked := map[string]bool{}
	for dir := range strings.FieldsSeq(string(out)) {
		rel, err := filepath.Rel(root, dir)
		if err != nil {
			return nil, err
		}
		linked[rel] = true
	}

	return linked, nil
}

// hunt is what plays with faults, one after another.
type hunt struct {
	dir    string
	days   int
	unit   bool
	linked map[string]bool // folders that the simulation is made of

	woven   map[string]bool // faults that are in one program: see weave
	overlay string
	program string
}

// newHunt builds the program that has all faults which can be chosen as it starts.
func newHunt(dir string, mutants []mutant, days int, unit bool) (*hunt, error) {
	h := &hunt{dir: dir, days: days, unit: unit, program: filepath.Join(dir, "woven")}
	var err error
	if h.linked, err = linkedIn(simulation); err != nil {
		return nil, err
	}
	if h.overlay, h.woven, err = weave(dir, mutants); err != nil {
		return nil, err
	}
	if err := build(h.overlay, h.program); err != nil {
		return nil, fmt.Errorf("with all faults: %w", err)
	}
	if seed, err := play(h.program, "", "--runs", strconv.Itoa(days)); err != nil || seed != "" {
		return nil, fmt.Errorf("without a fault: %s %w", seed, err)
	}

	return h, nil
}

// hunt plants one fault. sim is the seed that found it, tests the first package whose
// tests did; empty for not found.
func (h *hunt) hunt(m mutant) (sim, tests string, err error) {
	overlay, program := h.overlay, h.program
	if !h.woven[m.name] {
		program = filepath.Join(h.dir, "kiosksim")
		if overlay, err = m.overlay(h.dir); err != nil {
			return "", "", err
		}
	}

	if h.days > 0 && h.linked[filepath.Dir(m.file)] {
		if !h.woven[m.name] {
			if err := build(overlay, program); err != nil {
				return "", "", err
			}
		}
		if sim, err = h.play(program, m); err != nil {
			return "", "", err
		}
	}

	if !h.unit || sim != "" {
		return sim, "", nil // the tests matter where the simulation finds nothing
	}
	for _, pkg := range m.packages {
		out, err := command(m.name, "go", "test", "-short", "-overlay", overlay, pkg)
		switch {
		case err == nil:
		case errors.Is(err, context.DeadlineExceeded):
			return sim, "", err
		case strings.Contains(out, "[build failed]"):
			return sim, tests, fmt.Errorf("tests of %s do not build:\n%s", pkg, out)
		default:
			return sim, strings.TrimPrefix(pkg, "./"), nil
		}
	}

	return sim, "", nil
}

// play plays days with a fault: first the one that found it last.
func (h *hunt) play(program string, m mutant) (seed string, err error) {
	if m.day != "" {
		if seed, err := play(program, m.name, known(m.day)...); err != nil || seed != "" {
			return m.day, err
		}
	}
	if m.apart() {
		return "", nil
	}

	return play(program, m.name, "--runs", strconv.Itoa(h.days))
}

// known are the arguments of the day that found a fault.
func known(day string) []string {
	scene, seed, ok := strings.Cut(day, " ")
	args := []string{"--runs", "1", "--seed"}
	switch {
	case !ok:
		return append(args, scene)
	case scene == "storms" || scene == "public":
		return append(args, seed, "--"+scene)
	}

	return append(args, seed, "--about", scene)
}

// build builds the simulation with what the overlay puts in place.
func build(overlay, program string) error {
	out, err := command("", "go", "build", "-ldflags", "-s -w", "-overlay", overlay, "-o", program, simulation)
	if err != nil {
		return fmt.Errorf("does not build: %w\n%s", err, out)
	}

	return nil
}

// play plays days with a fault, and returns the seed of the first that does not balance; empty
// for none.
func play(program, fault string, args ...string) (string, error) {
	out, err := command(fault, program, args...)
	switch {
	case err == nil:
		return "", nil
	case errors.Is(err, context.DeadlineExceeded): // that says something of the machine, or nothing
		return "", err
	}
	_, after, ok := strings.Cut(out, "--seed ")
	if !ok {
		return "found", nil // it ends in a panic
	}
	seed, _, _ := strings.Cut(after, " ")

	return "seed " + seed, nil
}

// overlay writes the file with the fault, and the compiler's overlay that puts it in
// place of the real one.
func (m mutant) overlay(dir string) (string, error) {
	body, err := os.ReadFile(m.file)
	if err != nil {
		return "", err
	}
	faulty := filepath.Join(dir, "faulty.go")
	if err := os.WriteFile(faulty, []byte(strings.Replace(string(body), m.old, m.new, 1)), 0o600); err != nil {
		return "", err
	}

	real, err := filepath.Abs(m.file)
	if err != nil {
		return "", err
	}
	b, err := json.Marshal(map[string]map[string]string{"Replace": {real: faulty}})
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "overlay.json")

	return path, os.WriteFile(path, b, 0o600)
}

// longest is how long one command may take.
const longest = 15 * time.Minute

// command runs one command, with a fault chosen, and returns what it printed.
func command(fault, name string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), longest)
	defer cancel()
	c := exec.CommandContext(ctx, name, args...)
	c.Env = append(os.Environ(), chosen+"="+fault)
	out, err := c.CombinedOutput()
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return string(out), fmt.Errorf("%s took more than %s: %w", name, longest, ctx.Err())
	}

	return string(out), err
}
