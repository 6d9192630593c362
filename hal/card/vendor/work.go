package vendor

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"wattkiosk/hal/card"
)

// Bounds of a piece of work.
const (
	// MaxCalls is how many calls one has.
	MaxCalls = 8
	// MaxWork bounds all its calls together.
	MaxWork = 45 * time.Second
	// MaxField is the size of a field's buffer, with its NUL, in bytes.
	MaxField = 1024
	// MaxFields bounds what one is told, or tells, in bytes with the names.
	MaxFields = 8 << 10
)

// OpWork is a Request's operation for a piece of work.
const OpWork = "work"

// fieldName is the name of a field; one with a leading underscore is not told.
var fieldName = regexp.MustCompile(`^_?[a-z][a-z0-9-]{0,23}$`)

// fieldWords are the arguments that are fields.
var fieldWords = map[string]ArgKind{"in": ArgIn, "out": ArgTold, "same": ArgSame}

// parseField reads an argument that is a field.
func parseField(s string) (Arg, bool) {
	word, name, _ := strings.Cut(s, ":")
	kind, known := fieldWords[word]
	if !known || !fieldName.MatchString(name) {
		return Arg{}, false
	}

	return Arg{Kind: kind, Text: name}, true
}

// IsField reports whether an argument is a field, which only a piece of work has.
func (a Arg) IsField() bool { return a.Kind == ArgIn || a.Kind == ArgTold || a.Kind == ArgSame }

// Works implements card.Worker.
func (d *Driver) Works() map[string]card.Piece {
	works := map[string]card.Piece{}
	for name, calls := range d.abi.Work {
		works[name] = pieceOf(calls)
	}

	return works
}

// pieceOf is what calls, which were checked, need and tell.
func pieceOf(calls []Call) (p card.Piece) {
	for i, c := range calls {
		var told []string
		for _, s := range c.Args {
			a, _ := parseField(s)
			needed := (a.Kind == ArgIn || a.Kind == ArgSame) && !slices.Contains(p.Tells, a.Text)
			if needed && i == len(calls)-1 {
				p.Last = append(p.Last, a.Text)
			}
			switch {
			case needed && !slices.Contains(p.Needs, a.Text):
				p.Needs = append(p.Needs, a.Text)
			case a.Kind == ArgTold:
				told = append(told, a.Text)
			}
		}
		p.Tells = append(p.Tells, told...)
	}
	p.Tells = slices.DeleteFunc(p.Tells, isScratch)

	return p
}

func isScratch(name string) bool { return strings.HasPrefix(name, "_") }

// checkWork reports what is wrong with a piece of work.
func checkWork(calls []Call) error {
	if len(calls) == 0 || len(calls) > MaxCalls {
		return fmt.Errorf("%d calls, at most %d", len(calls), MaxCalls)
	}

	var all time.Duration
	told := map[string]bool{}
	for i, c := range calls {
		if err := c.checkShape(); err != nil {
			return fmt.Errorf("call %d: %w", i, err)
		}
		if c.Returns == "length" || len(c.Media) > 0 {
			return fmt.Errorf("call %d: returns and media are of operations", i)
		}
		for n, s := range c.Args {
			a, err := ParseArg(s)
			switch {
			case err != nil:
				return fmt.Errorf("call %d: args[%d]: %w", i, n, err)
			case !a.IsField() && a.Kind != ArgNumber && a.Kind != ArgText:
				return fmt.Errorf("call %d: args[%d]: %q is of operations", i, n, s)
			case a.Kind == ArgTold && told[a.Text]:
				return fmt.Errorf("call %d: args[%d]: %s is told twice", i, n, a.Text)
			}
			told[a.Text] = told[a.Text] || a.Kind == ArgTold
		}
		all += c.Limit()
	}
	if all > MaxWork {
		return fmt.Errorf("deadlines: %v together, at most %v", all, MaxWork)
	}

	return nil
}

// checkWorks is checkWork of all.
func (a ABI) checkWorks() (errs []error) {
	for _, name := range slices.Sorted(maps.Keys(a.Work)) {
		err := checkWork(a.Work[name])
		if !fieldName.MatchString(name) || isScratch(name) {
			err = errors.New("no name of a piece of work")
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("work.%.24s: %w", name, err))
		}
	}

	return errs
}

// checkFields reports fields that no library can be told.
func checkFields(f card.Fields) error {
	all := 0
	for name, b := range f {
		if !fieldName.MatchString(name) || len(b) >= MaxField || bytes.IndexByte(b, 0) >= 0 {
			return fmt.Errorf("%w: field %.24q of %d bytes", card.ErrArgument, name, len(b))
		}
		all += len(name) + len(b)
	}
	if all > MaxFields {
		return fmt.Errorf("%w: fields of %d bytes", card.ErrArgument, all)
	}

	return nil
}

// limit is how long a call of a command may take.
func (a ABI) limit(op, name string) (l time.Duration) {
	if op != OpWork {
		return a.Op[op].Limit()
	}
	for _, c := range a.Work[name] {
		l += c.Limit()
	}

	return l
}

// worked turns the answer to a piece of work into its event. One that ended after its
// first call may have changed the card, whatever the code says.
func (d *Driver) worked(c card.Command, r Response) card.Event {
	e := card.Event{Kind: card.NotDone, ID: c.ID}
	calls := d.abi.Work[c.Name]
	unknown := r.Call > 0
	switch {
	case r.Call < 0 || r.Call >= len(calls):
		unknown, e.Err = true, fmt.Errorf("%w: call %d of %s, which has %d", card.ErrDevice, r.Call, c.Name, len(calls))
	case r.Differs != "":
		e.Err = fmt.Errorf("%w: %s is not the one that was named", card.ErrOtherCard, printable(r.Differs))
	case r.Missing != "":
		e.Err = fmt.Errorf("%w: %s needs %s", card.ErrArgument, c.Name, printable(r.Missing))
	case r.Endless != "":
		unknown, e.Err = true, fmt.Errorf("%w: %s of the library has no end", card.ErrDevice, printable(r.Endless))
	case !calls[r.Call].Succeeded(r.Code):
		var perhaps bool
		perhaps, e.Err = d.abi.fault(r.Code)
		unknown = unknown || perhaps
	default:
		e.Kind, unknown = card.Done, false
		e.Fields = card.Fields{}
		for _, name := range pieceOf(calls).Tells {
			e.Fields[name] = r.Fields[name]
		}
	}
	if unknown {
		e.Kind = card.Unknown
	}

	return e
}

func printable(name string) string { return strconv.Quote(name[:min(len(name), 24)]) }
