package wire

import (
	"math"
	"strings"
	"testing"
)

// TestAttackState: what no kiosk can be is not believed.
func TestAttackState(t *testing.T) {
	good := State{V: 1, Online: true, Version: "1.2", Cash: 350_000, Notes: 35, Head: 9, Build: 4, Alarms: []string{"paper"}}
	if err := good.Check(); err != nil {
		t.Error(err)
	}
	for name, change := range map[string]func(*State){
		"negative cash":         func(s *State) { s.Cash = -1 },
		"-1 notes":              func(s *State) { s.Notes = -1 },
		"a million notes":       func(s *State) { s.Notes = 1_000_000 },
		"more than notes make":  func(s *State) { s.Cash = 350_001 },
		"build 2^64-1":          func(s *State) { s.Build = math.MaxUint64 },
		"other build 2^63":      func(s *State) { s.Other = 1 << 63 },
		"head 2^64-1":           func(s *State) { s.Head = math.MaxUint64 },
		"a version without end": func(s *State) { s.Version = strings.Repeat("1", 81) },
		"control characters":    func(s *State) { s.Screen = "idle\x1b[2J" },
		"too many alarms":       func(s *State) { s.Alarms = make([]string, 129) },
	} {
		s := good
		change(&s)
		if s.Check() == nil {
			t.Errorf("%s: believed", name)
		}
	}
	r := JobReport{V: 1, ID: "job-1", Phase: PhaseOffered, At: 1 << 62}
	if r.Check() == nil {
		t.Error("a report of the year 146138514 is believed")
	}
}
