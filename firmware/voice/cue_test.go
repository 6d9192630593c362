package voice

import (
	"slices"
	"testing"

	"wattkiosk/firmware/page"
)

func view(s page.Screen, fields ...string) page.View {
	shown := map[string]any{}
	for i := 0; i+1 < len(fields); i += 2 {
		shown[fields[i]] = fields[i+1]
	}
	return page.View{Screen: s, Lang: "zh", Fields: shown}
}

func TestCues(t *testing.T) {
	for _, c := range []struct {
		name    string
		was, is page.View
		want    string
	}{
		{"a visit begins", view("idle"), view("choose-service"), "hush"},
		{"back to the services", view("enter-account"), view("choose-service"), ""},
		{"the account", view("choose-service"), view("enter-account"), ""},
		{"no such account", view("enter-account"), view("enter-account", "notice", "no-account"), "not-possible"},
		{"the notice stays", view("enter-account", "notice", "no-account"), view("enter-account", "notice", "no-account"), ""},
		{"another notice", view("enter-account", "notice", "no-account"), view("enter-account", "notice", "unavailable"), "not-possible"},
		{"notes", view("choose-tender"), view("insert-cash"), "insert-notes"},
		{"a note is in", view("insert-cash"), view("insert-cash", "total_text", "100.00"), ""},
		{"a note comes back", view("insert-cash"), view("insert-cash", "refused", "rejected"), "note-returned"},
		{"it is still said", view("insert-cash", "refused", "rejected"), view("insert-cash", "refused", "rejected"), ""},
		{"the question", view("insert-cash"), view("insert-cash", "asking", "还在操作吗？"), "still-there"},
		{"the question was answered", view("insert-cash", "asking", "还在操作吗？"), view("insert-cash"), ""},
		{"posting", view("insert-cash"), view("processing"), "one-moment"},
		{"paid, slip not out yet", view("processing"), view("done", "result", "paid", "slip", "printing"), ""},
		{"paid, slip out", view("done", "result", "paid", "slip", "printing"), view("done", "result", "paid", "slip", "printed"), "take-slip"},
		{"paid, no slip", view("done", "result", "paid", "slip", "printing"), view("done", "result", "paid", "slip", "failed"), "slip-failed"},
		{"pending", view("processing"), view("done", "result", "pending", "slip", "printing"), "posting-follows"},
		{"pending, slip out", view("done", "result", "pending", "slip", "printing"), view("done", "result", "pending", "slip", "printed"), ""},
		{"pending, no slip", view("processing"), view("done", "result", "pending", "slip", "failed"), "slip-failed"},
		{"cancelled", view("processing"), view("done", "result", "cancelled", "slip", ""), ""},
		{"owed", view("processing"), view("failed", "result", "owed", "slip", "printing"), "sorry"},
		{"owed, slip out", view("failed", "result", "owed", "slip", "printing"), view("failed", "result", "owed", "slip", "printed"), ""},
		{"nothing came of it", view("take-card"), view("failed", "result", "cancelled", "slip", ""), "not-possible"},
		{"a PIN", view("insert-card"), view("enter-pin", "step", "pin"), "enter-pin"},
		{"a digit of it", view("enter-pin", "step", "pin"), view("enter-pin", "step", "pin", "digits", "1"), ""},
		{"a card comes out", view("processing"), view("take-card", "step", "take-card"), ""},
		{"nobody takes it", view("take-card", "step", "take-card"), view("take-card", "step", "card-forgotten"), "take-card"},
		{"it is kept", view("take-card", "step", "card-forgotten"), view("take-card", "step", "card-kept"), ""},
		{"a meter card is written", view("processing"), view("write-card", "step", "writing"), "leave-card-in"},
		{"it is read back", view("write-card", "step", "writing"), view("write-card", "step", "checking-card"), ""},
		{"a meter card comes out", view("write-card"), view("take-card", "step", "take-card", "comes", "meter-card", "outcome_text", "x"), ""},
		{"nobody takes the meter card", view("take-card", "step", "take-card", "comes", "meter-card"), view("take-card", "step", "card-forgotten", "comes", "meter-card"), "take-meter-card"},
		{"bought, slip out", view("done", "result", "paid", "slip", "printing", "for", "buy"), view("done", "result", "paid", "slip", "printed", "for", "buy"), "bought"},
		{"rewritten, slip out", view("done", "result", "rewritten", "slip", "printing", "for", "rewrite"), view("done", "result", "rewritten", "slip", "printed", "for", "rewrite"), "bought"},
		{"bought, no slip", view("processing"), view("done", "result", "paid", "slip", "failed", "for", "buy"), "slip-failed"},
		{"the sale follows", view("processing"), view("done", "result", "pending", "slip", "printing", "for", "buy"), "sale-follows"},
		{"bought, not on the card", view("take-card"), view("failed", "result", "unwritten", "slip", "printing", "for", "buy"), "not-on-card"},
		{"power, owed", view("processing"), view("failed", "result", "owed", "slip", "printing", "for", "buy"), "sorry"},
		{"the end", view("done", "slip", "printed"), view("idle"), ""},
		{"nobody hears that it is out of service", view("idle"), view("out-of-service"), ""},
	} {
		if got := cue(c.was, c.is); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// TestMeterCardIsAskedFor: at the beginning, and back where it was pulled out; another one
// is told from it.
func TestMeterCardIsAskedFor(t *testing.T) {
	at := func(s page.Screen, fields map[string]any) page.View {
		return page.View{Screen: s, Lang: "zh", Fields: fields}
	}
	type f = map[string]any
	other := f{"step": "take-card", "comes": "meter-card", "warns": true}
	for name, c := range map[string]struct {
		was, is page.View
		want    string
	}{
		"the gate is shut":         {view("choose-service"), at("insert-meter-card", f{"taking_card": false}), ""},
		"the gate opens":           {at("insert-meter-card", f{"taking_card": false}), at("insert-meter-card", f{"taking_card": true}), "insert-meter-card"},
		"it is open":               {at("insert-meter-card", f{"taking_card": true}), at("insert-meter-card", f{"taking_card": true}), ""},
		"pulled out":               {at("write-card", f{"step": "writing"}), at("write-card", f{"put_back": true, "taking_card": true}), "put-card-back"},
		"pulled out, gate shut":    {at("write-card", f{"step": "writing"}), at("write-card", f{"put_back": true, "taking_card": false}), ""},
		"after a power cut":        {view("processing"), at("write-card", f{"put_back": true, "taking_card": true}), "put-card-back"},
		"another card":             {at("write-card", f{"step": "reading"}), at("take-card", other), "wrong-card"},
		"another card is still it": {at("take-card", other), at("take-card", other), ""},
	} {
		if got := cue(c.was, c.is); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// TestAnOpenGate asks for the card, once.
func TestAnOpenGate(t *testing.T) {
	gate := func(open bool) page.View {
		return page.View{Screen: "insert-card", Lang: "zh", Fields: map[string]any{"taking_card": open}}
	}
	for _, c := range []struct {
		was, is page.View
		want    string
	}{
		{view("choose-amount"), gate(false), ""},
		{view("choose-amount"), gate(true), "insert-card"},
		{gate(false), gate(true), "insert-card"},
		{gate(true), gate(true), ""},
		{gate(true), gate(false), ""},
	} {
		if got := cue(c.was, c.is); got != c.want {
			t.Errorf("from %v to %v: %q, want %q", c.was.Fields, c.is.Fields, got, c.want)
		}
	}
}

// TestScript: every prompt that can be due has words in both languages, once.
func TestScript(t *testing.T) {
	var names []string
	for _, p := range Script() {
		names = append(names, p.Name)
		if p.Chinese == "" || p.English == "" {
			t.Errorf("%s has no words", p.Name)
		}
	}
	want := []string{
		"insert-notes", "note-returned", "still-there", "one-moment", "take-slip", "posting-follows", "sorry", "slip-failed",
		"not-possible", "take-card", "insert-card", "enter-pin",
		"insert-meter-card", "leave-card-in", "put-card-back", "wrong-card", "take-meter-card", "bought", "sale-follows", "not-on-card",
	}
	if !slices.Equal(names, want) {
		t.Errorf("script %v, want %v", names, want)
	}
}
