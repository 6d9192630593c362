package web

import "testing"

// TestPackAndPagesSayTheSame: a state of a counterfeit case has one word, on the pages and in
// the evidence pack that goes to its maker.
func TestPackAndPagesSayTheSame(t *testing.T) {
	for key, want := range map[string][2]string{
		"forgery.found.vault":      {"金库复点", "later, in the vault"},
		"forgery.kind.spliced":     {"变造", "spliced"},
		"forgery.stage.told":       {"待厂商到场", "Maker is to come"},
		"forgery.stage.taken-back": {"已撤销（误登）", "Taken back, a mistake"},
		"bears.maker":              {"厂商承担", "borne by the maker"},
		"forgery.by.owner":         {"业主承担", "Borne by the owner"},
		"forgery.claimstate.":      {"待索赔", "not claimed yet"},
		"forgery.claimstate.void":  {"已作废", "void"},
		"forgery.log.dropped":      {"核销", "Written off"},
	} {
		if words[key] != want {
			t.Errorf("%s is %q, want %q", key, words[key], want)
		}
	}
}
