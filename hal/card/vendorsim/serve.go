package vendorsim

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"time"

	"wattkiosk/hal/card"
	"wattkiosk/hal/card/cardsim"
	"wattkiosk/hal/card/cardtest"
	"wattkiosk/hal/card/vendor"
)

// Serve calls the functions that are asked for over a line: a function and its arguments
// with tabs between them, answered by its code and what it tells. Before each, misbehave
// may give another answer; "" for none. It returns when the line ends.
func (l *Library) Serve(line io.ReadWriter, c *cardsim.Card, misbehave func(function string) string) error {
	do := holding(c)
	for in := bufio.NewScanner(line); in.Scan(); {
		parts := strings.Split(in.Text(), "\t")
		answer := misbehave(parts[0])
		if op, slot := slotFunctions[parts[0]]; answer == "" && slot {
			answer = stays(op)
		}
		if answer == "" {
			args := append(parts[1:len(parts):len(parts)], make([]string, outs[parts[0]])...)
			code, tells := l.Call(do, parts[0], args)
			answer = strings.Join(append([]string{number(int64(code))}, tells...), "\t")
		}
		if _, err := fmt.Fprintln(line, answer); err != nil {
			return fmt.Errorf("cannot answer: %w", err)
		}
	}

	return nil
}

// stays is what an operation of the slot says where the card stays in it.
func stays(op string) string {
	switch op {
	case vendor.OpStatus:
		return number(codeDone) + "\t" + number(int64(places[card.Present]))
	case "accept", "refuse":
		return number(codeDone)
	}

	return number(codeReader)
}

// outs is how many texts a function tells.
var outs = map[string]int{"EP_ReadCardNum": 1, "EP_ReadUserInfo": 3, "EP_ReadCard": 9}

// holding is a reader, in no time, in which a card stays.
func holding(c *cardsim.Card) Do {
	now := time.Unix(0, 0)
	slot := cardtest.NewFakeReader()
	reader := cardtest.NewFake(slot)
	id := uint32(0)
	do := func(cmd card.Command) card.Event {
		id++
		cmd.ID = id
		if err := reader.Do(now, cmd); err != nil {
			return card.Event{Kind: card.NotDone, Err: err}
		}
		for {
			now = now.Add(10 * time.Millisecond)
			_, events := reader.Advance(now, nil)
			for _, e := range events {
				if e.ID == id && e.Kind != card.StatusChanged {
					return e
				}
			}
		}
	}
	do(card.Command{Op: card.Accept})
	if err := slot.InsertCard(now, c); err != nil {
		return func(card.Command) card.Event { return card.Event{Kind: card.NotDone, Err: err} }
	}
	now = now.Add(time.Second)
	slot.Advance(now)

	return do
}
