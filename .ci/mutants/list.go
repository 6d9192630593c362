package main

import (
	"fmt"
	"os"
	"strings"
)

// mutant is one fault: in one file, old becomes new.
type mutant struct {
	name, file, why string
	equivalent      string   // why nobody could see it; empty for a fault that counts
	guarded         string   // why no kiosk-day comes to it; empty where one can
	day             string   // that found it last: a seed, or a scene and a seed; empty for none
	packages        []string // whose tests should find it
	old, new        string
}

// load reads the list: blocks of
//
//	mutant NAME
//	file PATH
//	tests ./PACKAGE ./PACKAGE
//	why WHAT WOULD HAPPEN
//	equivalent REASON          (only where nobody could see it)
//	guarded REASON             (only where another check stands before it, so that no day comes to it)
//	day SEED                   (that found it last: it is played first)
//	day SCENE SEED             (as kiosksim --about SCENE plays it; storms for --storms)
//	-OLD LINE                  (one or more)
//	+NEW LINE                  (none or more)
//
// with # for comments. Lines are compared without the white space at their ends. A
// fault that does not stand exactly once in its file is an error.
func load(path string) ([]mutant, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}

	var all []mutant
	for n, line := range strings.Split(string(b), "\n") {
		switch {
		case strings.TrimSpace(line) == "" || strings.HasPrefix(line, "#"):
			continue
		case strings.HasPrefix(line, "mutant "):
			all = append(all, mutant{name: strings.TrimPrefix(line, "mutant ")})
			continue
		case len(all) == 0:
			return nil, fmt.Errorf("%s:%d: no mutant begins before it", path, n+1)
		}
		if err := all[len(all)-1].take(line); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", path, n+1, err)
		}
	}

	seen := map[string]bool{}
	for i := range all {
		m := &all[i]
		if seen[m.name] {
			return nil, fmt.Errorf("%s: two faults are named %s", path, m.name)
		}
		seen[m.name] = true
		if err := m.fit(); err != nil {
			return nil, fmt.Errorf("%s: %s: %w", path, m.name, err)
		}
	}

	return all, nil
}

func (m *mutant) take(line string) error {
	word, rest, _ := strings.Cut(line, " ")
	switch {
	case strings.HasPrefix(line, "-"):
		m.old += line[1:] + "\n"
	case strings.HasPrefix(line, "+"):
		m.new += line[1:] + "\n"
	case word == "file":
		m.file = rest
	case word == "tests":
		m.packages = strings.Fields(rest)
	case word == "why":
		m.why = rest
	case word == "equivalent":
		m.equivalent = rest
	case word == "guarded":
		m.guarded = rest
	case word == "day":
		m.day = rest
	default:
		return fmt.Errorf("%q is no line of a fault", line)
	}

	return nil
}

// fit finds the old lines in the file, whatever their indentation, and takes over how
// they stand there.
func (m *mutant) fit() error {
	body, err := os.ReadFile(m.file)
	if err != nil {
		return err
	}
	want := strings.Split(strings.TrimSuffix(m.old, "\n"), "\n")
	have := strings.Split(string(body), "\n")

	at := -1
	for i := 0; i+len(want) <= len(have); i++ {
		if !same(have[i:i+len(want)], want) {
			continue
		}
		if at >= 0 {
			return fmt.Errorf("stands in %s at lines %d and %d: name more lines", m.file, at+1, i+1)
		}
		at = i
	}
	if at < 0 || m.old == "" {
		return fmt.Errorf("does not stand in %s any more", m.file)
	}

	m.old = strings.Join(have[at:at+len(want)], "\n")
	// The first occurrence of the text must be this one.
	if first := strings.Index(string(body), m.old); strings.Count(string(body)[:first], "\n") != at {
		return fmt.Errorf("is a part of another line of %s", m.file)
	}
	m.new = strings.TrimSuffix(m.new, "\n")

	return nil
}

func same(have, want []string) bool {
	for i := range want {
		if strings.TrimSpace(have[i]) != strings.TrimSpace(want[i]) {
			return false
		}
	}

	return true
}
