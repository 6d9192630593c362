package driver_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"wattkiosk/hal"
	"wattkiosk/hal/bench"
	"wattkiosk/hal/bill"
	"wattkiosk/hal/card"
	"wattkiosk/hal/driver"
	"wattkiosk/hal/meter"
	"wattkiosk/hal/pinpad"
	"wattkiosk/hal/printer"
	"wattkiosk/hal/scanner"
	"wattkiosk/hal/setting"
)

// TestEnginesKeepTheirWake walks every driver of every class: Wake is never zero, not
// even before the first Advance, and what is queued goes on the wire at once.
func TestEnginesKeepTheirWake(t *testing.T) {
	walk(t, "validator", driver.Validators(), bill.Command{Op: bill.Enable})
	walk(t, "printer", driver.Printers(), printer.Command{ID: "1", Page: printer.Page{Lines: []printer.Line{{Text: "1"}}}})
	walk(t, "card", driver.Cards(), card.Command{ID: 1, Op: card.Accept})
	walk(t, "pinpad", driver.Pinpads(), pinpad.Command{ID: 1, Op: pinpad.EnterDigits, Max: 4})
	walk(t, "scanner", driver.Scanners(), scanner.Command{Op: scanner.Enable})
	walk(t, "meter", driver.Meters(), meter.Command{ID: 1, Op: meter.Find})
}

func walk[Cmd hal.Command[Ev], Ev any](t *testing.T, role string, of []driver.Driver[Cmd, Ev], cmd Cmd) {
	for _, d := range of {
		fresh := func(t *testing.T) *clockwork[Cmd, Ev] { return newClockwork(t, d) }
		t.Run(role+"/"+d.Name+"/fresh", func(t *testing.T) {
			c := fresh(t)
			c.due(time.Hour)
			c.do(cmd)
			if role != "scanner" { // whose driver only listens
				c.due(0)
			}
		})
		t.Run(role+"/"+d.Name+"/silent line", func(t *testing.T) {
			c := fresh(t)
			for range 30 {
				c.do(cmd)
				c.run(7 * time.Second)
			}
		})
		peer, ok := bench.Peer(role, d.Name, start)
		if !ok {
			continue
		}
		t.Run(role+"/"+d.Name+"/at rest", func(t *testing.T) {
			c := fresh(t)
			c.peer = peer
			if p, ok := peer.(interface{ PowerOn(time.Time) }); ok {
				p.PowerOn(c.now)
			}
			c.run(time.Minute)
			c.polls = c.sent
			c.sent, c.events = map[string]bool{}, 0
			c.do(cmd)
			c.due(pollGap)
			c.run(500 * time.Millisecond)
			if len(c.news()) == 0 && c.events == 0 {
				t.Errorf("half a second after the command nothing but polls is on the wire")
			}
		})
	}
}

// pollGap is the longest pause between two polls of a protocol whose commands go out
// in place of a poll.
const pollGap = 250 * time.Millisecond

var start = time.Date(2026, 11, 29, 9, 0, 0, 0, time.UTC)

// clockwork runs an engine, and its peer if it has one, in virtual time.
type clockwork[Cmd hal.Command[Ev], Ev any] struct {
	t     *testing.T
	eng   hal.Engine[Cmd, Ev]
	peer  hal.Peer
	now   time.Time
	sent  map[string]bool // what was on the wire
	polls map[string]bool // what is on it at rest

	events int
}

func newClockwork[Cmd hal.Command[Ev], Ev any](t *testing.T, d driver.Driver[Cmd, Ev]) *clockwork[Cmd, Ev] {
	t.Helper()
	abi := filepath.Join(t.TempDir(), "library.toml")
	if err := os.WriteFile(abi, []byte("library = \"/lib/x.so\"\n[op.status]\nfunction = \"s\"\nargs = [\"value\"]\nmedia = { 0 = \"not-present\" }\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var settings setting.Table
	for _, f := range d.Settings {
		if f.Name == "library" {
			settings = setting.Table{"library": abi}
		}
	}
	dev, err := d.New("", settings)
	if err != nil {
		t.Fatal(err)
	}
	return &clockwork[Cmd, Ev]{t: t, eng: dev.Engine, now: start, sent: map[string]bool{}}
}

// due checks that Wake is not zero, and not later than within.
func (c *clockwork[Cmd, Ev]) due(within time.Duration) {
	c.t.Helper()
	switch w := c.eng.Wake(); {
	case w.IsZero():
		c.t.Fatal("Wake is the zero time")
	case w.After(c.now.Add(within)):
		c.t.Fatalf("Wake is in %v, want within %v", w.Sub(c.now), within)
	}
}

func (c *clockwork[Cmd, Ev]) do(cmd Cmd) {
	c.t.Helper()
	if err := c.eng.Do(c.now, cmd); err != nil {
		c.t.Logf("refused: %v", err) // a queue that nobody empties fills up
	}
	c.due(time.Hour)
}

// run advances engine and peer for d.
func (c *clockwork[Cmd, Ev]) run(d time.Duration) {
	c.t.Helper()
	until := c.now.Add(d)
	for turns := 0; c.now.Before(until); turns++ {
		if turns > 200_000 {
			c.t.Fatalf("Wake does not move on from %v", c.eng.Wake())
		}

		var rx []byte
		if c.peer != nil {
			rx = c.peer.Advance(c.now)
		}
		tx, events := c.eng.Advance(c.now, rx)
		c.events += len(events)
		if len(tx) > 0 {
			c.sent[string(tx)] = true
			if c.peer != nil {
				c.peer.Receive(c.now, tx)
			}
		}
		c.due(time.Hour)

		next := earlier(c.eng.Wake(), until)
		if c.peer != nil {
			next = earlier(next, c.peer.Wake())
		}
		c.now = later(next, c.now.Add(time.Millisecond))
	}
}

// earlier is the earlier of a and b; a zero b does not count.
func earlier(a, b time.Time) time.Time {
	if b.IsZero() || a.Before(b) {
		return a
	}
	return b
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// news is what was on the wire and is not at rest.
func (c *clockwork[Cmd, Ev]) news() (all []string) {
	for frame := range c.sent {
		if !c.polls[frame] {
			all = append(all, frame)
		}
	}
	return all
}
