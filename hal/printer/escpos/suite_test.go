package escpos_test

import (
	"testing"
	"time"

	"wattkiosk/hal/printer"
	"wattkiosk/hal/printer/escpos"
	"wattkiosk/hal/printer/escpos/escpossim"
	"wattkiosk/hal/printer/printertest"
)

// simDevice puts the suite's hand on the simulator.
type simDevice struct{ *escpossim.Device }

func (d simDevice) Inject(now time.Time, fault string) {
	d.Device.Inject(now, escpossim.Fault(fault))
}

func (d simDevice) Clear(now time.Time, fault string) {
	d.Device.Clear(now, escpossim.Fault(fault))
}

func (d simDevice) Slips() []printertest.Slip {
	var out []printertest.Slip
	for _, s := range d.Device.Slips() {
		out = append(out, printertest.Slip{Text: s.Text(), Partial: s.Partial})
	}
	return out
}

// simMouth counts what the simulator's presenter drew back in.
type simMouth struct{ *escpossim.Device }

func (m simMouth) Waiting() bool {
	for _, s := range m.Slips() {
		if m.Exit(s.Number) == escpossim.InMouth {
			return true
		}
	}
	return false
}

func (m simMouth) Drawn() (n int) {
	for _, s := range m.Slips() {
		if m.Exit(s.Number) == escpossim.Retracted {
			n++
		}
	}
	return n
}

func TestDriverConforms(t *testing.T) {
	cases := []struct {
		name   string
		driver escpos.Config
		sim    escpossim.Config
	}{
		{"usual", escpos.Config{}, escpossim.Config{}},
		{"clone", escpos.Config{}, escpossim.Config{Clone: true}},
		{"slow answers", escpos.Config{}, escpossim.Config{ReplyDelay: 120 * time.Millisecond}},
		{"58 mm, fast line", escpos.Config{
			Layout:        escpos.Layout{Columns: escpos.Columns58mm, QRDots: 4},
			ChunkInterval: 50 * time.Millisecond,
		}, escpossim.Config{Dots: 384, BufferBytes: 4096}},
		{"76 mm forms", escpos.Config{
			Layout: escpos.Layout{Columns: escpos.Columns76mm, FormLines: 66},
		}, escpossim.Config{Dots: 480}},
		{"automatic status", escpos.Config{ASB: true}, escpossim.Config{}},
		{"automatic status, clone, slow answers", escpos.Config{ASB: true}, escpossim.Config{Clone: true, ReplyDelay: 120 * time.Millisecond}},
		{"presenter", escpos.Config{Presenter: escpos.Presenter{Kind: escpos.GSEjector}}, escpossim.Config{Presenter: true}},
		{
			"presenter, automatic status, forecast",
			escpos.Config{Presenter: escpos.Presenter{Kind: escpos.GSEjector}, ASB: true, RollMM: 1_000_000},
			escpossim.Config{Presenter: true, Clone: true},
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			printertest.Suite(t, func(*testing.T) printertest.Bench {
				dev := escpossim.New(c.sim)
				cfg := c.driver
				cfg.CutAtStart = true
				start := func() printer.Engine { return escpos.New(cfg) }
				b := printertest.Bench{Engine: start(), Peer: dev, Device: simDevice{dev}, Restart: start}
				if c.sim.Presenter {
					b.Mouth = simMouth{dev}
				}
				return b
			})
		})
	}
}
