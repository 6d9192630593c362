package meterissuersim_test

import (
	"testing"

	"wattkiosk/hal/card"
	"wattkiosk/hal/card/cardsim"
	"wattkiosk/hal/card/cardtest"
	"wattkiosk/hal/card/crt310"
	"wattkiosk/hal/card/crt310/crt310sim"
	"wattkiosk/hal/card/crt571"
	"wattkiosk/hal/card/crt571/crt571sim"
	"wattkiosk/hal/card/pcsc"
	"wattkiosk/hal/card/pcsc/pcscsim"
	"wattkiosk/payments/metercard/script"
)

// driven is a reader with its driver and its simulator.
type driven struct {
	*cardtest.Rig
	card *cardsim.Card
}

func insert(t *testing.T, r *cardtest.Rig, c *cardsim.Card) driven {
	t.Helper()
	r.AwaitMedia(card.NotPresent)
	r.Do(card.Command{Op: card.Accept})
	if err := r.Device.InsertCard(r.Now, c); err != nil {
		t.Fatal(err)
	}
	r.AwaitMedia(card.Present, card.Latched)

	return driven{r, c}
}

func (d driven) holds() *cardsim.Card { return d.card }

func (d driven) off() { d.Do(card.Command{Op: card.PowerOff}) }

// on begins with a reset: a chip that lost its power in the middle is none to the reader.
func (d driven) on() {
	d.Do(card.Command{Op: card.Reset})
	d.AwaitMedia(card.Present, card.Latched)
	power := card.Command{Op: card.PowerOn}
	if d.card.Memory != nil {
		power = card.Command{Op: card.Select, Chip: d.card.Memory.Chip()}
	}
	d.Do(power)
}

func (d driven) carry(s script.Step) script.Answer {
	ops := map[script.Op]card.Op{script.APDU: card.Transmit, script.Read: card.Read, script.Write: card.Write, script.Verify: card.Verify}
	e := d.Do(card.Command{Op: ops[s.Op], Data: card.Secret(s.Data), Area: card.Area(s.Area), Address: s.Address, Length: s.Length})
	switch e.Kind {
	case card.Done:
		return script.Answer{Outcome: script.Done, Data: script.Bytes(e.Data)}
	case card.NotDone:
		return script.Answer{Outcome: script.Refused, Why: e.Err.Error()}
	}

	return script.Answer{Outcome: script.Unknown, Why: e.Err.Error()}
}

// TestReadersAndCuts plays the same table through the drivers of readers.
func TestReadersAndCuts(t *testing.T) {
	rigs := map[string]func(*testing.T) *cardtest.Rig{
		"pcsc": func(t *testing.T) *cardtest.Rig {
			dev := pcscsim.New(cardtest.Start(), pcscsim.Config{ACR: true})

			return cardtest.NewRig(t, func() card.Engine { return pcsc.New(pcsc.Config{PseudoAPDU: pcsc.ACR}) }, dev)
		},
		"crt571": func(t *testing.T) *cardtest.Rig {
			return cardtest.NewRig(t, func() card.Engine { return crt571.New(crt571.Config{}) }, crt571sim.New(crt571sim.Config{}))
		},
		"crt310": func(t *testing.T) *cardtest.Rig {
			return cardtest.NewRig(t, func() card.Engine { return crt310.New(crt310.Config{}) }, crt310sim.New(crt310sim.Config{}))
		},
	}
	takes := map[string][]string{
		"pcsc":   {"processor, T=0", "processor, T=1, strict", "SLE4442", "AT88SC102"},
		"crt571": {"processor, T=0, strict", "processor, T=1", "SLE4442"},
		"crt310": {"processor, T=0", "processor, T=1, strict"},
	}
	for name, rig := range rigs {
		for _, kind := range takes[name] {
			t.Run(name+", "+kind, func(t *testing.T) {
				rows, wrong := tableIn(func() reader { return insert(t, rig(t), kinds()[kind](t)) }, right)
				for _, w := range wrong {
					t.Error(w)
				}
				if rows < 90 {
					t.Errorf("only %d rows", rows)
				}
			})
		}
	}
}
