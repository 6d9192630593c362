package joint

import (
	"encoding/json"
	"fmt"
	"slices"

	"wattkiosk/payments/record"
)

// books is what the journal says of notes, in fen, read from its records as written.
type books struct {
	credited []int64 // stacked in time
	found    []int64 // stacked after they were given up
	stray    []int64 // in the cassette, of nobody; 0 = of unknown value
	loose    []int64 // of nobody, and not known to be in the cassette
	doubt    []int64 // for a person to settle
	returned []int64
	pending  []int64
}

// note is one note of a transaction.
type note struct {
	state string
	value int64
	given bool // it was given up before
}

func (r *rig) books() (b books) {
	r.t.Helper()
	var order []string
	notes := map[string]*note{}
	err := r.journal.Each(1, func(rec record.Record) error {
		var p struct {
			Note  int
			Value int64

			Evidence string
		}
		switch rec.Type {
		case "note-accepted", "note-returned", "note-unresolved", "note-stacked", "stray-note":
			if err := json.Unmarshal(rec.Payload, &p); err != nil {
				return err
			}
		default:
			return nil
		}
		if rec.Type == "stray-note" {
			switch p.Evidence {
			case "left-in-path", "unaccounted-for":
				b.loose = append(b.loose, p.Value)
			default:
				b.stray = append(b.stray, p.Value)
			}
			return nil
		}

		key := fmt.Sprint(rec.Txn, "/", p.Note)
		n := notes[key]
		if n == nil {
			n = &note{}
			notes[key], order = n, append(order, key)
		}
		n.given = n.given || rec.Type == "note-unresolved"
		n.state, n.value = rec.Type, p.Value
		return nil
	})
	if err != nil {
		r.t.Fatal(err)
	}

	for _, key := range order {
		switch n := notes[key]; {
		case n.state == "note-stacked" && n.given:
			b.found = append(b.found, n.value)
		case n.state == "note-stacked":
			b.credited = append(b.credited, n.value)
		case n.state == "note-unresolved":
			b.doubt = append(b.doubt, n.value)
		case n.state == "note-returned":
			b.returned = append(b.returned, n.value)
		default:
			b.pending = append(b.pending, n.value)
		}
	}
	return b
}

// audit compares the journal with the machine, and returns what the journal says. What
// names the scenario.
func (r *rig) audit(what string) books {
	r.t.Helper()
	b := r.books()
	cassette, returned := r.Device.Cassette(), r.Device.Returned()
	fail := func(wrong string, notes []int64) {
		r.t.Helper()
		r.t.Errorf("%s: %s %v; in the cassette %v, given back %v, journal %+v", what, wrong, notes, cassette, returned, b)
	}

	stray := b.stray
	if r.tooMany {
		stray = slices.DeleteFunc(slices.Clone(stray), func(v int64) bool { return v == 0 })
	}
	rest, missing := without(cassette, slices.Concat(b.credited, b.found, stray))
	if len(missing) > 0 {
		fail("BOOKED AS IN THE CASSETTE AND NOT THERE", missing)
	}
	if unexplained, _ := without(rest, slices.Concat(b.doubt, b.loose)); len(unexplained) > 0 {
		fail("IN THE CASSETTE WITHOUT A RECORD", unexplained)
	}
	if _, missing := without(returned, b.returned); len(missing) > 0 {
		fail("BOOKED AS RETURNED AND NOT GIVEN BACK", missing)
	}
	if len(b.pending) > 0 {
		fail("STILL PENDING", b.pending)
	}
	return b
}

// without takes each of part out of whole, and returns what is left and what of part was
// not there. A value of 0 stands for any.
func without(whole, part []int64) (rest, missing []int64) {
	rest = slices.Clone(whole)
	unknown := 0
	for _, v := range part {
		i := slices.Index(rest, v)
		switch {
		case v == 0:
			unknown++
		case i < 0:
			missing = append(missing, v)
		default:
			rest = slices.Delete(rest, i, i+1)
		}
	}
	for range unknown {
		if len(rest) == 0 {
			missing = append(missing, 0)
			continue
		}
		rest = rest[1:]
	}
	return rest, missing
}

// tally sums up a table of scenarios.
type tally struct{ runs, credited, found, stray, doubt, returned int }

func (s *tally) add(b books) {
	s.runs++
	s.credited += len(b.credited)
	s.found += len(b.found)
	s.stray += len(b.stray)
	s.doubt += len(b.doubt)
	s.returned += len(b.returned)
}
