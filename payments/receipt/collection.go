package receipt

import (
	"fmt"
	"strconv"
	"time"

	"wattkiosk/payments/collection"
	"wattkiosk/payments/money"
)

// Collection lays out the slip of a collection that is closed (清机单), one of the copies
// that the two take along; later ones are marked as reprints. names are what the people are
// called, by number, where that is known.
func Collection(c collection.Collection, names map[string]string, k Kiosk, lang Lang, copyNo, copies int) Slip {
	s := Slip{Serial: c.Serial, Kind: "collection", Copy: copyNo}
	w := wordsFor(lang, "")
	add := func(style Style, label, value string) { s.Lines = append(s.Lines, Line{label, value, style}) }
	at := func(ms int64) string { return time.UnixMilli(ms).In(zone(k)).Format("2006-01-02 15:04:05") }

	if k.Utility != "" {
		add(Centred, "", k.Utility)
	}
	add(Title, "", w.say("collection.title"))
	if copyNo <= copies {
		add(Centred, "", fmt.Sprintf(w.say("collection.copy"), copyNo, copies))
	} else {
		add(Centred, "", fmt.Sprintf(w.say("copy"), copyNo))
	}
	add(Rule, "", "")

	add(Plain, w.say("collection.serial"), InFours(c.Serial))
	add(Plain, w.say("terminal"), k.Terminal)
	if k.Site != "" {
		add(Plain, w.say("site"), k.Site)
	}
	add(Plain, w.say("collection.opened"), at(c.OpenedAt))
	add(Plain, w.say("collection.exchanged"), at(c.DividedAt))
	out := c.Out
	if out == "" {
		out = w.say("collection.no-number")
	}
	add(Plain, w.say("collection.out"), out)
	add(Plain, w.say("collection.in"), c.In)
	add(Rule, "", "")

	compared(c, w, add)
	add(Rule, "", "")

	for i, number := range []string{c.By, c.With} {
		add(Plain, fmt.Sprintf(w.say("collection.person"), i+1), number+named(names[number]))
		add(Plain, w.say("collection.signature"), "______________")
	}
	add(Plain, w.say("collection.head"), "")
	for _, part := range []string{c.Head[:min(32, len(c.Head))], c.Head[min(32, len(c.Head)):]} {
		add(Centred, "", part)
	}

	return s
}

func named(name string) string {
	if name == "" {
		return ""
	}

	return " " + name
}

// compared says what was expected and counted, note by note and as sums.
func compared(c collection.Collection, w wording, add func(Style, string, string)) {
	yuan := w.say("currency")
	if n := len(c.Counts); n > 0 {
		for _, p := range c.Counts[n-1].Piles {
			add(Plain, fmt.Sprintf("%s %s × %d", w.say("note"), p.Value, p.Notes), yuan+(p.Value*money.Amount(p.Notes)).String())
		}
		if n > 1 {
			add(Plain, w.say("collection.counts"), strconv.Itoa(n))
		}
	}
	counted, _ := c.Counted()
	d, _ := c.Difference()
	add(Plain, w.say("collection.expected"), yuan+c.Expected().String())
	add(Strong, w.say("collection.counted"), yuan+counted.String())
	add(Plain, w.say("capital"), counted.Capital())
	switch {
	case d > 0:
		add(Strong, w.say("collection.surplus"), yuan+d.String())
	case d < 0:
		add(Strong, w.say("collection.shortage"), yuan+(-d).String())
	default:
		add(Plain, w.say("collection.difference"), yuan+d.String())
	}
	if c.Reason != "" {
		add(Plain, w.say("collection.reason"), c.Reason)
	}
	if c.Doubts > 0 {
		add(Plain, fmt.Sprintf(w.say("collection.doubt"), c.Doubts), yuan+c.Doubt.String())
	}
	if c.Moved > 0 {
		add(Plain, w.say("collection.moved"), strconv.FormatInt(c.Moved, 10))
	}
}
