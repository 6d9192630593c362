package vendor_test

import (
	"encoding/json"
	"testing"
	"time"

	"wattkiosk/hal/card"
	"wattkiosk/hal/card/vendor"
)

// FuzzResponses has a child answer anything to what it is asked. Every command has one
// outcome at most, what is Done has no error, what comes back is no longer than a card is
// large, and a piece of work tells nothing that its description does not name.
func FuzzResponses(f *testing.F) {
	for _, r := range []vendor.Response{
		{Ready: true},
		{Value: 3},
		{Code: -3},
		{Late: true},
		{Fatal: "no library"},
		{Data: []byte{0x90, 0}},
		{Fields: map[string][]byte{"serial": {1, 2}, "purse": {3}}},
		{Call: 1, Code: -4},
		{Differs: "serial"},
		{Missing: "purse"},
		{Endless: "serial"},
	} {
		b, err := json.Marshal(r)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b, []byte(`{"value":2}`), uint8(0))
		f.Add([]byte(`{"value":3}`), b, uint8(7))
	}
	abi, err := vendor.ParseABI(works)
	if err != nil {
		f.Fatal(err)
	}

	f.Fuzz(func(t *testing.T, one, other []byte, first uint8) {
		var said [2]vendor.Response
		if json.Unmarshal(one, &said[0]) != nil || json.Unmarshal(other, &said[1]) != nil {
			return
		}
		d := vendor.New(abi)
		now := t0
		open := map[uint32]card.Command{}
		hear := func(events []card.Event) {
			for _, e := range events {
				if e.Kind == card.StatusChanged {
					continue
				}
				c, asked := open[e.ID]
				delete(open, e.ID)
				switch {
				case !asked:
					t.Fatalf("outcome %v of command %d, which has one or was refused", e.Kind, e.ID)
				case (e.Err == nil) != (e.Kind == card.Done):
					t.Fatalf("%v with error %v", e.Kind, e.Err)
				}
				for name := range e.Fields {
					if name != "serial" && name != "purse" || c.Op != card.Work {
						t.Fatalf("%s %s tells %q", c.Op, c.Name, name)
					}
				}
			}
		}

		tell := func(r vendor.Response) {
			b, err := vendor.AppendFrame(nil, r)
			if err != nil {
				return
			}
			_, events := d.Advance(now, b)
			hear(events)
		}
		tell(vendor.Response{Ready: true})
		for step := uint32(1); step < 40; step++ {
			c := card.Command{ID: step, Op: card.Op((int(first)+int(step))%int(card.Work)) + 1, Data: card.Secret{0, 0xB0, 0, 0, 4}, Chip: card.SLE4442, Length: 4}
			if c.Op == card.Work {
				c.Name, c.Fields = "read", nil
				if step%2 == 0 {
					c.Name, c.Fields = "write", card.Fields{"serial": {1}, "purse": {2}}
				}
			}
			open[step] = c
			if d.Do(now, c) != nil {
				delete(open, step)
			}
			tx, events := d.Advance(now, nil)
			hear(events)
			var q vendor.Request
			if _, ok, err := vendor.CutFrame(tx, &q); err == nil && ok {
				r := said[step%2]
				r.ID = q.ID
				tell(r)
			}
			now = now.Add(700 * time.Millisecond)
		}
		if d.Wake().IsZero() {
			t.Fatal("no wake")
		}
	})
}

// FuzzDescription: a description is whole or is refused, and what was taken is as it was
// meant when it is read again.
func FuzzDescription(f *testing.F) {
	f.Add(description)
	f.Add(works)
	f.Add("library = \"/x\"\n[op.status]\nfunction = \"s\"\nargs = [\"value\"]\nmedia = { 0 = \"none\" }\n")
	f.Fuzz(func(t *testing.T, text string) {
		a, err := vendor.ParseABI(text)
		if err != nil {
			return
		}
		d := vendor.New(a)
		for name, p := range d.Works() {
			if name == "" || len(p.Last) > len(p.Needs) {
				t.Fatalf("work %q: %+v", name, p)
			}
		}
		_, events := d.Advance(t0, nil)
		for _, e := range events {
			if e.Kind != card.StatusChanged {
				t.Fatalf("%+v", e)
			}
		}
	})
}
