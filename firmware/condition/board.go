package condition

import (
	"maps"
	"slices"
)

// Board is what is wrong now. The zero value is a kiosk without fault.
type Board struct {
	on   map[Code]map[string]string // code -> source -> detail
	told map[Code]bool              // as the journal's alarm records last said
	word map[Code]string            // the last detail of a condition, kept for the record that ends it
}

// Set says that a condition is on or off as one source sees it, with a detail for
// people. It reports whether the condition as a whole came or went. A code without
// a row changes nothing.
func (b *Board) Set(c Code, source string, on bool, detail string) bool {
	if _, known := RowOf(c); !known {
		return false
	}
	if b.on == nil {
		b.on = map[Code]map[string]string{}
		b.word = map[Code]string{}
	}

	was := b.Is(c)
	if on {
		if b.on[c] == nil {
			b.on[c] = map[string]string{}
		}
		b.on[c][source] = detail
	} else {
		delete(b.on[c], source)
	}
	if on || detail != "" {
		b.word[c] = detail
	}

	return b.Is(c) != was
}

// Is reports whether a condition is on.
func (b *Board) Is(c Code) bool { return len(b.on[c]) > 0 }

// By reports whether a condition is on as one source sees it.
func (b *Board) By(c Code, source string) bool {
	_, on := b.on[c][source]
	return on
}

// Detail is what was last said about a condition, for people.
func (b *Board) Detail(c Code) string { return b.word[c] }

// Stops is everything that is stopped now.
func (b *Board) Stops() Stops {
	var s Stops
	for _, r := range table {
		if b.Is(r.Code) {
			s |= r.Stops
		}
	}

	return s
}

// Blocks are the conditions that stop something, in the table's order.
func (b *Board) Blocks() []Code {
	return b.list(func(r Row) bool { return r.Stops != Nothing })
}

// Warnings are the conditions that stop nothing, in the table's order.
func (b *Board) Warnings() []Code {
	return b.list(func(r Row) bool { return r.Stops == Nothing })
}

func (b *Board) list(want func(Row) bool) []Code {
	var codes []Code
	for _, r := range table {
		if want(r) && b.Is(r.Code) {
			codes = append(codes, r.Code)
		}
	}

	return codes
}

// Alarm is one record that is due about a condition.
type Alarm struct {
	Code   Code
	On     bool
	Detail string
}

// Due are the alarms that the journal does not say yet, in the table's order.
func (b *Board) Due() []Alarm {
	var due []Alarm
	for _, r := range table {
		if r.Alarm && b.Is(r.Code) != b.told[r.Code] {
			due = append(due, Alarm{r.Code, b.Is(r.Code), b.word[r.Code]})
		}
	}

	return due
}

// Journaled says that alarms are durable.
func (b *Board) Journaled(alarms []Alarm) {
	b.told = maps.Clone(b.told)
	if b.told == nil {
		b.told = map[Code]bool{}
	}
	for _, a := range alarms {
		b.told[a.Code] = a.On
	}
}

// Strings are codes as plain text.
func Strings(codes []Code) []string {
	if codes == nil {
		return nil
	}
	all := make([]string, len(codes))
	for i, c := range codes {
		all[i] = string(c)
	}

	return slices.Clip(all)
}
