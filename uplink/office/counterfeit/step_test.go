package counterfeit

import (
	"errors"
	"os"
	"testing"
)

// TestStep is the truth table of the package comment.
func TestStep(t *testing.T) {
	for _, c := range []struct {
		at    Stage
		e     Event
		maker bool
		to    Stage
	}{
		{StageFound, Tell, false, StageTold},
		{StageTold, Tell, false, ""},
		{StageVisited, Tell, false, ""},
		{StageDecided, Tell, false, ""},
		{StageFound, Visit, false, StageVisited},
		{StageTold, Visit, false, StageVisited},
		{StageVisited, Visit, false, StageVisited},
		{StageDecided, Visit, false, ""},
		{StageFound, Decide, false, StageDecided},
		{StageFound, Decide, true, ""},
		{StageTold, Decide, true, StageDecided},
		{StageVisited, Decide, true, StageDecided},
		{StageDecided, Decide, false, ""},
		{StageFound, TakeBack, false, StageTakenBack},
		{StageTold, TakeBack, false, StageTakenBack},
		{StageVisited, TakeBack, false, StageTakenBack},
		{StageDecided, TakeBack, false, StageTakenBack},
		{StageTakenBack, TakeBack, false, ""},
		{StageTakenBack, Tell, false, ""},
		{StageTakenBack, Visit, false, ""},
		{StageTakenBack, Decide, false, ""},
	} {
		got, err := Step(c.at, c.e, c.maker)
		if c.to == "" && (!errors.Is(err, ErrNotPossible) || got != c.at) || c.to != "" && (err != nil || got != c.to) {
			t.Errorf("%s while %s, maker %v: %s, %v", c.e, c.at, c.maker, got, err)
		}
	}
}

// TestStepClaim is the truth table of StepClaim, whole.
func TestStepClaim(t *testing.T) {
	want := map[ClaimState]map[ClaimState]bool{
		"":      {Claimed: true},
		Claimed: {Paid: true, Refused: true},
		Refused: {Claimed: true, Paid: true, Dropped: true},
		Dropped: {Paid: true},
		Paid:    {},
		Void:    {},
	}
	for s, may := range want {
		for e := range want {
			got, err := StepClaim(s, e)
			if may[e] && (err != nil || got != e) || !may[e] && (!errors.Is(err, ErrNotPossible) || got != s) {
				t.Errorf("%q while %q: %q, %v", e, s, got, err)
			}
		}
	}
}

// TestExampleContracts: the example can be read.
func TestExampleContracts(t *testing.T) {
	b, err := os.ReadFile("contracts.example.json")
	if err != nil {
		t.Fatal(err)
	}
	c, err := ReadContracts(b)
	if err != nil {
		t.Fatal(err)
	}
	if terms, fitted := c.Of("10000001"); terms.Maker != fitted.Maker || terms.Bears != ByMaker {
		t.Errorf("%+v, %+v", terms, fitted)
	}
	for _, bad := range []string{`{"makers":[{"maker":"a"}]}`, `{"fittings":[{"maker":"nobody"}]}`, `{"x":1}`, ``} {
		if _, err := ReadContracts([]byte(bad)); !errors.Is(err, ErrContracts) {
			t.Errorf("%s: %v", bad, err)
		}
	}
}
